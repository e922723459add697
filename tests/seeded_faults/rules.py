"""Of rules that always hold, and of what others send us."""

from tests.seeded_faults.fault import fault

_TALK = "cti_server/floor/talk.py"
_DECIDING = "cti_server/floor/deciding.py"
_CALLERS = "cti_server/telephony/callers.py"
_ACT = "cti_server/telephony/act.py"
_CODEC = "cti_server/telephony/ami_codec.py"
_RUNS = "floor/test_properties.py"

FAULTS = (
    # -- properties ----------------------------------------------------------------------------------------------------
    fault(
        "a message end is overlooked at a cut of the bytes",
        _CODEC,
        "searched = max(0, len(buffer) - 3)",
        "searched = len(buffer)",
        "telephony/test_ami_codec.py",
    ),
    fault(
        "an agent who is rung is rung again",
        _DECIDING,
        "        self.agent_becomes(agent.id, AgentState.OFFERED, interaction=interaction.id)\n",
        "",
        _RUNS,
    ),
    fault(
        "who lost his agent is forgotten",
        _TALK,
        '    d.queue_again(interaction, "agent_lost")',
        "    pass",
        _RUNS,
    ),
    fault(
        "something changes without an event",
        _TALK,
        "        d.emit(e.InteractionHeld(found[0].id, found[1]))",
        "        d.emit(e.InteractionHeld(found[0].id, found[1]))\n        found[0].priority += 1",
        _RUNS,
    ),
    fault(
        "a snapshot leaves something out",
        "cti_server/floor/snapshot.py",
        "floor = Floor(image.seq, image.queues, image.agents, image.interactions, image.pbx_boot, image.pbx_up)",
        "floor = Floor(image.seq, image.queues, image.agents, image.interactions, image.pbx_boot)",
        _RUNS,
    ),
    # -- what others send us -------------------------------------------------------------------------------------------
    fault(
        "invisible signs stay in a caller's name",
        "cti_server/customers/names.py",
        'elif category[0] != "C":',
        "else:",
        "scenarios/test_hostile_callers.py::test_a_hostile_name",
    ),
    fault(
        "a caller's name can end the header it stands in",
        _ACT,
        "shown = order.caller_name.translate(UNWELCOME)[:64]",
        "shown = order.caller_name[:64]",
        "scenarios/test_hostile_callers.py::test_a_hostile_name",
    ),
    fault(
        "a malformed number is shown as it came",
        "cti_server/customers/identify.py",
        "return Customer(id=withheld_id(interaction), name=called_himself, prospect=True)",
        'return Customer(id=withheld_id(interaction), name=called_himself, prospect=True, phone=caller or "")',
        "scenarios/test_hostile_callers.py::test_a_malformed_number",
        "scenarios/test_who_calls.py::test_a_hidden_number_is_nobody_else",
    ),
    fault(
        "all who hide their number are one customer",
        "cti_server/customers/identify.py",
        'uuid.uuid5(NAMESPACE, f"withheld:{interaction}")',
        'uuid.uuid5(NAMESPACE, "withheld")',
        "scenarios/test_who_calls.py::test_a_hidden_number_is_nobody_else",
    ),
    fault(
        "a number we do not have is silence",
        _CALLERS,
        "        if flow is None:\n            await self._not_in_service(call)\n            return",
        "        if flow is None:\n            await self._finish(call.session)\n            return",
        "scenarios/test_menu.py::test_a_number_we_do_not_have_says_so",
    ),
    fault(
        "rubbish on the manager connection is believed",
        _CODEC,
        '        raise RemoteProtocolError("message that is neither an event nor a response")',
        '        return AmiMessage("event", "", frame)',
        "scenarios/test_asterisk_hurt.py::test_rubbish_on_the_manager_connection",
    ),
    fault(
        "a message may be of any length",
        _CODEC,
        "if len(self._buffer) > self._max_message_bytes + 3:",
        "if len(self._buffer) > 2**40:",
        "telephony/test_ami_codec.py",
    ),
    fault(
        "a page may send anything",
        "cti_server/web/live.py",
        'return isinstance(frame, dict) and frame.get("type") == "ping"',
        "return True",
        "scenarios/test_rubbish_from_pages.py::test_the_others_do_not_notice",
    ),
    fault(
        "a nested frame breaks its reader",
        "cti_server/web/live.py",
        "except (ValueError, RecursionError):",
        "except ValueError:",
        "scenarios/test_rubbish_from_pages.py::test_the_others_do_not_notice",
    ),
    fault(
        "silence in a menu goes on for ever",
        _CALLERS,
        "self._engine.submit(i.QueueRequested(call.interaction, queue, skills, wanted.priority))",
        "pass",
        "scenarios/test_menu.py::test_silence_reaches_a_person",
    ),
)
