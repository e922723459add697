"""Faults to sow, each with the stories that have to find it (fault seeding; Mills, IBM FSC 72-6015, 1972).

A story that stays green while what it tells of is broken is worth nothing. `make faults` breaks one thing at a time
in a copy of the sources and runs the stories named here: each has to turn red.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """`right` stands in `file` exactly once and becomes `wrong`. `found_by`: pytest's names of tests."""

    name: str
    file: str
    right: str
    wrong: str
    found_by: tuple[str, ...]


def _fault(name: str, file: str, right: str, wrong: str, *found_by: str) -> Fault:
    return Fault(name, file, right, wrong, tuple(f"tests/{test}" for test in found_by))


_CALLS, _TALK, _DECIDING = "cti_server/floor/calls.py", "cti_server/floor/talk.py", "cti_server/floor/deciding.py"
_CALLERS, _OBSERVE, _ACT = (f"cti_server/telephony/{name}.py" for name in ("callers", "observe", "act"))
_CODEC = "cti_server/telephony/ami_codec.py"
_TALKED = "scenarios/test_talk.py::test_a_call_is_answered_recorded_and_wrapped_up"
_RUNS = "floor/test_properties.py"

FAULTS = (
    # -- answered and wrapped up -------------------------------------------------------------------------------------
    _fault(
        "the agent's note is lost",
        _TALK,
        "_complete(d, interaction, request.agent, request.disposition, request.note, timed_out=False)",
        '_complete(d, interaction, request.agent, request.disposition, "", timed_out=False)',
        _TALKED,
    ),
    _fault(
        "the channels of a recording are swapped",
        "cti_server/telephony/recorder.py",
        "r({self.customer})t({self.agent})",
        "r({self.agent})t({self.customer})",
        _TALKED,
    ),
    _fault(
        "one side of a recording is missing",
        "cti_server/telephony/recorder.py",
        "r({self.customer})t({self.agent})",
        "r({self.customer})",
        _TALKED,
    ),
    _fault(
        "hold is not noticed",
        _OBSERVE,
        '"Hold": lambda event: self._engine.submit(i.LegHeld(_leg(event))),',
        "",
        "scenarios/test_talk.py::test_hold_is_music_for_the_caller",
    ),
    _fault(
        "no good-bye when the agent hangs up",
        _TALK,
        'd.order(f.ReleaseCaller(interaction.id, interaction.caller_leg.id, "goodbye"))',
        'd.order(f.ReleaseCaller(interaction.id, interaction.caller_leg.id, ""))',
        "scenarios/test_talk.py::test_either_side_hangs_up",
    ),
    _fault(
        "the agent's telephone is left in the call",
        _TALK,
        "    d.order(f.HangUpLeg(interaction.agent_leg.id))\n    _agent_ended(d, interaction, request.agent)",
        "    _agent_ended(d, interaction, request.agent)",
        "scenarios/test_talk.py::test_either_side_hangs_up",
    ),
    # -- abandoned ---------------------------------------------------------------------------------------------------
    _fault(
        "who hangs up in a menu is not missed",
        _CALLS,
        "if interaction is not None and interaction.caller_leg.state is LegState.UP:",
        "if interaction is not None and interaction.caller_leg.state is LegState.UP and interaction.queue:",
        "scenarios/test_waiting.py::test_giving_up_in_the_menu",
    ),
    _fault(
        "a short wait counts as a long one",
        _CALLS,
        "if waited < queue.config.short_abandon_seconds * 1000:",
        "if waited > queue.config.short_abandon_seconds * 1000:",
        "scenarios/test_waiting.py::test_giving_up_in_the_queue",
    ),
    _fault(
        "the agent's telephone rings on for a caller who left",
        _CALLS,
        "    if leg is not None:\n        d.order(f.HangUpLeg(leg.id))\n    if offer is not None:",
        "    if offer is not None:",
        "scenarios/test_waiting.py::test_giving_up_while_the_agents_phone_rings",
    ),
    _fault(
        "an agent whose caller left stays taken",
        _CALLS,
        "    if agent is not None:\n        d.free_agent(agent)\n    if rung_back:",
        "    if rung_back:",
        "scenarios/test_waiting.py::test_giving_up_while_the_agents_phone_rings",
        "scenarios/test_races.py::test_hanging_up_right_then[OfferMade]",
    ),
    # -- waiting, and who is rung ------------------------------------------------------------------------------------
    _fault(
        "nobody who waits hears music",
        "cti_server/telephony/agi_server.py",
        '"ON" if on else "OFF"',
        '"OFF"',
        "scenarios/test_waiting.py::test_who_waits_hears_music_and_his_position",
    ),
    _fault(
        "who became free last is rung first",
        "routing/lines.py",
        "(rank << _RANK_SHIFT) + place.since, place.order",
        "(rank << _RANK_SHIFT) - place.since, -place.order",
        "scenarios/test_waiting.py::test_the_longest_idle_agent_is_rung_first",
    ),
    _fault(
        "skills are not asked for",
        _CALLERS,
        "queue, skills = QueueId(wanted.queue), dict(wanted.skills)",
        "queue, skills = QueueId(wanted.queue), dict[str, int]()",
        "scenarios/test_waiting.py::test_only_who_knows_how_is_rung",
    ),
    _fault(
        "an agent who becomes free gets none of those who wait",
        _DECIDING,
        "        self.agent_becomes(agent, known.wanted, known.wanted_reason)\n        self.match_agent(agent)",
        "        self.agent_becomes(agent, known.wanted, known.wanted_reason)",
        "scenarios/test_races.py::test_fifty_calls_at_once",
    ),
    _fault(
        "all calls bear the same interaction",
        _CALLERS,
        "call = Call(session, resumed or self._new_id(), asyncio.Queue())",
        'call = Call(session, resumed or InteractionId("7f000000-0000-7000-8000-000000000000"), asyncio.Queue())',
        "scenarios/test_races.py::test_fifty_calls_at_once",
    ),
    # -- missed and declined -----------------------------------------------------------------------------------------
    _fault(
        "a missed telephone rings on",
        _CALLS,
        '        d.order(f.HangUpLeg(LegId(offer.id)))\n        _miss(d, interaction, offer, "no_answer")',
        '        _miss(d, interaction, offer, "no_answer")',
        "scenarios/test_waiting.py::test_two_miss_it_and_nobody_loses_his_place",
    ),
    _fault(
        "a missed offer costs the caller his place",
        _DECIDING,
        "age_from=Millis(contact.age_from),",
        "age_from=self.now,",
        "scenarios/test_waiting.py::test_two_miss_it_and_nobody_loses_his_place",
        "scenarios/test_waiting.py::test_declining_by_phone_and_by_console",
    ),
    _fault(
        "who misses an offer is offered the next",
        _CALLS,
        '_step_back(d, offer, "missed_offer")',
        "d.free_agent(offer.agent)",
        "scenarios/test_waiting.py::test_two_miss_it_and_nobody_loses_his_place",
    ),
    _fault(
        "declining by telephone counts as missing",
        _CALLS,
        'if fact.why == "declined":',
        'if fact.why == "refused":',
        "scenarios/test_waiting.py::test_declining_by_phone_and_by_console",
    ),
    _fault(
        "a declined telephone rings on",
        _CALLS,
        "    d.order(f.HangUpLeg(LegId(offer.id)))\n    _decline(d, interaction, offer)",
        "    _decline(d, interaction, offer)",
        "scenarios/test_waiting.py::test_declining_by_phone_and_by_console",
        "scenarios/test_browser.py::test_one_declines_and_the_next_gets_it",
    ),
    # -- the agent's page is reloaded, or gone -----------------------------------------------------------------------
    _fault(
        "a reloaded page does not ask for its call",
        "agent_console/src/desk/use-call.ts",
        "      tried.current = id;\n      askRejoin();",
        "      tried.current = id;",
        "scenarios/test_browser_hurt.py::test_a_reloaded_page_is_back_in_the_call",
    ),
    _fault(
        "a reloaded page is rung as for a new call",
        _ACT,
        '            ("Variable", "PJSIP_HEADER(add,X-CTI-Rejoin)=1"),\n',
        "",
        "scenarios/test_browser_hurt.py::test_a_reloaded_page_is_back_in_the_call",
    ),
    _fault(
        "the caller is not bridged to the new telephone",
        _TALK,
        "    bridge_again(d, interaction, fact.new)\n",
        "",
        "scenarios/test_rejoin.py::test_the_talk_goes_on_and_is_never_mixed",
    ),
    _fault(
        "a killed browser ends the call",
        _OBSERVE,
        'lost=event.get("Cause") == _MEDIA_TIMEOUT',
        "lost=False",
        "scenarios/test_browser_hurt.py::test_a_killed_browser_gives_the_caller_to_the_next",
    ),
    # -- the server is killed ----------------------------------------------------------------------------------------
    _fault(
        "a caller without a server is hung up",
        "asterisk-config/extensions.conf",
        " same => n,Wait(1)\n same => n,Goto(agi)",
        " same => n,Hangup()",
        "scenarios/test_core_dies.py::test_a_caller_in_the_menu_is_back_in_it",
    ),
    _fault(
        "a caller who is back is let go",
        _CALLS,
        'd.order(f.HoldInQueue(interaction.id, prompt=meanwhile.PLACE_KEPT if served_himself else ""))',
        "d.order(f.ReleaseCaller(interaction.id, fact.leg))",
        "scenarios/test_core_dies.py::test_one_talks_and_one_waits_through_it",
    ),
    _fault(
        "the menu begins anew after a restart",
        _CALLERS,
        "self._begun(call, flow, interaction.customer, dialled, state))",
        "self._begun(call, flow, interaction.customer, dialled))",
        "scenarios/test_core_dies.py::test_a_caller_in_the_menu_is_back_in_it",
    ),
    _fault(
        "who hung up while no server ran still waits",
        _CALLS,
        "elif interaction.caller_leg.state is LegState.UP and interaction.caller_leg.id not in legs:",
        "elif False:",
        "scenarios/test_core_dies.py::test_who_hung_up_meanwhile_is_found_out",
    ),
    _fault(
        "what the journal holds beyond the image is not read",
        "cti_server/recovery.py",
        "        for recorded in batch:\n            apply(floor, recorded)",
        "        for recorded in batch:\n            floor.seq = recorded.seq",
        "scenarios/test_core_dies.py::test_one_talks_and_one_waits_through_it",
    ),
    _fault(
        "a talk that a killed server had begun is not recorded to its end",
        "cti_server/telephony/recorder.py",
        'self._start_left(RecordingId(f"{event.interaction}-{event.segment}"), event.interaction)',
        "pass",
        "scenarios/test_core_dies.py::test_one_talks_and_one_waits_through_it",
    ),
    # -- the manager connection is cut -------------------------------------------------------------------------------
    _fault(
        "agents' legs are not looked for after a cut",
        _CALLS,
        "elif agent_leg is not None and agent_leg.id not in legs:",
        "elif False:",
        "scenarios/test_asterisk_hurt.py::test_the_manager_connection_is_cut_under_traffic",
    ),
    _fault(
        "a hang-up is believed of the manager connection alone",
        _CALLERS,
        'if gone.reason == "hangup":',
        'if gone.reason == "never":',
        "scenarios/test_asterisk_hurt.py::test_the_manager_connection_is_cut_under_traffic",
    ),
    _fault(
        "nobody is matched when the connection is back",
        _CALLS,
        "        dialling.look(d, callback)\n    d.match_everything()",
        "        dialling.look(d, callback)",
        "scenarios/test_asterisk_hurt.py::test_the_manager_connection_is_cut_under_traffic",
    ),
    _fault(
        "a hang-up during a command is overheard",
        "cti_server/telephony/agi_wire.py",
        'elif line == "HANGUP":\n            self._end("hangup")',
        'elif line == "HANGUP":\n            pass',
        "telephony/test_agi.py::test_the_socket_closes_at_once_on_hangup_though_the_route_is_busy",
        "telephony/test_ami_agi_on_asterisk.py",
    ),
    # -- Asterisk is killed ------------------------------------------------------------------------------------------
    _fault(
        "a restarted Asterisk passes for the old one",
        _CALLS,
        'restarted = d.floor.pbx_boot not in ("", fact.boot)',
        "restarted = False",
        "scenarios/test_asterisk_hurt.py::test_asterisk_is_killed_and_comes_back",
    ),
    _fault(
        "nobody starts Asterisk again",
        "cti_server/cli/up.py",
        "        await pbx.ended()\n",
        "        await asyncio.Event().wait()\n",
        "scenarios/test_asterisk_hurt.py::test_asterisk_is_killed_and_comes_back",
    ),
    # -- PostgreSQL is away, the disk is full ------------------------------------------------------------------------
    _fault(
        "what was kept on the disk never reaches the database",
        "cti_server/store/journal.py",
        "            await writer.insert(rows, _DRAIN_SECONDS, again=True)\n",
        "",
        "scenarios/test_database_away.py::test_postgres_is_stopped_during_calls",
    ),
    _fault(
        "without the database nothing is kept",
        "cti_server/store/journal.py",
        "                await _in_thread(self._spool.append, pack(rows), owner)\n",
        "                del owner\n",
        "scenarios/test_database_away.py::test_postgres_is_stopped_during_calls",
    ),
    _fault(
        "who called without the database stays a stranger",
        "cti_server/customers/identify.py",
        "submit(CustomerPicked(None, interaction, customer))",
        "del submit",
        "scenarios/test_database_away.py::test_postgres_is_stopped_during_calls",
    ),
    _fault(
        "a full disk loses events",
        "cti_server/engine.py",
        "                await asyncio.sleep(0.5)\n",
        "                return\n",
        "scenarios/test_database_away.py::test_the_disk_is_full_as_well",
    ),
    # -- properties --------------------------------------------------------------------------------------------------
    _fault(
        "a message end is overlooked at a cut of the bytes",
        _CODEC,
        "searched = max(0, len(buffer) - 3)",
        "searched = len(buffer)",
        "telephony/test_ami_codec.py",
    ),
    _fault(
        "an agent who is rung is rung again",
        _DECIDING,
        "        self.agent_becomes(agent.id, AgentState.OFFERED, interaction=interaction.id)\n",
        "",
        _RUNS,
    ),
    _fault(
        "who lost his agent is forgotten",
        _TALK,
        '    d.queue_again(interaction, "agent_lost")',
        "    pass",
        _RUNS,
    ),
    _fault(
        "something changes without an event",
        _TALK,
        "        d.emit(e.InteractionHeld(found[0].id, found[1]))",
        "        d.emit(e.InteractionHeld(found[0].id, found[1]))\n        found[0].priority += 1",
        _RUNS,
    ),
    _fault(
        "a snapshot leaves something out",
        "cti_server/floor/snapshot.py",
        "floor = Floor(image.seq, image.queues, image.agents, image.interactions, image.pbx_boot, image.pbx_up)",
        "floor = Floor(image.seq, image.queues, image.agents, image.interactions, image.pbx_boot)",
        _RUNS,
    ),
    # -- what others send us -----------------------------------------------------------------------------------------
    _fault(
        "invisible signs stay in a caller's name",
        "cti_server/customers/names.py",
        'elif category[0] != "C":',
        "else:",
        "scenarios/test_hostile_callers.py::test_a_hostile_name",
    ),
    _fault(
        "a caller's name can end the header it stands in",
        _ACT,
        "shown = order.caller_name.translate(UNWELCOME)[:64]",
        "shown = order.caller_name[:64]",
        "scenarios/test_hostile_callers.py::test_a_hostile_name",
    ),
    _fault(
        "a malformed number is shown as it came",
        "cti_server/customers/identify.py",
        "return Customer(id=withheld_id(interaction), name=called_himself, prospect=True)",
        'return Customer(id=withheld_id(interaction), name=called_himself, prospect=True, phone=caller or "")',
        "scenarios/test_hostile_callers.py::test_a_malformed_number",
        "scenarios/test_who_calls.py::test_a_hidden_number_is_nobody_else",
    ),
    _fault(
        "all who hide their number are one customer",
        "cti_server/customers/identify.py",
        'uuid.uuid5(NAMESPACE, f"withheld:{interaction}")',
        'uuid.uuid5(NAMESPACE, "withheld")',
        "scenarios/test_who_calls.py::test_a_hidden_number_is_nobody_else",
    ),
    _fault(
        "a number we do not have is silence",
        _CALLERS,
        "        if flow is None:\n            await self._not_in_service(call)\n            return",
        "        if flow is None:\n            await self._finish(call.session)\n            return",
        "scenarios/test_menu.py::test_a_number_we_do_not_have_says_so",
    ),
    _fault(
        "rubbish on the manager connection is believed",
        _CODEC,
        '        raise RemoteProtocolError("message that is neither an event nor a response")',
        '        return AmiMessage("event", "", frame)',
        "scenarios/test_asterisk_hurt.py::test_rubbish_on_the_manager_connection",
    ),
    _fault(
        "a message may be of any length",
        _CODEC,
        "if len(self._buffer) > self._max_message_bytes + 3:",
        "if len(self._buffer) > 2**40:",
        "telephony/test_ami_codec.py",
    ),
    _fault(
        "a page may send anything",
        "cti_server/web/live.py",
        'return isinstance(frame, dict) and frame.get("type") == "ping"',
        "return True",
        "scenarios/test_rubbish_from_pages.py::test_the_others_do_not_notice",
    ),
    _fault(
        "a nested frame breaks its reader",
        "cti_server/web/live.py",
        "except (ValueError, RecursionError):",
        "except ValueError:",
        "scenarios/test_rubbish_from_pages.py::test_the_others_do_not_notice",
    ),
    _fault(
        "silence in a menu goes on for ever",
        _CALLERS,
        "self._engine.submit(i.QueueRequested(call.interaction, queue, skills, wanted.priority))",
        "pass",
        "scenarios/test_menu.py::test_silence_reaches_a_person",
    ),
)
