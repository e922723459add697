"""`python -m cti_server`: the `cti` command without a script on the PATH."""

from cti_server.cli import main

main()
