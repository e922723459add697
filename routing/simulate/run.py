"""Simulate a scenario: the same scenario and seed give the same outcome, decision by decision."""

from routing.simulate.draw import calls_of
from routing.simulate.engine import Engine
from routing.simulate.outcome import Outcome
from routing.simulate.scenario import Scenario
from routing.simulate.world import World


def simulate(scenario: Scenario, seed: int) -> Outcome:
    """What the routing engine makes of the scenario."""
    world = World(scenario, calls_of(scenario, seed))
    return world.run(Engine(world))
