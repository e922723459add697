"""For clients of servers on this machine."""

import ssl
from typing import Final

NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody. A client without one reads all the world's authorities first, 30 ms of CPU each time."""
