"""What flows can be led to beyond the database: for checks before they are published, by whomever."""

from collections.abc import Mapping
from datetime import UTC, datetime

from cti_server.connectors.customers import SIGNATURES
from cti_server.connectors.loading import BUILT_IN, Opened
from cti_server.telephony.flow_reach import registered_scripts
from ivr_flows.check import Surroundings
from ivr_flows.flow import Flow


def reachable(library: Mapping[str, Flow], opened: Mapping[str, Opened]) -> Surroundings:
    """`library`: the flows in force; `opened`: the systems of the connectors' document, without our own customers."""
    actions = {name: frozenset(one.settings.actions) for name, one in opened.items()}
    actions[BUILT_IN] = frozenset(SIGNATURES)
    return Surroundings(library, actions, frozenset(registered_scripts()), datetime.now(UTC).date())
