"""`cti`, the command line."""

from cti_server.cli.main import main as main
