"""The demo's queues: `routing.yaml`, in the form anybody may publish."""

from pathlib import Path

from cti_server.directory.examination import decode
from routing.configuration import Configuration
from routing.loading import load


def demo_configuration() -> Configuration:
    """Skills, calendars and queues of the demo."""
    return load(decode(Path(__file__).with_name("routing.yaml").read_bytes(), "yaml"))
