"""The HTTP server: one thread per connection, HTTP/1.1, 127.0.0.1 only."""

from __future__ import annotations

import logging

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from sandbox.aws.front import Front

HOST = "127.0.0.1"


class Handler(MotoRequestHandler):
    """Keeps connections open between calls, as AWS does, and stays silent."""

    protocol_version = "HTTP/1.1"
    # Headers and body leave in two writes: without this, Nagle's algorithm holds the second one
    # back for 40 ms on a kept connection.
    disable_nagle_algorithm = True
    # A kept connection nobody uses ends, so that its thread does.
    timeout = 60

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  (werkzeug names it so)
        """Access lines are not logged; the front has its own log of calls."""

    def connection_dropped(self, error: BaseException, environ: object = None) -> None:
        """A client that went away, or an answer lost on purpose, is no event here."""


def make(port: int, front: Front | None = None) -> ThreadedWSGIServer:
    """A bound server; port 0 lets the system choose (read `.port`)."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedWSGIServer(HOST, port, front or Front(), handler=Handler)
    server.daemon_threads = True
    return server


def serve(port: int) -> None:
    """Serve until the process is ended."""
    server = make(port)
    print(f"aws sandbox on http://{HOST}:{server.port}", flush=True)
    server.serve_forever()
