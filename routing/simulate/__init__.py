"""Simulation of a call center around the routing engine of the product: what a change of rules or staff would do."""

from routing.simulate.outcome import Ending as Ending
from routing.simulate.outcome import Outcome as Outcome
from routing.simulate.outcome import ServiceLevel as ServiceLevel
from routing.simulate.run import simulate as simulate
from routing.simulate.scenario import Arrivals as Arrivals
from routing.simulate.scenario import Call as Call
from routing.simulate.scenario import Scenario as Scenario
from routing.simulate.scenario import Shape as Shape
from routing.simulate.scenario import Staff as Staff
from routing.simulate.scenario import Times as Times
