"""Of calls that nothing is wrong with: abandoned, waiting, missed, declined, answered, wrapped up."""

from tests.seeded_faults.fault import fault

_CALLS = "cti_server/floor/calls.py"
_TALK = "cti_server/floor/talk.py"
_DECIDING = "cti_server/floor/deciding.py"
_CALLERS = "cti_server/telephony/callers.py"
_OBSERVE = "cti_server/telephony/observe.py"
_TALKED = "scenarios/test_talk.py::test_a_call_is_answered_recorded_and_wrapped_up"

FAULTS = (
    # -- answered and wrapped up ---------------------------------------------------------------------------------------
    fault(
        "the agent's note is lost",
        _TALK,
        "_complete(d, interaction, request.agent, request.disposition, request.note, timed_out=False)",
        '_complete(d, interaction, request.agent, request.disposition, "", timed_out=False)',
        _TALKED,
    ),
    fault(
        "the channels of a recording are swapped",
        "cti_server/telephony/recorder.py",
        "r({self.customer})t({self.agent})",
        "r({self.agent})t({self.customer})",
        _TALKED,
    ),
    fault(
        "one side of a recording is missing",
        "cti_server/telephony/recorder.py",
        "r({self.customer})t({self.agent})",
        "r({self.customer})",
        _TALKED,
    ),
    fault(
        "hold is not noticed",
        _OBSERVE,
        '"Hold": lambda event: self._engine.submit(i.LegHeld(_leg(event))),',
        "",
        "scenarios/test_talk.py::test_hold_is_music_for_the_caller",
    ),
    fault(
        "no good-bye when the agent hangs up",
        _TALK,
        'd.order(f.ReleaseCaller(interaction.id, interaction.caller_leg.id, "goodbye"))',
        'd.order(f.ReleaseCaller(interaction.id, interaction.caller_leg.id, ""))',
        "scenarios/test_talk.py::test_either_side_hangs_up",
    ),
    fault(
        "the agent's telephone is left in the call",
        _TALK,
        "    d.order(f.HangUpLeg(interaction.agent_leg.id))\n    _agent_ended(d, interaction, request.agent)",
        "    _agent_ended(d, interaction, request.agent)",
        "scenarios/test_talk.py::test_either_side_hangs_up",
    ),
    # -- abandoned -----------------------------------------------------------------------------------------------------
    fault(
        "who hangs up in a menu is not missed",
        _CALLS,
        "if interaction is not None and interaction.caller_leg.state is LegState.UP:",
        "if interaction is not None and interaction.caller_leg.state is LegState.UP and interaction.queue:",
        "scenarios/test_waiting.py::test_giving_up_in_the_menu",
    ),
    fault(
        "a short wait counts as a long one",
        _CALLS,
        "if waited < queue.config.short_abandon_seconds * 1000:",
        "if waited > queue.config.short_abandon_seconds * 1000:",
        "scenarios/test_waiting.py::test_giving_up_in_the_queue",
    ),
    fault(
        "the agent's telephone rings on for a caller who left",
        _CALLS,
        "    if leg is not None:\n        d.order(f.HangUpLeg(leg.id))\n    if offer is not None:",
        "    if offer is not None:",
        "scenarios/test_waiting.py::test_giving_up_while_the_agents_phone_rings",
    ),
    fault(
        "an agent whose caller left stays taken",
        _CALLS,
        "    if agent is not None:\n        d.free_agent(agent)\n    if rung_back:",
        "    if rung_back:",
        "scenarios/test_waiting.py::test_giving_up_while_the_agents_phone_rings",
        "scenarios/test_races.py::test_hanging_up_right_then[OfferMade]",
    ),
    # -- waiting, and who is rung --------------------------------------------------------------------------------------
    fault(
        "nobody who waits hears music",
        "cti_server/telephony/agi_server.py",
        '"ON" if on else "OFF"',
        '"OFF"',
        "scenarios/test_waiting.py::test_who_waits_hears_music_and_his_position",
    ),
    fault(
        "who became free last is rung first",
        "routing/lines.py",
        "(rank << _RANK_SHIFT) + place.since, place.order",
        "(rank << _RANK_SHIFT) - place.since, -place.order",
        "scenarios/test_waiting.py::test_the_longest_idle_agent_is_rung_first",
    ),
    fault(
        "skills are not asked for",
        _CALLERS,
        "queue, skills = QueueId(wanted.queue), dict(wanted.skills)",
        "queue, skills = QueueId(wanted.queue), dict[str, int]()",
        "scenarios/test_waiting.py::test_only_who_knows_how_is_rung",
    ),
    fault(
        "an agent who becomes free gets none of those who wait",
        _DECIDING,
        "        self.agent_becomes(agent, known.wanted, known.wanted_reason)\n        self.match_agent(agent)",
        "        self.agent_becomes(agent, known.wanted, known.wanted_reason)",
        "scenarios/test_races.py::test_fifty_calls_at_once",
    ),
    fault(
        "all calls bear the same interaction",
        _CALLERS,
        "call = Call(session, resumed or self._new_id(), asyncio.Queue())",
        'call = Call(session, resumed or InteractionId("7f000000-0000-7000-8000-000000000000"), asyncio.Queue())',
        "scenarios/test_races.py::test_fifty_calls_at_once",
    ),
    # -- missed and declined -------------------------------------------------------------------------------------------
    fault(
        "a missed telephone rings on",
        _CALLS,
        '        d.order(f.HangUpLeg(LegId(offer.id)))\n        _miss(d, interaction, offer, "no_answer")',
        '        _miss(d, interaction, offer, "no_answer")',
        "scenarios/test_waiting.py::test_two_miss_it_and_nobody_loses_his_place",
    ),
    fault(
        "a missed offer costs the caller his place",
        _DECIDING,
        "age_from=Millis(contact.age_from),",
        "age_from=self.now,",
        "scenarios/test_waiting.py::test_two_miss_it_and_nobody_loses_his_place",
        "scenarios/test_waiting.py::test_declining_by_phone_and_by_console",
    ),
    fault(
        "who misses an offer is offered the next",
        _CALLS,
        '_step_back(d, offer, "missed_offer")',
        "d.free_agent(offer.agent)",
        "scenarios/test_waiting.py::test_two_miss_it_and_nobody_loses_his_place",
    ),
    fault(
        "declining by telephone counts as missing",
        _CALLS,
        'if fact.why == "declined":',
        'if fact.why == "refused":',
        "scenarios/test_waiting.py::test_declining_by_phone_and_by_console",
    ),
    fault(
        "a declined telephone rings on",
        _CALLS,
        "    d.order(f.HangUpLeg(LegId(offer.id)))\n    _decline(d, interaction, offer)",
        "    _decline(d, interaction, offer)",
        "scenarios/test_waiting.py::test_declining_by_phone_and_by_console",
        "scenarios/test_browser.py::test_one_declines_and_the_next_gets_it",
    ),
)
