"""Walking a caller through a flow: its commands are carried out on the call, what he chose is told to the floor."""

from contextlib import suppress
from dataclasses import replace

from cti_server.engine import Engine
from cti_server.floor import inputs as i
from cti_server.floor.events import Attribute
from cti_server.floor.inputs import RefusedError
from cti_server.floor.survey_inputs import SurveyGiven
from cti_server.telephony.call import Call, Speaker
from cti_server.telephony.dictation import dictate
from cti_server.telephony.flow_callbacks import FlowCallbacks
from cti_server.telephony.flow_reach import Reach, ask, packed, run_script
from cti_server.telephony.keys import take_keys
from cti_server.telephony.party import Parties
from cti_server.telephony.recorder import Recorder
from ivr_flows.commands import (
    Ask,
    Dictate,
    Enqueue,
    GetDigits,
    HangUp,
    LastCommand,
    Play,
    Played,
    Question,
    Result,
    RunScript,
    TakeMessage,
    Transfer,
)
from ivr_flows.interpret import FlowRun


class FlowWalk:
    """Flows on calls of this server."""

    def __init__(
        self,
        engine: Engine,
        speaker: Speaker,
        recorder: Recorder | None,
        reach: Reach,
        parties: Parties,
        callbacks: FlowCallbacks,
    ) -> None:
        self._engine = engine
        self._parties = parties
        self._callbacks = callbacks
        self._speaker = speaker
        self._recorder = recorder
        self._reach = reach

    async def walk(self, call: Call, run: FlowRun, aside: str = "") -> LastCommand:
        """Until the flow is over; what it ends with.

        The position is kept on the channel for the next server, unless he walks `aside` while he waits: a name for that
        walk, so that no question in it is taken for one that was asked before. The first one needs no keeping: from
        there the next server begins anyway, and the caller waits for his first prompt.
        """
        call.language = run.language
        choices, rated, begun = len(run.choices), False, False
        command = run.start()
        while True:
            self._tell_shown(call, run)
            if isinstance(command, Enqueue | HangUp):
                return command
            if begun and not aside:
                await call.session.set_variable("CTI_STATE", packed(run.position))
            begun = True
            if isinstance(command, TakeMessage):  # taken anew if this server dies meanwhile
                return command
            if aside and isinstance(command, Ask):
                command = replace(command, key=f"{aside}-{command.key}")
            command = run.next(await self.carry_out(call, command))
            for choice in run.choices[choices:]:
                self._engine.submit(i.MenuChosen(call.interaction, choice.step, choice.key, run.label(choice)))
            choices = len(run.choices)
            if run.rating is not None and not rated:
                rated = True
                with suppress(RefusedError):  # he was here before, with an earlier server
                    self._engine.submit(SurveyGiven(call.interaction, run.rating, "flow"))
            if run.language != call.language:
                call.language = run.language
                self._engine.submit(i.LanguageSet(call.interaction, run.language))

    async def carry_out(self, call: Call, command: Question) -> Result:
        """One command, on the call."""
        match command:
            case Play():
                return Played(await self._speaker.say(call.session, command.prompts, command.interruptible) or None)
            case GetDigits():
                return await take_keys(call.session, self._speaker, command)
            case Ask():
                return await ask(call.session, self._reach.connectors, call.interaction, command)
            case RunScript():
                return await run_script(call.session, self._reach.scripts, command)
            case Dictate():
                opened = self._reach.reported
                return await dictate(call, command, self._engine, self._speaker, self._recorder, opened)
            case Transfer():
                return await self._parties.transfer(call, command)
            case _:
                return await self._callbacks.carry_out(call, command)

    def _tell_shown(self, call: Call, run: FlowRun) -> None:
        if run.shown:
            learned = {name: Attribute(seen.value, dict(seen.title)) for name, seen in run.shown.items()}
            run.shown.clear()
            self._engine.submit(i.AttributesLearned(call.interaction, learned))
