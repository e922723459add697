"""`python -m cti_server.demo_data.back_office`: the back office as a process, until SIGTERM or Ctrl-C."""

import ctypes
import os
import signal

import uvicorn

from cti_server.demo_data.back_office.app import create_back_office
from cti_server.demo_data.back_office.filed import Filed
from cti_server.demo_data.back_office.token import back_office_token
from cti_server.settings import Settings

_PR_SET_PDEATHSIG = 1  # prctl(2)


def main() -> None:
    """With the settings of the demo: CTI_HOME, CTI_BACK_OFFICE_PORT."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)  # a killed demo leaves nobody on the port
    os.umask(0o077)
    settings = Settings(demo=True)
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    filed = Filed(settings.home / "back-office.sqlite")
    try:
        uvicorn.run(
            create_back_office(filed, back_office_token(settings.home)),
            host="127.0.0.1",
            port=settings.back_office_port,
            log_level="warning",
            access_log=False,
            limit_concurrency=200,
            timeout_graceful_shutdown=3,
        )
    finally:
        filed.close()


if __name__ == "__main__":
    main()
