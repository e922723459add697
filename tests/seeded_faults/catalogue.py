"""Faults to sow, each with the stories that have to find it (fault seeding; Mills, IBM FSC 72-6015, 1972).

A story that stays green while what it tells of is broken is worth nothing. `make faults` breaks one thing at a time
in a copy of the sources and runs the stories named here: each has to turn red.
"""

from tests.seeded_faults import breaks, calls, rules

FAULTS = (*calls.FAULTS, *breaks.FAULTS, *rules.FAULTS)
