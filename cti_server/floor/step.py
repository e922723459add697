"""The floor decides: one input in, what happened and what to do out.

`step` is the only way to change a floor that lives. It applies each event as it decides, so later decisions of the same
step see earlier ones. A stale fact (an answer for an offer that is gone) changes nothing but may order a clean-up.
"""

from collections.abc import Callable
from heapq import heappop
from typing import Any

from cti_server.floor import (
    agents,
    announcing,
    callbacks,
    calls,
    dialling,
    meanwhile,
    reports,
    surveys,
    talk,
    transfers,
    waiting,
)
from cti_server.floor import inputs as i
from cti_server.floor import survey_inputs as si
from cti_server.floor import transfer_inputs as ti
from cti_server.floor.deciding import BrokenStepError, Deciding, Step
from cti_server.floor.inputs import RefusedError
from cti_server.floor.model import Floor
from cti_server.floor.words import AgentId, InteractionId, Millis, OfferId

_Decide = Callable[[Deciding, Any], None]  # Any: each decides for its own input type; `_RULES` pairs them


def step(floor: Floor, fact: i.Input, now: Millis) -> Step:
    """Decide for `fact` at `now` and change `floor` accordingly.

    Raises `RefusedError` when a request cannot be done; the floor is untouched then. Raises `BrokenStepError` when a
    rule failed half-way: what it had decided is in `floor` and has to be kept.
    """
    deciding = Deciding(floor, now)
    try:
        _RULES[type(fact)](deciding, fact)
        _follow_up(deciding)
    except RefusedError:
        if not deciding.events:
            raise
        raise BrokenStepError(deciding.done()) from None
    except Exception as error:
        raise BrokenStepError(deciding.done()) from error
    return deciding.done()


def _follow_up(d: Deciding) -> None:
    """What any rule may have brought about."""
    for agent in d.departed:
        waiting.agent_departed(d, agent)
    for queue in sorted(d.touched):
        waiting.review_reserve(d, queue)


def next_due(floor: Floor) -> Millis | None:
    """When `TimePassed` has to be stepped next; None when no deadline runs."""
    return floor.index.due[0][0] if floor.index.due else None


def _time_passed(d: Deciding, fact: i.TimePassed) -> None:
    due = d.floor.index.due
    while due and due[0][0] <= d.now:
        when, kind, key = heappop(due)
        if kind == "offer":
            calls.offer_expired(d, OfferId(key))
        elif kind == "wrap_up":
            talk.wrap_up_expired(d, InteractionId(key))
        elif kind == "relax":
            waiting.relax(d, InteractionId(key))
        elif kind == "overflow":
            waiting.waited_long(d, InteractionId(key))
        elif kind == "callback":
            dialling.look(d, InteractionId(key))
        elif kind == "rest":
            dialling.agent_rested(d, AgentId(key))
        else:
            announcing.announce(d, InteractionId(key), when)


_RULES: dict[type[i.Input], _Decide] = {
    i.SignInRequested: agents.sign_in,
    i.SignOutRequested: agents.sign_out,
    i.ReadyRequested: agents.ready,
    i.NotReadyRequested: agents.not_ready,
    i.DevicesSeen: agents.devices_seen,
    i.DirectoryLoaded: agents.directory_loaded,
    i.CallArrived: calls.arrived,
    i.FlowStarted: calls.flow_started,
    i.MenuChosen: calls.menu_chosen,
    i.LanguageSet: calls.language_set,
    i.AttributesLearned: calls.attributes_learned,
    i.QueueRequested: waiting.queue_requested,
    i.VoicemailStarted: waiting.voicemail_started,
    reports.ReportBegun: reports.report_begun,
    i.EmergencyRequested: waiting.emergency_requested,
    i.CallerHungUp: calls.caller_hung_up,
    i.CallerResumed: calls.caller_resumed,
    i.DialPolicyLoaded: callbacks.policy_loaded,
    i.DoNotCallLoaded: callbacks.do_not_call_loaded,
    i.CallbackAsked: callbacks.asked,
    i.CallbackPlaced: callbacks.placed,
    i.CallbackMoved: callbacks.moved,
    i.CallbackCancelled: callbacks.cancelled,
    i.CallbackTakenUp: callbacks.taken_up,
    i.KeyPressed: meanwhile.key_pressed,
    i.SelfServiceStarted: meanwhile.self_service_started,
    i.SelfServiceEnded: meanwhile.self_service_ended,
    i.MessageWanted: meanwhile.message_wanted,
    i.CustomerAnswered: dialling.customer_answered,
    i.DialFailed: dialling.dial_failed,
    ti.TransferRequested: transfers.requested,
    ti.PartyAnswered: transfers.party_answered,
    ti.PartyGone: transfers.party_gone,
    i.CustomerPicked: calls.customer_picked,
    i.DeclineRequested: calls.declined,
    i.AgentRang: calls.agent_rang,
    i.AgentAnswered: calls.agent_answered,
    i.OfferFailed: calls.offer_failed,
    i.LegsBridged: talk.legs_bridged,
    i.BridgeFailed: talk.bridge_failed,
    i.AgentLegGone: talk.agent_leg_gone,
    i.HangUpRequested: talk.hang_up,
    i.RejoinRequested: talk.rejoin,
    i.AgentRejoined: talk.rejoined,
    i.LegHeld: talk.leg_held,
    i.LegResumed: talk.leg_resumed,
    i.WrapUpSubmitted: talk.wrap_up_submitted,
    si.SurveyGiven: surveys.given,
    si.SurveyCommentStarted: surveys.comment_started,
    i.RecordingFinished: reports.recording_finished,
    i.RecordingFailed: talk.recording_failed,
    i.PbxGone: calls.pbx_gone,
    i.PbxSeen: calls.pbx_seen,
    i.TimePassed: _time_passed,
}
