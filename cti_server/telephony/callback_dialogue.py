"""What is said and pressed when a waiting caller is asked whether he wants to be rung instead."""

from collections.abc import Callable

from cti_server.engine import Engine
from cti_server.floor.inputs import CallbackAsked, RefusedError
from cti_server.floor.words import InteractionId
from cti_server.telephony.agi_server import AgiSession
from cti_server.telephony.call import Speaker
from ivr_flows.promptbook import Prompt
from ivr_flows.speech import spoken

_YES, _OTHER = "1", "2"
_KEYS = "0123456789*#"
_FIRST_KEY_MS, _NEXT_KEY_MS = 8_000, 5_000
_MOST_DIGITS = 20
_TRIES = 3


class CallbackDialogue:
    """One question. It ends with a callback that was asked for, or with the caller waiting on."""

    def __init__(
        self, session: AgiSession, speaker: Speaker, engine: Engine, interaction: InteractionId, language: str
    ) -> None:
        self._session = session
        self._speaker = speaker
        self._engine = engine
        self._interaction = interaction
        self._language = language

    async def ask(self, number: str, dialable: Callable[[str], str]) -> None:
        """`number` in E.164 is read back first; '' or a wish for another one: he types it."""
        for _ in range(_TRIES):
            if not number:
                typed = await self._typed()
                if not typed:
                    break
                number = dialable(typed)
                if not number:
                    await self._say("callback_number_wrong")
                    continue
            key = await self._confirmed(number)
            if key == _YES:
                await self._request(number)
                return
            if key != _OTHER:
                break
            number = ""
        await self._say("place_kept")

    async def _confirmed(self, number: str) -> str:
        """The key that follows the number, read in groups."""
        digits = spoken("phone", number, self._language)
        confirm = Prompt("callback_number_confirm", self._language)
        prompts = [Prompt("callback_number", self._language), *digits, confirm]
        return await self._speaker.say(self._session, prompts, _KEYS) or await self._session.wait_for_digit(
            _FIRST_KEY_MS
        )

    async def _typed(self) -> str:
        """Up to the pound key or a pause."""
        digits = await self._speaker.say(self._session, [Prompt("callback_enter_number", self._language)], _KEYS)
        while len(digits) < _MOST_DIGITS and not digits.endswith("#"):
            key = await self._session.wait_for_digit(_NEXT_KEY_MS if digits else _FIRST_KEY_MS)
            if not key:
                break
            digits += key
        return digits.rstrip("#")

    async def _request(self, number: str) -> None:
        try:
            await self._engine.request(CallbackAsked(self._interaction, number))
        except RefusedError as refused:
            refusal = "callback_number_refused" if refused.code == "number_not_allowed" else "callback_not_possible"
            await self._say(refusal)

    async def _say(self, prompt: str) -> None:
        await self._speaker.say(self._session, [Prompt(prompt, self._language)])
