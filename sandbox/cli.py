"""The command line."""

from __future__ import annotations

import argparse
import os
import sys

from sandbox.errors import SandboxError
from sandbox.images import RELEASES, ensure_images, read_ca_bundle


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except SandboxError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Emulated clouds on this computer.")
    commands = parser.add_subparsers(title="commands", required=True)
    images = commands.add_parser("images", help="build the machine images that are missing or out of date")
    images.add_argument("names", nargs="*", metavar="NAME", help=f"default: {' '.join(RELEASES)}")
    images.add_argument(
        "--ca-bundle",
        metavar="FILE",
        default=os.environ.get("AIENV_CA_BUNDLE"),
        help="PEM file of further certificate authorities that the machines trust (AIENV_CA_BUNDLE)",
    )
    images.set_defaults(run=lambda options: ensure_images(options.names, read_ca_bundle(options.ca_bundle)))
    return parser
