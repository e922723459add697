"""What the wheel carries besides Python: the built console, the migrations, Asterisk's configuration."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLED = {
    "agent_console/dist": "cti_server/_bundled/agent_console",
    "migrations": "cti_server/_bundled/migrations",
    "asterisk-config": "cti_server/_bundled/asterisk-config",
}


class Bundle(BuildHookInterface):
    """A checkout finds these beside its packages, so editable installs carry nothing."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "standard":
            return
        if not (Path(self.root) / "agent_console/dist/index.html").is_file():
            raise RuntimeError("the console is not built: run `make agent_console/dist/index.html` first")
        build_data["force_include"].update({str(Path(self.root) / source): to for source, to in BUNDLED.items()})
