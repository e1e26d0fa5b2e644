"""`python -m sandbox.gcp --port P --state DIR`: serve the emulated Compute Engine on loopback until ended."""

from __future__ import annotations

import sys

from sandbox.gcp.front import Gcp
from sandbox.server.listen import HOST, Server, read_command_line, serve


def main(argv: list[str] | None = None) -> int:
    """Parse the command line, write the credentials and serve."""
    place = read_command_line("gcp", 4567, argv)
    gcp = Gcp(place.state / "gcp")
    server = Server(place.port, gcp)
    gcp.state.identity.write(f"http://{HOST}:{server.port}")
    return serve("gcp", server)


if __name__ == "__main__":
    sys.exit(main())
