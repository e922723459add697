"""Which systems flows may ask: those of the settings, else in a demo those of `connectors.yaml`."""

import os
from pathlib import Path

from cti_server.connectors import load
from cti_server.connectors.loading import Opened
from cti_server.demo_data.back_office import back_office_token
from cti_server.demo_data.back_office.token import TOKEN_FILE
from cti_server.settings import Settings

DEMO_CONNECTORS = Path(__file__).with_name("connectors.yaml")


def demo_connectors(home: Path, back_office_port: int) -> dict[str, Opened]:
    """To the back office on this machine, with its token, which is made when it is not there yet."""
    back_office_token(home)
    return load(DEMO_CONNECTORS, {"CTI_BACK_OFFICE_PORT": str(back_office_port)}, home)


def opened_connectors(settings: Settings) -> dict[str, Opened]:
    """Those of CTI_CONNECTORS, else the demo's in a demo. ConfigurationError with everything that is wrong."""
    if settings.connectors is not None:
        return load(settings.connectors, os.environ)
    return demo_connectors(settings.home, settings.back_office_port) if settings.demo else {}


def demo_lives_in(home: Path) -> bool:
    """Whether a demo was started with this state folder."""
    return (home / TOKEN_FILE).is_file()
