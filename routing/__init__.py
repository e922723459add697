"""Skill-based routing: who serves whom. Pure; the call floor feeds it and acts on its picks."""

from routing.matching import Matching as Matching
from routing.skills import Requirement as Requirement
from routing.skills import requirement_of as requirement_of
from routing.skills import satisfies as satisfies
