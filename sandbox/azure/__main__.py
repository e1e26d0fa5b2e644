"""`python -m sandbox.azure --port P --state DIR`: serve the emulated Azure over TLS on loopback until ended."""

from __future__ import annotations

import sys

from sandbox.azure import certificates
from sandbox.azure.front import Azure
from sandbox.azure.state import State
from sandbox.clouds import CLOUDS
from sandbox.server.listen import Server, read_command_line, serve


def main(argv: list[str] | None = None) -> int:
    """Parse the command line and serve."""
    place = read_command_line("azure", CLOUDS["azure"].port, argv)
    folder = place.state / "azure"
    trust = certificates.ensure(folder)
    return serve("azure", Server(place.port, Azure(State(folder)), trust))


if __name__ == "__main__":
    sys.exit(main())
