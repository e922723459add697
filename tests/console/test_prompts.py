"""The page of prompts: found, heard, replaced by a recording of one's own, and taken back."""

import base64
from pathlib import Path

import numpy as np
from playwright.async_api import Locator, Page, expect

from ivr_flows.promptbook import Prompt
from tests.console.conftest import OpenPage
from tests.console.test_desk import sign_in
from tests.prompts.sounds import file_of, silence, speech
from tests.web.site import SHIPPED

GOODBYE = SHIPPED.texts[Prompt("goodbye", "zh")].text
GOOD = file_of(np.concatenate([silence(0.5), speech(3)]), kind="FLAC")
DROP = """([element, name, bytes]) => {
  const files = new DataTransfer();
  files.items.add(new File([Uint8Array.from(atob(bytes), (one) => one.charCodeAt(0))], name));
  for (const type of ["dragover", "drop"])
    element.dispatchEvent(new DragEvent(type, { dataTransfer: files, bubbles: true, cancelable: true }));
}"""


async def _drop(page: Page, target: Locator, name: str, data: bytes) -> None:
    await page.evaluate(DROP, [await target.element_handle(), name, base64.b64encode(data).decode()])


async def test_a_recording_of_ones_own_from_the_list_and_back(open_page: OpenPage, tmp_path: Path) -> None:
    async with open_page("/sign-in", language="en") as page:
        await sign_in(page, "admin")
        await page.get_by_test_id("nav-prompts").click()
        await page.keyboard.press("/")
        await page.keyboard.type("goodbye")
        row = page.locator('[data-prompt="zh/goodbye"]')
        await expect(row).to_contain_text(GOODBYE)
        await expect(row).to_contain_text("Shipped voice")
        play = row.locator(".play")
        await play.click()
        await expect(play).to_have_attribute("data-playing", "true")
        await expect(play).to_have_attribute("data-playing", "false", timeout=15_000)
        await expect(play).not_to_have_attribute("title", "This sound cannot be played")

        await _drop(page, row, "goodbye.flac", file_of(silence(3)))
        verdict = page.get_by_test_id("verdict")
        await expect(verdict).to_contain_text("Cannot be used")
        await expect(verdict).to_contain_text("The recording is silent: check the microphone")
        (tmp_path / "take2.flac").write_bytes(GOOD)
        await page.get_by_test_id("upload-file").set_input_files(tmp_path / "take2.flac")
        await expect(verdict).to_contain_text("Fit for callers")
        await expect(verdict).to_contain_text("3.2 s")
        await page.get_by_test_id("upload-words").fill("再会！")
        await page.get_by_test_id("upload-use").click()
        await expect(row).to_contain_text("Own recording")
        await expect(row).to_contain_text("再会！")
        await expect(page.get_by_test_id("one-prompt")).to_contain_text(GOODBYE)
        await page.get_by_test_id("play-own").click()
        await expect(page.get_by_test_id("play-own")).to_have_attribute("data-playing", "true")

        await page.get_by_test_id("restore").click()
        await expect(page.get_by_text(f"Callers will hear: “{GOODBYE}”")).to_be_visible()
        await page.locator(".ant-popconfirm .ant-btn-primary").click()
        await expect(row).to_contain_text("Shipped voice")
        await expect(page.get_by_test_id("restore")).to_have_count(0)


async def test_supervisors_listen_and_agents_have_no_entry(open_page: OpenPage) -> None:
    async with open_page("/sign-in") as page:
        await sign_in(page, "2001")
        await page.get_by_test_id("nav-prompts").click()
        first = page.get_by_test_id("prompt").first
        await first.locator(".prompt-open").focus()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("one-prompt")).to_contain_text("只有管理员可以更换录音")
        await expect(page.get_by_test_id("upload")).to_have_count(0)
        await expect(page.get_by_test_id("add-prompt")).to_have_count(0)
    async with open_page("/sign-in") as page:
        await sign_in(page, "1001")
        await expect(page.get_by_test_id("nav-conversations")).to_be_visible()
        await expect(page.get_by_test_id("nav-prompts")).to_have_count(0)
        await page.goto("/prompts")
        await expect(page.get_by_text("您不能查看提示音")).to_be_visible()
