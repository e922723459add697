"""What a caller does while he waits: self-service with his place kept, a message, the other keys."""

import pytest

from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import inputs as i
from cti_server.floor.snapshot import dump_floor, load_floor
from cti_server.floor.words import InteractionId, InteractionState, LegId, Outcome, RecordingId
from routing.rules import Then
from tests.floor.faults import FAULTS, offered_to, ruled
from tests.floor.world import ANNE, CALLER, POLICY, WAITING, World

PLAIN = {"requirement": "power>=2"}


def keyed(**rules: object) -> World:
    on = ruled(waiting=WAITING, callback={"key": "1", "abandoned": "5s"}, **PLAIN, **rules)
    on.feed(i.DialPolicyLoaded(POLICY))
    return on


def press(on: World, call: InteractionId, key: str) -> list[f.Effect]:
    before = len(on.effects)
    on.feed(i.KeyPressed(on.interaction(call).caller_leg.id, key))
    return on.effects[before:]


def serving_himself(on: World) -> InteractionId:
    call = on.call(FAULTS)
    assert press(on, call, "3") == [f.ServeSelf(call, "95598", "main")]
    on.feed(i.SelfServiceStarted(call, "95598", "v1"))
    return call


# -- keys --------------------------------------------------------------------------------------------------------


def test_each_key_means_what_its_queue_says() -> None:
    on = keyed()
    call = on.call(FAULTS)
    assert press(on, call, "1") == [f.AskCallback(call, CALLER)]
    assert press(on, call, "2") == [f.InviteMessage(call, "voicemail")]
    assert press(on, call, "3") == [f.ServeSelf(call, "95598", "main")]
    assert press(on, call, "9") == []
    assert on.interaction(call).state is InteractionState.QUEUED


def test_keys_mean_nothing_to_who_does_not_wait() -> None:
    on = keyed()
    in_flow = on.arrive()
    assert press(on, in_flow, "3") == []
    on.ready(ANNE)
    talking = on.call(FAULTS)
    on.answer(talking)
    assert press(on, talking, "3") == press(on, talking, "2") == []
    on.feed(i.KeyPressed(LegId("nobody"), "3"))


def test_while_a_telephone_rings_for_him_he_keeps_to_the_line_but_may_serve_himself() -> None:
    on = keyed()
    on.ready(ANNE)
    call = on.call(FAULTS)
    assert offered_to(on, call) == ANNE
    assert press(on, call, "1") == press(on, call, "2") == [f.Announce(call, "comfort_soon")]
    assert press(on, call, "3") == [f.ServeSelf(call, "95598", "main")]


# -- self-service ------------------------------------------------------------------------------------------------


def test_the_place_is_kept_with_its_age() -> None:
    on = keyed()
    call = serving_himself(on)
    before = on.interaction(call)
    kept = (before.age_from, before.order, before.priority, before.queue)
    behind = on.call(FAULTS)
    on.pass_time(60)
    after = on.interaction(call)
    assert (after.age_from, after.order, after.priority, after.queue) == kept
    assert after.self_service == "95598"
    on.ready(ANNE)
    assert offered_to(on, call) == ANNE, "before the one behind him"
    assert offered_to(on, behind) is None


def test_the_walk_goes_on_while_it_rings_and_ends_when_somebody_answers() -> None:
    on = keyed()
    call = serving_himself(on)
    on.ready(ANNE)
    assert on.interaction(call).self_service, "an agent may still not answer"
    on.answer(call)
    assert on.of_type(e.SelfServiceLeft) == [e.SelfServiceLeft(call, "agent")]
    assert on.interaction(call).state is InteractionState.CONNECTED


def test_an_offer_nobody_takes_does_not_disturb_him() -> None:
    on = keyed()
    call = serving_himself(on)
    on.ready(ANNE)
    before = len(on.effects)
    on.pass_time(21)
    assert on.interaction(call).state is InteractionState.QUEUED
    assert on.interaction(call).self_service
    assert not [x for x in on.effects[before:] if isinstance(x, f.HoldInQueue | f.Announce)]


def test_nothing_is_announced_into_the_flow_and_again_after_it() -> None:
    on = keyed()
    call = serving_himself(on)
    on.pass_time(300)
    assert not [x for x in on.effects if isinstance(x, f.Announce)]
    assert not on.floor.index.announcing
    on.feed(i.SelfServiceEnded(call))
    assert on.last(f.HoldInQueue) == f.HoldInQueue(call, prompt="place_kept")
    on.pass_time(31)
    assert on.last(f.Announce).ahead == 0


def test_it_ends_once() -> None:
    on = keyed()
    call = serving_himself(on)
    on.feed(i.SelfServiceEnded(call))
    before = len(on.events)
    on.feed(i.SelfServiceEnded(call))
    on.feed(i.SelfServiceEnded(InteractionId("nobody")))
    assert len(on.events) == before


def test_keys_in_the_flow_belong_to_the_flow() -> None:
    on = keyed()
    call = serving_himself(on)
    assert press(on, call, "1") == press(on, call, "2") == press(on, call, "3") == []


