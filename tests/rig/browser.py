"""People with a browser: the caller's telephone page and the agent's desk, each with a voice of its own.

A Chromium has one microphone, a file with a tone; so who shall be told apart by his tone needs a Chromium of his own.
"""

import asyncio
import contextlib
import os
import signal
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, Error, Locator, Page, Playwright, async_playwright, expect

from cti_server.floor.model import Interaction
from cti_server.floor.words import AgentId
from tests.rig.center import LOW_HIGH, PASSWORD, Center, prompt_tone, ringing_for
from tests.rig.chromium import FLAGS, Chromium
from tests.rig.live import Live
from tests.rig.phone import write_tone

expect.set_options(timeout=15_000)  # a busy machine draws slowly
LOUD, QUIET = -45.0, -60.0
"""dB in the page's spectrum. Voices and music arrive at -24; what is not there stays below -70."""
CALLER, AGENT = 440.0, 880.0
_IN_A_ROW = 3
_TONES = "hertz => hertz.map(one => window.ctiTest ? window.ctiTest.tone(one) : -Infinity)"
_LOUDEST = """bands => {
  const {hertzPerBin, decibels} = window.ctiTest ? window.ctiTest.spectrum() : {hertzPerBin: 1, decibels: []};
  return bands.map(([from, to]) => {
    const [low, high] = [Math.ceil(from / hertzPerBin), Math.floor(to / hertzPerBin)];
    const band = decibels.slice(low, high);
    const at = low + band.reduce((best, one, bin) => (one > band[best] ? bin : best), 0);
    return [hertzPerBin, at, decibels[at - 1] ?? -200, decibels[at] ?? -200, decibels[at + 1] ?? -200];
  });
}"""
_NEAR = 8.0
"""Hz; tones of prompts are 30 apart."""

_KEEP_MEDIA = """
window.peers = [];
window.contexts = [];
window.AudioContext = class extends AudioContext {
  constructor(...given) { super(...given); window.contexts.push(this); }
};
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) { super(...given); window.peers.push(this); }
};
"""
_TELL_MEDIA = """async () => {
  const told = await Promise.all(window.peers.map(async peer => ({
    ice: peer.iceConnectionState, all: peer.connectionState, signalling: peer.signalingState,
    rtp: [...(await peer.getStats()).values()].filter(one => one.type.endsWith("bound-rtp"))
      .map(one => [one.type, one.packetsReceived ?? one.packetsSent, one.totalAudioEnergy]),
  })));
  const sound = window.contexts.map(one => [one.state, one.currentTime]);
  return JSON.stringify([told, sound, window.ctiTest?.phone()]);
}"""


@dataclass
class Voice:
    """A running Chromium whose microphone is a tone."""

    browser: Browser
    mark: str

    def kill(self) -> None:
        """SIGKILL to all its processes, as in a crash: no page says good-bye."""
        flag = os.fsencode(self.mark)
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and flag in (entry / "cmdline").read_bytes().split(b"\0"):
                    group = os.getpgid(int(entry.name))
                    assert group != os.getpgid(0), "the Chromium shares our process group"
                    os.killpg(group, signal.SIGKILL)
                    return
        raise AssertionError("the Chromium does not run")


@dataclass
class Voices:
    """The Chromiums of a test run by the tone they speak; each starts when first asked for."""

    playwright: Playwright
    chromium: Chromium
    folder: Path
    _running: dict[float, Voice] = field(default_factory=dict)

    async def of(self, hertz: float) -> Browser:
        if hertz not in self._running:
            self._running[hertz] = await self.start(hertz)
        return self._running[hertz].browser

    async def start(self, hertz: float) -> Voice:
        """One more, not shared with anybody."""
        sound = self.folder / f"{hertz:g}.wav"
        await asyncio.to_thread(write_tone, sound, hertz, 10, 48000)
        mark = f"--cti-voice={uuid.uuid4()}"
        browser = await self.playwright.chromium.launch(
            executable_path=self.chromium.command[0],
            args=[*self.chromium.command[1:], *FLAGS, f"--use-file-for-fake-audio-capture={sound}", mark],
            env={**os.environ, **self.chromium.environment},
        )
        return Voice(browser, mark)

    async def close(self) -> None:
        for voice in self._running.values():
            await voice.browser.close()


@contextlib.asynccontextmanager
async def voices(chromium: Chromium, folder: Path) -> AsyncIterator[Voices]:
    async with async_playwright() as playwright:
        made = Voices(playwright, chromium, folder)
        try:
            yield made
        finally:
            await made.close()


