"""The HTTP server: one thread per connection, HTTP/1.1, 127.0.0.1 only."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Place:
    """Where a server listens and keeps its files. ``port`` 0 lets the system choose."""

    port: int
    state: Path


class Handler(WSGIRequestHandler):
    """One connection for each call, as werkzeug has it (3 ms), and no word about any of them."""

    protocol_version = "HTTP/1.1"
    # Headers and body leave in two writes: Nagle's algorithm would hold the second one back.
    disable_nagle_algorithm = True
    # A connection on which nobody asks anything ends, so that its thread does.
    timeout = 60

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  (werkzeug names it so)
        """Access lines are not logged; the front has its own log of calls."""

    def connection_dropped(self, error: BaseException, environ: object = None) -> None:
        """A client that went away, or an answer lost on purpose, is no event here."""


class Server(ThreadedWSGIServer):
    """A bound server; read ``port``."""

    daemon_threads = True

    def __init__(self, port: int, application: Any, trust: ssl.SSLContext | None = None) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        super().__init__(HOST, port, application, handler=Handler)
        if trust is not None:
            # The handshake belongs to the connection's own thread: in accept() a silent client would stop all others.
            self.socket = trust.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
            self.ssl_context = trust

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not trust our certificate, or goes away in the handshake, is no event here either."""


def read_command_line(cloud: str, port: int, argv: list[str] | None = None) -> Place:
    """The options of ``python -m sandbox.<cloud>``; from here on SIGTERM ends the process at once.

    A server keeps nothing that is not in memory or written already: there is nothing to save at its end.
    """
    parser = argparse.ArgumentParser(prog=f"python -m sandbox.{cloud}", description=f"Serve the emulated {cloud}.")
    parser.add_argument("--port", type=int, default=port, help=f"loopback port (default {port})")
    parser.add_argument("--state", type=Path, default=Path(".sandbox") / cloud, help="state directory")
    options = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    return Place(options.port, options.state.resolve())


def serve(cloud: str, server: Server) -> int:
    """Serve until the process is ended, after the one line that says where."""
    scheme = "https" if server.ssl_context else "http"
    print(f"{cloud} sandbox on {scheme}://{HOST}:{server.port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 0
    return 0
