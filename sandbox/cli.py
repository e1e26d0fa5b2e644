"""The command line."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from sandbox.down import bring_down
from sandbox.errors import SandboxError
from sandbox.images import RELEASES, ensure_images, read_ca_bundle
from sandbox.state import State
from sandbox.status import read_status, render_status
from sandbox.up import Wish, bring_up


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        status = options.run(options)
    except SandboxError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return int(status or 0)


def _up(options: argparse.Namespace) -> None:
    state = State(options.state)
    bring_up(state, Wish(options.port, options.region, options.machines, options.ca_bundle), _say)
    _say(f"ready: . {state.path / 'env'}")


def _down(options: argparse.Namespace) -> None:
    bring_down(State(options.state), options.keep_docker, _say)


def _status(options: argparse.Namespace) -> int:
    """0 when the server runs (and the watcher, if there is one), else 3, as service managers have it."""
    status = read_status(State(options.state))
    print(json.dumps(status, indent=1) if options.json else render_status(status))
    healthy = status["server"]["running"] and status["watcher"]["known"] == status["watcher"]["running"]
    return 0 if healthy else 3


def _images(options: argparse.Namespace) -> None:
    ensure_images(options.names, read_ca_bundle(options.ca_bundle), _say)


def _say(text: str) -> None:
    print(text, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Emulated clouds on this computer.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="start what does not run yet, and wait until it answers")
    _add_state(up)
    up.add_argument("--port", type=int, default=4566, help="loopback port of the emulated AWS (4566)")
    up.add_argument("--region", default="us-east-1", help="the region whose VMs become containers (us-east-1)")
    up.add_argument(
        "--machines",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="run a container for every VM; --no-machines is the API alone and needs no Docker",
    )
    _add_ca_bundle(up)
    up.set_defaults(run=_up)
    down = commands.add_parser("down", help="stop everything; leaves no container, network, process or file")
    _add_state(down)
    down.add_argument("--keep-docker", action="store_true", help="leave a dockerd running that up started")
    down.set_defaults(run=_down)
    status = commands.add_parser("status", help="show what runs, and every machine")
    _add_state(status)
    status.add_argument("--json", action="store_true", help="as JSON")
    status.set_defaults(run=_status)
    images = commands.add_parser("images", help="build the machine images that are missing or out of date")
    images.add_argument("names", nargs="*", metavar="NAME", help=f"default: {' '.join(RELEASES)}")
    _add_ca_bundle(images)
    images.set_defaults(run=_images)
    return parser


def _add_state(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state", type=Path, default=Path(".sandbox"), metavar="DIR", help="state directory (.sandbox)"
    )


def _add_ca_bundle(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ca-bundle",
        metavar="FILE",
        default=os.environ.get("AIENV_CA_BUNDLE"),
        help="PEM file of further certificate authorities that the machines trust (AIENV_CA_BUNDLE)",
    )
