"""What flows can be led to beyond the database: for checks before they are published, by whomever."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

from cti_server.connectors import cases, customers
from cti_server.connectors.loading import Opened
from cti_server.floor.dial_policy import fits
from cti_server.floor.parts import DialPolicy
from cti_server.telephony.flow_reach import registered_scripts
from ivr_flows.check import Surroundings
from ivr_flows.flow import Flow


def reachable(library: Mapping[str, Flow], opened: Mapping[str, Opened], policy: DialPolicy) -> Surroundings:
    """`library`: the flows in force; `opened`: the systems of the connectors' document, without our own."""
    today, may_dial = datetime.now(UTC).date(), partial(fits, policy)
    return Surroundings(library, actions_of(opened), frozenset(registered_scripts()), today, may_dial)


def actions_of(opened: Mapping[str, Opened]) -> dict[str, frozenset[str]]:
    """The actions of each connector, our own among them."""
    ours = {"customers": customers.SIGNATURES, "cases": cases.SIGNATURES}
    return {name: frozenset(actions) for name, actions in ours.items()} | {
        name: frozenset(one.settings.actions) for name, one in opened.items()
    }
