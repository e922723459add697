"""The composition root: the only place where all rooms are known.

`parts` builds what a server is made of, `duties` are what runs in the background, `server` runs it and takes it down.
"""

from cti_server.app.server import Asterisk, Server

__all__ = ["Asterisk", "Server"]