@dataclass
class Tab:
    """One page of the console."""

    page: Page
    live: Live

    def at(self, testid: str) -> Locator:
        return self.page.get_by_test_id(testid)

    async def tones(self, *hertz: float) -> list[float]:
        """What is heard at these frequencies now, dB; nothing while the page is loading."""
        with contextlib.suppress(Error):
            heard: list[float] = await self.page.evaluate(_TONES, list(hertz))
            return heard
        return [float("-inf")] * len(hertz)

    async def hears(self, *loud: float, silent: tuple[float, ...] = (), seconds: float = 12.0) -> None:
        """Wait until all of `loud` and none of `silent` are heard, several readings in a row."""
        readings: list[list[float]] = []
        good = 0
        try:
            async with asyncio.timeout(seconds):
                while good < _IN_A_ROW:
                    now = await self.tones(*loud, *silent)
                    readings.append([round(one, 1) if one > -300 else -300 for one in now])
                    there, absent = now[: len(loud)], now[len(loud) :]
                    right = min(there, default=LOUD + 1) > LOUD and max(absent, default=QUIET - 1) < QUIET
                    good = good + 1 if right else 0
                    await asyncio.sleep(0.06)  # sound gives no notice
        except TimeoutError:
            why = await self._media()
            raise AssertionError(f"wanted {loud} without {silent}, heard {readings[-10:]}; {why}") from None

    async def _media(self) -> str:
        """What became of the page's media, for messages."""
        with contextlib.suppress(Error):
            told: str = await self.page.evaluate(_TELL_MEDIA)
            return told
        return "the page is gone"

    async def hears_prompt(self, prompt: str, language: str = "zh", seconds: float = 15.0) -> None:
        """Wait until the loudest that is heard are this prompt's two tones."""
        wanted, seen = prompt_tone(prompt, language), [(0.0, 0.0)]
        try:
            async with asyncio.timeout(seconds):
                while any(abs(there - one) > _NEAR for there, one in zip(seen[-1], wanted, strict=True)):
                    if (now := await self._loudest()) != seen[-1]:
                        seen.append(now)
                    await asyncio.sleep(0.04)  # sound gives no notice
        except TimeoutError:
            why = await self._media()
            raise AssertionError(f"did not hear {prompt} at {wanted} Hz, but {seen[-20:]}; {why}") from None

    async def _loudest(self) -> tuple[float, float]:
        """Hz in either band of the prompts' tones; 0 in silence."""
        with contextlib.suppress(Error):
            low, high = await self.page.evaluate(_LOUDEST, LOW_HIGH)
            return _peak(*low), _peak(*high)
        return 0.0, 0.0


@dataclass
class CallerTab(Tab):
    """Somebody at the telephone page."""

    e164: str = ""

    async def dial(self, number: str, dialled: str = "95598") -> Interaction:
        """Call as one of those the page offers, and be answered by the flow."""
        self.e164 = "+86" + number.removeprefix("0")
        await self.page.locator(f'label:has([data-number="{number}"])').click()
        await self.at(f"dial-{dialled}").click()
        await self.at("call").click()
        await expect(self.at("handset")).to_have_attribute("data-phase", "connected", timeout=10_000)
        return await self.live.until(lambda _: self.live.call(self.e164))

    async def choose(self, key: str, language: str = "zh") -> None:
        """Press a key of the pad once the power company's menu is heard."""
        await self.hears_prompt("power_menu", language)
        await self.at(f"key-{key}").click()

    async def state(self, state: str, seconds: float = 15.0) -> Interaction:
        return await self.live.state(self.e164, state, seconds)

    async def is_connected(self) -> None:
        await expect(self.at("handset")).to_have_attribute("data-phase", "connected")

    async def is_over(self) -> None:
        await expect(self.at("handset")).to_have_attribute("data-phase", "idle", timeout=15_000)


