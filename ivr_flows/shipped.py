"""Where the flows lie that come with the program. Cheap to import: every command reads the settings."""

from pathlib import Path

FLOWS = Path(__file__).parent / "flows"
