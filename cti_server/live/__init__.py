"""What happens on the floor, as it happens, to every screen that may see it.

The hub folds committed events into its own replica of the floor and hands each audience the frames it may see. It knows
nothing of HTTP: `web` gives it a `Pipe` per connection.
"""

from cti_server.live.hub import CloseCode, Hub, Pipe
from cti_server.live.view import Audience, Cursor

__all__ = ["Audience", "CloseCode", "Cursor", "Hub", "Pipe"]