@dataclass
class DeskTab(Tab):
    """Somebody at the desk."""

    username: str = ""

    async def sign_in(self, path: str = "/desk") -> None:
        await self.page.goto(f"{path}?test=1&dsp=off")
        await self.at("username").fill(self.username)
        await self.at("password").fill(PASSWORD)
        await self.page.keyboard.press("Enter")

    async def ready(self) -> None:
        """Be offered calls, by the buttons of the desk."""
        await expect(self.at("state")).not_to_have_attribute("data-state", "unknown")
        if await self.at("state").get_attribute("data-state") == "signed_out":
            await self.at("go-signed-in").click()
        await self.at("go-available").click()
        await expect(self.at("intent")).to_have_attribute("data-obstacle", "none", timeout=15_000)

    async def stage(self, stage: str, seconds: float = 15.0) -> None:
        """Wait until the call card shows `stage`."""
        await expect(self.at("call-card")).to_have_attribute("data-stage", stage, timeout=seconds * 1000)

    async def rings(self) -> None:
        """Wait until it rings and can be answered."""
        await self.stage("ringing")
        await expect(self.at("answer")).to_be_enabled()

    async def answers(self) -> None:
        await self.rings()
        await self.page.keyboard.press("Enter")
        await self.stage("talking")

    async def wraps_up(self, disposition: str, note: str = "") -> None:
        """By keyboard alone."""
        await self.stage("wrapping_up")
        await self.page.keyboard.press("d")
        await self.page.keyboard.type(disposition)
        await expect(self.page.locator(".ant-select-item-option-active")).to_have_text(disposition)
        await self.page.keyboard.press("Enter")
        if note:
            await self.page.keyboard.press("n")
            await self.page.keyboard.type(note)
            await expect(self.at("note")).to_have_value(note)
        await self.page.keyboard.press("Control+Enter")
        await self.stage("idle")


OpenCaller = Callable[..., AbstractAsyncContextManager[CallerTab]]
OpenDesk = Callable[..., AbstractAsyncContextManager[DeskTab]]


@contextlib.asynccontextmanager
async def open_page(
    browser: Browser,
    center: Center,
    language: str = "zh",
    width: int = 1440,
    height: int = 900,
    *,
    touch: bool = False,
    dark: bool = False,
) -> AsyncIterator[Page]:
    """An empty page of the center's console; what the browser complains of (scripts, policy) fails the test."""
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        permissions=["microphone"],
        base_url=center.url,
        has_touch=touch,
        is_mobile=touch,
        color_scheme="dark" if dark else "light",
    )
    await context.add_init_script(
        f"localStorage.getItem('cti.language') ?? localStorage.setItem('cti.language', '{language}')"
    )
    await context.add_init_script(_KEEP_MEDIA)
    page = await context.new_page()
    page.set_default_timeout(10_000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None)
    try:
        yield page
    finally:
        with contextlib.suppress(Error):  # its Chromium may have been killed
            await context.close()
    assert complaints == []


@contextlib.asynccontextmanager
async def caller_page(browser: Browser, center: Center, language: str = "zh") -> AsyncIterator[CallerTab]:
    async with open_page(browser, center, language) as page:
        await page.goto("/caller?test=1&dsp=off")
        await expect(page.get_by_test_id("handset")).to_have_attribute("data-line", "ready", timeout=10_000)
        tab = CallerTab(page, center.floor)
        try:
            yield tab
        finally:  # a story that failed leaves nobody on the line
            with contextlib.suppress(Error):
                if await tab.at("handset").get_attribute("data-phase") != "idle":
                    await tab.at("caller-hang-up").click()
                    await tab.is_over()


@contextlib.asynccontextmanager
async def desk_page(
    browser: Browser,
    center: Center,
    agent: str = "1001",
    language: str = "zh",
    width: int = 1440,
    height: int = 900,
    *,
    ready: bool = True,
    touch: bool = False,
    dark: bool = False,
) -> AsyncIterator[DeskTab]:
    """An agent who is signed in with his telephone in the page, and available unless `ready` is false."""
    async with open_page(browser, center, language, width, height, touch=touch, dark=dark) as page:
        tab = DeskTab(page, center.floor, agent)
        await tab.sign_in()
        device = f"{agent}-web"
        await center.floor.until(lambda floor: device in floor.agents[AgentId(agent)].devices)
        if ready:
            await tab.ready()
        yield tab
    await center.floor.until(lambda floor: device not in floor.agents[AgentId(agent)].devices, 75)


@contextlib.asynccontextmanager
async def desk_and_caller(
    center: Center,
    speakers: Voices,
    language: str = "zh",
    width: int = 1440,
    height: int = 900,
    *,
    touch: bool = False,
) -> AsyncIterator[tuple[DeskTab, CallerTab]]:
    """Agent 1001 at the desk and a caller at the telephone page; what rings goes on for half a minute."""
    async with (
        ringing_for(center, 30),
        desk_page(await speakers.of(AGENT), center, "1001", language, width, height, touch=touch) as agent,
        caller_page(await speakers.of(CALLER), center, language) as caller,
    ):
        yield agent, caller


def _peak(width: float, at: float, before: float, top: float, after: float) -> float:
    """Hz, between the bins by the parabola through the three highest; 0 if nothing is loud."""
    if top <= LOUD or before + after >= 2 * top:
        return 0.0
    return round(width * (at + (before - after) / (2 * (before - 2 * top + after))), 1)
