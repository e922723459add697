"""Walking a caller through a flow: its commands are carried out on the call, what he chose is told to the floor."""

from cti_server.engine import Engine
from cti_server.floor import inputs as i
from cti_server.floor.events import Attribute
from cti_server.telephony.agi_server import AgiSession
from cti_server.telephony.call import Call, Speaker
from cti_server.telephony.flow_reach import Reach, ask, packed, run_script
from ivr_flows.commands import (
    Ask,
    Digits,
    Enqueue,
    GetDigits,
    HangUp,
    LastCommand,
    Play,
    Played,
    Result,
    RunScript,
    TakeMessage,
)
from ivr_flows.interpret import FlowRun
from ivr_flows.steps import KEYS


class FlowWalk:
    """Flows on calls of this server."""

    def __init__(self, engine: Engine, speaker: Speaker, reach: Reach) -> None:
        self._engine = engine
        self._speaker = speaker
        self._reach = reach

    async def walk(self, call: Call, run: FlowRun) -> LastCommand:
        """Until the flow is over; what it ends with. The position is kept on the channel for the next server."""
        call.language = run.language
        choices = len(run.choices)
        command = run.start()
        while True:
            self._tell_shown(call, run)
            if isinstance(command, Enqueue | HangUp):
                return command
            await call.session.set_variable("CTI_STATE", packed(run.position))
            if isinstance(command, TakeMessage):  # taken anew if this server dies meanwhile
                return command
            command = run.next(await self._carry_out(call, command))
            for choice in run.choices[choices:]:
                self._engine.submit(i.MenuChosen(call.interaction, choice.step, choice.key, run.label(choice)))
            choices = len(run.choices)
            if run.language != call.language:
                call.language = run.language
                self._engine.submit(i.LanguageSet(call.interaction, run.language))

    async def _carry_out(self, call: Call, command: Play | GetDigits | Ask | RunScript) -> Result:
        match command:
            case Play():
                return Played(await self._speaker.say(call.session, command.prompts, command.interruptible) or None)
            case GetDigits():
                return await self._get_digits(call.session, command)
            case Ask():
                return await ask(call.session, self._reach.connectors, call.interaction, command)
            case RunScript():
                return await run_script(call.session, self._reach.scripts, command)

    async def _get_digits(self, session: AgiSession, command: GetDigits) -> Digits:
        digits = command.begun
        key = await self._speaker.say(session, command.prompts, KEYS)
        while len(digits) < command.max_digits:
            key = key or await session.wait_for_digit(command.timeout_ms)
            if not key:
                return Digits(digits, timed_out=True)
            if key == command.end:
                break
            digits, key = digits + key, ""
        return Digits(digits, timed_out=False)

    def _tell_shown(self, call: Call, run: FlowRun) -> None:
        if run.shown:
            learned = {name: Attribute(seen.value, dict(seen.title)) for name, seen in run.shown.items()}
            run.shown.clear()
            self._engine.submit(i.AttributesLearned(call.interaction, learned))
