"""The demo's connectors: those of `connectors.yaml`, to the back office on this machine."""

from pathlib import Path

from cti_server.connectors import load
from cti_server.connectors.loading import Opened
from cti_server.demo_data.back_office import back_office_token

DEMO_CONNECTORS = Path(__file__).with_name("connectors.yaml")


def demo_connectors(home: Path, back_office_port: int) -> dict[str, Opened]:
    """With the token of the back office, which is made when it is not there yet."""
    back_office_token(home)
    return load(DEMO_CONNECTORS, {"CTI_BACK_OFFICE_PORT": str(back_office_port)}, home)