def test_who_came_too_late_is_not_in_it() -> None:
    on = keyed()
    on.ready(ANNE)
    call = on.call(FAULTS)
    on.answer(call)
    on.feed(i.SelfServiceStarted(call, "95598", "v1"))
    assert not on.interaction(call).self_service


def test_a_rule_that_sends_him_on_ends_it() -> None:
    on = keyed(overflow=[{"when": "waited_over", "limit": "1m", "then": "message", "target": "very_busy"}])
    call = serving_himself(on)
    on.pass_time(61)
    assert on.of_type(e.SelfServiceLeft) == [e.SelfServiceLeft(call, "sent_on")]
    assert on.last(f.ReleaseCaller).prompt == "very_busy"


def test_another_queue_does_not() -> None:
    on = keyed(overflow=[{"when": "waited_over", "limit": "1m", "then": "queue", "target": "next_door"}])
    call = serving_himself(on)
    on.pass_time(61)
    assert on.interaction(call).queue == "next_door"
    assert on.interaction(call).self_service


def test_after_a_restart_he_hears_music_at_his_place() -> None:
    on = keyed()
    call = serving_himself(on)
    age = on.interaction(call).age_from
    again = World(floor=load_floor(dump_floor(on.floor)), replica=load_floor(dump_floor(on.floor)), now=on.now)
    again.events = list(on.events)
    again.feed(i.CallerResumed(call, on.interaction(call).caller_leg.id, "PJSIP/x"))
    assert again.last(f.HoldInQueue) == f.HoldInQueue(call, prompt="place_kept")
    assert not again.interaction(call).self_service
    assert again.interaction(call).age_from == age
    again.ready(ANNE)
    assert offered_to(again, call) == ANNE


def test_who_hangs_up_in_it_helped_himself_and_is_not_rung() -> None:
    on = keyed()
    call = serving_himself(on)
    on.pass_time(30)
    on.feed(i.CallerHungUp(call))
    (closed,) = on.of_type(e.InteractionClosed)
    assert closed == e.InteractionClosed(call, Outcome.ABANDONED, "self_service:hangup")
    assert not on.of_type(e.CallbackRequested)


def test_a_flow_that_says_goodbye_has_handled_him() -> None:
    on = keyed()
    call = serving_himself(on)
    on.feed(i.CallerHungUp(call, "released"))
    assert on.of_type(e.InteractionClosed)[0].outcome is Outcome.HANDLED


# -- a message ---------------------------------------------------------------------------------------------------


def test_the_place_is_kept_until_the_tone() -> None:
    on = keyed()
    call = on.call(FAULTS)
    press(on, call, "2")
    assert on.interaction(call).state is InteractionState.QUEUED
    on.feed(i.MessageWanted(call))
    assert on.of_type(e.VoicemailChosen) == [e.VoicemailChosen(call, FAULTS)]
    recording = RecordingId(f"{call}-voicemail")
    assert on.last(f.TakeVoicemail) == f.TakeVoicemail(call, recording, "", invited=True)
    assert on.floor.queues[FAULTS].waiting == 0
    on.feed(i.VoicemailStarted(call, recording))
    on.ready(ANNE)
    assert on.interaction(call).state is InteractionState.IN_FLOW
    on.feed(i.CallerHungUp(call))
    assert on.of_type(e.InteractionClosed)[0].outcome is Outcome.VOICEMAIL
    assert not on.of_type(e.CallbackRequested), "his message is what he left"


def test_an_agent_who_is_rung_meanwhile_gets_him() -> None:
    on = keyed()
    call = on.call(FAULTS)
    press(on, call, "2")
    on.ready(ANNE)
    on.feed(i.MessageWanted(call))
    assert not on.of_type(e.VoicemailChosen)
    assert on.last(f.Announce) == f.Announce(call, "comfort_soon")
    on.answer(call)
    assert on.interaction(call).state is InteractionState.CONNECTED


def test_a_flow_may_lead_to_a_message_too() -> None:
    on = keyed()
    call = serving_himself(on)
    on.feed(i.MessageWanted(call))
    on.feed(i.SelfServiceEnded(call))
    assert on.interaction(call).diverted is Then.VOICEMAIL
    assert isinstance(on.effects[-1], f.TakeVoicemail)


def test_a_message_that_was_cut_off_by_a_crash_is_taken_anew() -> None:
    on = keyed()
    call = on.call(FAULTS)
    on.feed(i.MessageWanted(call))
    on.feed(i.CallerResumed(call, on.interaction(call).caller_leg.id, "PJSIP/x"))
    assert on.last(f.TakeVoicemail) == f.TakeVoicemail(call, RecordingId(f"{call}-voicemail"), "")


@pytest.mark.parametrize("call", ["nobody", "call-1"])
def test_nobody_leaves_a_message_who_does_not_wait(call: str) -> None:
    on = keyed()
    on.arrive()
    before = len(on.events)
    on.feed(i.MessageWanted(InteractionId(call)))
    assert len(on.events) == before


def test_who_gives_up_his_place_shortens_the_line() -> None:
    on = keyed()
    call = on.call(FAULTS)
    on.pass_time(20)
    on.feed(i.MessageWanted(call))
    assert on.floor.queues[FAULTS].pace.gone > 0
