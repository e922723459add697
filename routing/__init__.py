"""Skill-based routing: who serves whom. Pure; the call floor feeds it and acts on its picks."""

from routing.decision import Decision as Decision
from routing.decision import Side as Side
from routing.matching import Matching as Matching
