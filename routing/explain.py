"""Why this agent, and why not each other one. Asked of the matching as it was just before the decision."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from routing.decision import Decision, Side
from routing.matching import Matching
from routing.order import AgentKey, agent_key
from routing.requirement import failing, text_of
from routing.roster import Agent
from routing.rules import BEST_MEMBERSHIP, AgentOrder
from routing.stages import Stage


class Standing(StrEnum):
    """What one agent was to the contact at that moment."""

    CHOSEN = "chosen"
    LACKS = "lacks"
    """Does not meet `part` of the requirement."""
    NOT_A_MEMBER = "not_a_member"
    IN_RESERVE = "in_reserve"
    NOT_PREFERRED = "not_preferred"
    """The contact waited for another agent alone."""
    SIGNED_OUT = "signed_out"
    NOT_READY = "not_ready"
    UNREACHABLE = "unreachable"
    BUSY = "busy"
    LOWER_MEMBERSHIP = "lower_membership"
    """On offer, but others are members of higher priority."""
    LOWER_POINTS = "lower_points"
    """On offer, but later by the queue's policy."""
    IDLE_SHORTER = "idle_shorter"
    NOT_ASKED = "not_asked"
    """On offer, but the chosen one had just become free and was given what was due."""


class Passing(StrEnum):
    """Why an agent got another contact than this one, which was due earlier."""

    WAITS_ALONE = "waits_alone"
    """It waited for another agent alone."""
    NO_ROOM = "no_room"
    """The agent could take no more on its channel."""
    LACKS = "lacks"
    """He does not meet `part` of what it asks for."""
    NOT_A_MEMBER = "not_a_member"
    HELD_BACK = "held_back"
    """Its queue is flooded and held its share of agents already."""
    LOWER_MEMBERSHIP = "lower_membership"
    """Its queue comes later for this agent."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`part`: what of the requirement is missing; `state`, `queue`: what he did; `since`: end of his last work, ms."""

    agent: str
    standing: Standing
    part: str = ""
    state: str = ""
    queue: str = ""
    since: int = 0
    points: float = 0.0
    membership: int = BEST_MEMBERSHIP


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A contact that was due earlier than the one the agent got. `part`: what of its requirement he lacks."""

    contact: str
    queue: str
    why: Passing
    part: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """`verdicts`: every agent, the chosen first; `passed_over`: the earliest due first, at most `limit` of them."""

    decision: Decision
    verdicts: Sequence[Verdict]
    passed_over: Sequence[PassedOver]


def explain(before: Matching, decision: Decision, limit: int = 20) -> Explanation:
    """KeyError unless the contact waits in `before`, the state the decision was made from."""
    chosen = before.roster.by_id[decision.agent]
    stage, reserve = before.stage_of(decision.contact)
    verdicts = [_verdict(before, decision, stage, agent, chosen, reserve=reserve) for agent in _everyone(before)]
    verdicts.sort(key=lambda verdict: verdict.standing is not Standing.CHOSEN)
    passed = list(_passed_over(before, decision, chosen, limit)) if decision.side is Side.CONTACT else []
    return Explanation(decision, verdicts, passed)


def _everyone(before: Matching) -> Iterator[Agent]:
    return (agent for agent in before.roster.agents if agent is not None)


def _verdict(
    before: Matching, decision: Decision, stage: Stage, agent: Agent, chosen: Agent, *, reserve: bool
) -> Verdict:
    place = agent.place
    key, best = _key(before, decision, stage, agent), _key(before, decision, stage, chosen)
    standing, part = Standing.CHOSEN, ""
    lacking = failing(agent.profile.skills, stage.requirement)
    if agent is chosen:
        pass
    elif lacking is not None:
        standing, part = Standing.LACKS, text_of(lacking)
    elif not before.belongs(agent, stage, reserve=True):
        standing = Standing.NOT_A_MEMBER
    elif not reserve and not before.belongs(agent, stage, reserve=False):
        standing = Standing.IN_RESERVE
    elif place.state in (Standing.SIGNED_OUT, Standing.NOT_READY, Standing.UNREACHABLE):
        standing = Standing(place.state)
    elif before.contact(decision.contact).channel not in place.channels:
        standing = Standing.BUSY
    elif stage.only or decision.preferred:
        standing = Standing.NOT_PREFERRED
    elif decision.side is Side.CONTACT:
        standing = Standing.NOT_ASKED
    elif key[0] != best[0]:
        standing = Standing.LOWER_MEMBERSHIP
    elif key[1] != best[1]:
        standing = Standing.LOWER_POINTS
    else:
        standing = Standing.IDLE_SHORTER
    queue = place.serving[0] if place.serving else ""
    return Verdict(agent.id, standing, part, place.state, queue, place.since, key[1], key[0])


def _key(before: Matching, decision: Decision, stage: Stage, agent: Agent) -> AgentKey:
    rank = agent.rank(stage.queues, decision.queue)
    return agent_key(before.rules(decision.queue), stage.requirement, agent.profile, agent.place, rank)


def _passed_over(before: Matching, decision: Decision, agent: Agent, limit: int) -> Iterator[PassedOver]:
    for contact in islice(before.waiting_contacts(), limit):
        if contact == decision.contact:
            return
        waiting = before.contact(contact)
        stage, reserve = before.stage_of(contact)
        lacking = failing(agent.profile.skills, stage.requirement)
        part = ""
        if stage.only and stage.only != agent.id:
            why = Passing.WAITS_ALONE
        elif waiting.channel not in agent.place.channels:
            why = Passing.NO_ROOM
        elif lacking is not None:
            why, part = Passing.LACKS, text_of(lacking)
        elif not before.belongs(agent, stage, reserve=reserve):
            why = Passing.NOT_A_MEMBER
        elif waiting.queue in decision.held_back:
            why = Passing.HELD_BACK
        else:
            why = Passing.LOWER_MEMBERSHIP
        yield PassedOver(contact, waiting.queue, why, part)


# -- in words ----------------------------------------------------------------------------------------------------

_WHY: Mapping[str, Mapping[AgentOrder | str, str]] = {
    "zh": {
        "preferred": "是这位客户的专属坐席",
        "freed": "刚空出来，合适的来电里这一通最先轮到",
        "alone": "是当时唯一空闲又符合要求的人",
        "first": "在这个队列里顺位最前",
        "of_the_first": "在这个队列里顺位最前，同级中",
        AgentOrder.LONGEST_IDLE: "空闲最久（{idle}）",
        AgentOrder.LEAST_OCCUPIED: "今天最不忙",
        AgentOrder.MOST_SKILLED: "所需技能等级最高",
        AgentOrder.LEAST_SKILLED: "技能够用，这样全能的同事可以留给别的来电",
        AgentOrder.WEIGHTED: "综合得分最高",
    },
    "en": {
        "preferred": "is this customer's own agent",
        "freed": "had just become free, and of the calls that fit this one was first in line",
        "alone": "was the only one free who could take the call",
        "first": "comes first in this queue",
        "of_the_first": "comes first in this queue, and of those who do ",
        AgentOrder.LONGEST_IDLE: "had been idle longest ({idle})",
        AgentOrder.LEAST_OCCUPIED: "had been least busy today",
        AgentOrder.MOST_SKILLED: "has the highest levels of the skills asked for",
        AgentOrder.LEAST_SKILLED: "is skilled enough, which keeps the all-rounders free for others",
        AgentOrder.WEIGHTED: "scored highest by this queue's rule",
    },
}

_WHY_NOT: Mapping[str, Mapping[Standing, str]] = {
    "zh": {
        Standing.LACKS: "不满足要求：{part}",
        Standing.NOT_A_MEMBER: "不属于这个队列",
        Standing.IN_RESERVE: "是后备人员，当时还没有启用后备",
        Standing.NOT_PREFERRED: "当时先留给这位客户的专属坐席",
        Standing.SIGNED_OUT: "没有签入",
        Standing.NOT_READY: "示忙",
        Standing.UNREACHABLE: "电话没有连上",
        Standing.BUSY: "正忙（{state}）",
        Standing.LOWER_MEMBERSHIP: "空闲，但在这个队列里的顺位靠后（第 {membership} 位）",
        Standing.LOWER_POINTS: "空闲，但按这个队列的规则排在后面",
        Standing.IDLE_SHORTER: "空闲时间较短（{idle}）",
        Standing.NOT_ASKED: "也空闲，但选中的坐席刚空出来，直接接了轮到的这一通",
    },
    "en": {
        Standing.LACKS: "not qualified: {part}",
        Standing.NOT_A_MEMBER: "not in this queue",
        Standing.IN_RESERVE: "in the reserve, which had not been called",
        Standing.NOT_PREFERRED: "free, but the customer's own agent came first",
        Standing.SIGNED_OUT: "signed out",
        Standing.NOT_READY: "not ready",
        Standing.UNREACHABLE: "phone not connected",
        Standing.BUSY: "busy ({state})",
        Standing.LOWER_MEMBERSHIP: "free, but later in this queue's order (priority {membership})",
        Standing.LOWER_POINTS: "free, but later by this queue's rule",
        Standing.IDLE_SHORTER: "free for a shorter time ({idle})",
        Standing.NOT_ASKED: "free, too, but the chosen agent had just become free and took the caller who was due",
    },
}

_WHY_PASSED: Mapping[str, Mapping[Passing, str]] = {
    "zh": {
        Passing.WAITS_ALONE: "只等自己的专属坐席",
        Passing.NO_ROOM: "这位坐席当时不能再接这一类",
        Passing.LACKS: "这位坐席不满足要求：{part}",
        Passing.NOT_A_MEMBER: "这位坐席不服务该队列",
        Passing.HELD_BACK: "所在队列来电激增，已占满可用的坐席份额",
        Passing.LOWER_MEMBERSHIP: "该队列在这位坐席这里的顺位靠后",
    },
    "en": {
        Passing.WAITS_ALONE: "waits for its own agent alone",
        Passing.NO_ROOM: "the agent could take no more of this kind",
        Passing.LACKS: "the agent does not meet: {part}",
        Passing.NOT_A_MEMBER: "the agent does not serve its queue",
        Passing.HELD_BACK: "its queue was flooded and already had its share of the agents",
        Passing.LOWER_MEMBERSHIP: "its queue comes later for this agent",
    },
}

_STATES: Mapping[str, Mapping[str, str]] = {
    "zh": {"offered": "振铃中", "connected": "通话中", "wrapping_up": "话后整理"},
    "en": {"offered": "phone ringing", "connected": "in a conversation", "wrapping_up": "wrapping up"},
}


def why_chosen(explanation: Explanation, language: str, at: int) -> str:
    """One clause after the chosen agent's name, `language` zh or en; `at`: time of the decision, ms."""
    decision, chosen = explanation.decision, explanation.verdicts[0]
    words = _WHY[language]
    key: AgentOrder | str = decision.order
    if decision.preferred:
        key = "preferred"
    elif decision.side is Side.CONTACT:
        key = "freed"
    elif not decision.rivals:
        key = "alone"
    others = {verdict.standing for verdict in explanation.verdicts}
    if key is decision.order and Standing.LOWER_MEMBERSHIP in others:
        if not others & {Standing.LOWER_POINTS, Standing.IDLE_SHORTER}:
            return words["first"]
        return words["of_the_first"] + words[key].format(idle=_span(at - chosen.since, language))
    return words[key].format(idle=_span(at - chosen.since, language))


def why_not(verdict: Verdict, language: str, at: int) -> str:
    """A few words beside the agent's name, or the names of several; KeyError for the chosen one."""
    return _WHY_NOT[language][verdict.standing].format(
        part=verdict.part,
        state=_STATES[language].get(verdict.state, verdict.state),
        membership=verdict.membership,
        idle=_span(at - verdict.since, language),
    )


def why_passed(passed: PassedOver, language: str) -> str:
    """One clause after what the contact is called."""
    return _WHY_PASSED[language][passed.why].format(part=passed.part)


def _span(ms: int, language: str) -> str:
    minutes, seconds = divmod(max(ms, 0) // 1000, 60)
    if language == "zh":
        return f"{minutes} 分 {seconds} 秒" if minutes else f"{seconds} 秒"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
