"""Of what breaks during calls: pages, the server, the manager connection, Asterisk, PostgreSQL, the disk."""

from tests.seeded_faults.fault import fault

_CALLS = "cti_server/floor/calls.py"
_TALK = "cti_server/floor/talk.py"
_CALLERS = "cti_server/telephony/callers.py"
_OBSERVE = "cti_server/telephony/observe.py"
_ACT = "cti_server/telephony/act.py"

FAULTS = (
    # -- the agent's page is reloaded, or gone -------------------------------------------------------------------------
    fault(
        "a reloaded page does not ask for its call",
        "agent_console/src/desk/use-call.ts",
        "      tried.current = id;\n      askRejoin();",
        "      tried.current = id;",
        "scenarios/test_browser_hurt.py::test_a_reloaded_page_is_back_in_the_call",
    ),
    fault(
        "a reloaded page is rung as for a new call",
        _ACT,
        '            ("Variable", "PJSIP_HEADER(add,X-CTI-Rejoin)=1"),\n',
        "",
        "scenarios/test_browser_hurt.py::test_a_reloaded_page_is_back_in_the_call",
    ),
    fault(
        "the caller is not bridged to the new telephone",
        _TALK,
        "    bridge_again(d, interaction, fact.new)\n",
        "",
        "scenarios/test_rejoin.py::test_the_talk_goes_on_and_is_never_mixed",
    ),
    fault(
        "a killed browser ends the call",
        _OBSERVE,
        'lost=event.get("Cause") == _MEDIA_TIMEOUT',
        "lost=False",
        "scenarios/test_browser_hurt.py::test_a_killed_browser_gives_the_caller_to_the_next",
    ),
    # -- the server is killed ------------------------------------------------------------------------------------------
    fault(
        "a caller without a server is hung up",
        "asterisk-config/extensions.conf",
        " same => n,Wait(1)\n same => n,Goto(agi)",
        " same => n,Hangup()",
        "scenarios/test_core_dies.py::test_a_caller_in_the_menu_is_back_in_it",
    ),
    fault(
        "a caller who is back is let go",
        _CALLS,
        'd.order(f.HoldInQueue(interaction.id, prompt=meanwhile.PLACE_KEPT if served_himself else ""))',
        "d.order(f.ReleaseCaller(interaction.id, fact.leg))",
        "scenarios/test_core_dies.py::test_one_talks_and_one_waits_through_it",
    ),
    fault(
        "the menu begins anew after a restart",
        _CALLERS,
        "self._begun(call, flow, interaction.customer, dialled, state))",
        "self._begun(call, flow, interaction.customer, dialled))",
        "scenarios/test_core_dies.py::test_a_caller_in_the_menu_is_back_in_it",
    ),
    fault(
        "who hung up while no server ran still waits",
        _CALLS,
        "elif interaction.caller_leg.state is LegState.UP and interaction.caller_leg.id not in legs:",
        "elif False:",
        "scenarios/test_core_dies.py::test_who_hung_up_meanwhile_is_found_out",
    ),
    fault(
        "what the journal holds beyond the image is not read",
        "cti_server/recovery.py",
        "        for recorded in batch:\n            apply(floor, recorded)",
        "        for recorded in batch:\n            floor.seq = recorded.seq",
        "scenarios/test_core_dies.py::test_one_talks_and_one_waits_through_it",
    ),
    fault(
        "a talk that a killed server had begun is not recorded to its end",
        "cti_server/telephony/recorder.py",
        'self._start_left(RecordingId(f"{event.interaction}-{event.segment}"), event.interaction)',
        "pass",
        "scenarios/test_core_dies.py::test_one_talks_and_one_waits_through_it",
    ),
    # -- the manager connection is cut ---------------------------------------------------------------------------------
    fault(
        "agents' legs are not looked for after a cut",
        _CALLS,
        "elif agent_leg is not None and agent_leg.id not in legs:",
        "elif False:",
        "scenarios/test_asterisk_hurt.py::test_the_manager_connection_is_cut_under_traffic",
    ),
    fault(
        "a hang-up is believed of the manager connection alone",
        _CALLERS,
        'if gone.reason == "hangup":',
        'if gone.reason == "never":',
        "scenarios/test_asterisk_hurt.py::test_the_manager_connection_is_cut_under_traffic",
    ),
    fault(
        "nobody is matched when the connection is back",
        _CALLS,
        "        dialling.look(d, callback)\n    d.match_everything()",
        "        dialling.look(d, callback)",
        "scenarios/test_asterisk_hurt.py::test_the_manager_connection_is_cut_under_traffic",
    ),
    fault(
        "a hang-up during a command is overheard",
        "cti_server/telephony/agi_wire.py",
        'elif line == "HANGUP":\n            self._end("hangup")',
        'elif line == "HANGUP":\n            pass',
        "telephony/test_agi.py::test_the_socket_closes_at_once_on_hangup_though_the_route_is_busy",
        "telephony/test_ami_agi_on_asterisk.py",
    ),
    # -- Asterisk is killed --------------------------------------------------------------------------------------------
    fault(
        "a restarted Asterisk passes for the old one",
        _CALLS,
        'restarted = d.floor.pbx_boot not in ("", fact.boot)',
        "restarted = False",
        "scenarios/test_asterisk_hurt.py::test_asterisk_is_killed_and_comes_back",
    ),
    fault(
        "nobody starts Asterisk again",
        "cti_server/cli/up.py",
        "        await pbx.ended()\n",
        "        await asyncio.Event().wait()\n",
        "scenarios/test_asterisk_hurt.py::test_asterisk_is_killed_and_comes_back",
    ),
    # -- PostgreSQL is away, the disk is full --------------------------------------------------------------------------
    fault(
        "what was kept on the disk never reaches the database",
        "cti_server/store/journal.py",
        "            await writer.insert(rows, _DRAIN_SECONDS, again=True)\n",
        "",
        "scenarios/test_database_away.py::test_postgres_is_stopped_during_calls",
    ),
    fault(
        "without the database nothing is kept",
        "cti_server/store/journal.py",
        "                await _in_thread(self._spool.append, pack(rows), owner)\n",
        "                del owner\n",
        "scenarios/test_database_away.py::test_postgres_is_stopped_during_calls",
    ),
    fault(
        "who called without the database stays a stranger",
        "cti_server/customers/identify.py",
        "submit(CustomerPicked(None, interaction, customer))",
        "del submit",
        "scenarios/test_database_away.py::test_postgres_is_stopped_during_calls",
    ),
    fault(
        "a full disk loses events",
        "cti_server/engine.py",
        "                await asyncio.sleep(0.5)\n",
        "                return\n",
        "scenarios/test_database_away.py::test_the_disk_is_full_as_well",
    ),
)
