"""The command line."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from sandbox.clouds import CLOUDS, Cloud
from sandbox.down import bring_down
from sandbox.errors import SandboxError
from sandbox.images import RELEASES, ensure_images, read_ca_bundle
from sandbox.state import HOME, State
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
    cloud = CLOUDS[options.cloud]
    state = State(options.state or HOME / cloud.name)
    port = cloud.port if options.port is None else options.port
    bring_up(state, Wish(cloud.name, port, options.region or cloud.region, options.machines, options.ca_bundle), _say)
    _say(f"ready: . {state.path / 'env'}")


def _down(options: argparse.Namespace) -> None:
    for state in _chosen(options):
        bring_down(state, options.keep_docker, _say)


def _status(options: argparse.Namespace) -> int:
    """0 when all servers run (and the watchers, where there are some), else 3, as service managers have it."""
    found = [read_status(state) for state in _chosen(options)]
    print(json.dumps(found, indent=1) if options.json else "\n\n".join(map(render_status, found)))
    healthy = (one["server"]["running"] and one["watcher"]["known"] == one["watcher"]["running"] for one in found)
    return 0 if all(healthy) else 3


def _chosen(options: argparse.Namespace) -> list[State]:
    """The state directories that a command is for: the one that is named, else all that there are."""
    if options.state:
        return [State(options.state)]
    if options.cloud:
        return [State(HOME / options.cloud)]
    everywhere = [State(HOME / cloud) for cloud in CLOUDS]
    return [state for state in everywhere if state.path.is_dir()] or everywhere


def _images(options: argparse.Namespace) -> None:
    ensure_images(options.names, read_ca_bundle(options.ca_bundle), _say)


def _say(text: str) -> None:
    print(text, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Emulated clouds on this computer.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="start what does not run yet, and wait until it answers")
    _add_state(up, "aws")
    up.add_argument("--port", type=int, help=f"loopback port ({_per_cloud(lambda cloud: cloud.port)})")
    up.add_argument(
        "--region", help=f"the region whose VMs become containers ({_per_cloud(lambda cloud: cloud.region)})"
    )
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
    status.add_argument("--json", action="store_true", help="as JSON: a list with one entry for each sandbox")
    status.set_defaults(run=_status)
    images = commands.add_parser("images", help="build the machine images that are missing or out of date")
    images.add_argument("names", nargs="*", metavar="NAME", help=f"default: {' '.join(RELEASES)}")
    _add_ca_bundle(images)
    images.set_defaults(run=_images)
    return parser


def _add_state(parser: argparse.ArgumentParser, cloud: str | None = None) -> None:
    parser.add_argument("--cloud", choices=CLOUDS, default=cloud, help=f"the cloud ({cloud or 'all that run'})")
    parser.add_argument(
        "--state", type=Path, metavar="DIR", help=f"state directory; one holds one cloud ({HOME}/CLOUD)"
    )


def _per_cloud(value: Callable[[Cloud], object]) -> str:
    return ", ".join(f"{cloud.name} {value(cloud)}" for cloud in CLOUDS.values())


def _add_ca_bundle(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ca-bundle",
        metavar="FILE",
        default=os.environ.get("AIENV_CA_BUNDLE"),
        help="PEM file of further certificate authorities that the machines trust (AIENV_CA_BUNDLE)",
    )
