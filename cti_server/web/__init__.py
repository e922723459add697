"""HTTP and websockets: what people's browsers and other programs talk to."""

from cti_server.web.app import create_app
from cti_server.web.deps import DemoPage, Softphone, WebDeps
from cti_server.web.server import HttpServer, uvicorn_config

__all__ = ["DemoPage", "HttpServer", "Softphone", "WebDeps", "create_app", "uvicorn_config"]
