"""What is simulated: who calls, who works, by which rules. Plain data, times in ms; `reading` reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import exp, log, sqrt
from random import Random

from routing.requirement import ANYBODY, Requirement
from routing.rules import VOICE, Profile, QueueRules

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Shape(StrEnum):
    """How durations scatter around their mean."""

    CONSTANT = "constant"
    EXPONENTIAL = "exponential"
    LOGNORMAL = "lognormal"


@dataclass(frozen=True, slots=True)
class Times:
    """Durations with this mean. `variation`: standard deviation over mean, of `Shape.LOGNORMAL`."""

    mean: float
    shape: Shape = Shape.EXPONENTIAL
    variation: float = 1.0

    def draw(self, random: Random) -> int:
        match self.shape:
            case Shape.CONSTANT:
                return round(self.mean)
            case Shape.EXPONENTIAL:
                return round(random.expovariate(1.0) * self.mean)
            case _:
                spread = log(1 + self.variation**2)
                return round(self.mean * exp(random.gauss(0.0, 1.0) * sqrt(spread) - spread / 2))


@dataclass(frozen=True, slots=True)
class Call:
    """One who comes. `work`: how long an agent of ordinary speed needs; `patience` None: waits for ever."""

    at: int
    queue: str
    work: int
    patience: int | None = None
    requirement: Requirement = ANYBODY
    channel: str = VOICE
    priority: int = 0
    grade: str = ""
    preferred: str = ""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Independent callers of one kind. `per_hour`: their rate in slot after slot, beginning again at the end.

    `preferred_share` of them have an account manager, one of `preferred`.
    """

    queue: str
    per_hour: tuple[float, ...]
    work: Times
    patience: Times | None = None
    slot: int = 30 * MINUTE
    requirement: Requirement = ANYBODY
    channel: str = VOICE
    priority: int = 0
    grade: str = ""
    preferred: tuple[str, ...] = ()
    preferred_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Staff:
    """An agent. `shifts`: (from, to) in ms of the simulation, none: always there."""

    id: str
    profile: Profile
    shifts: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """Callers come for `length` ms, then those who are there are served. Nobody counts who came before `warm_up`.

    `calls` are recorded ones, beside those drawn from `arrivals`. `speed`: skill → level → how long work takes that
    asks for the skill, as a share of the ordinary time, for agents from that level on.
    """

    queues: tuple[QueueRules, ...]
    staff: tuple[Staff, ...]
    length: int
    arrivals: tuple[Arrivals, ...] = ()
    calls: tuple[Call, ...] = ()
    warm_up: int = 0
    ring: int = 0
    speed: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    starts_at: int = 0
    """Time of the day at which it begins, for the reader of the report."""
