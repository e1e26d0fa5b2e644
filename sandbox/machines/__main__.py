"""``python -m sandbox.machines --cloud C --state DIR --endpoint URL --region R``: the watcher, until it is told to stop."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from pathlib import Path

from sandbox.clouds import CLOUDS
from sandbox.machines.cloud import connect
from sandbox.machines.watcher import Watcher


def main() -> int:
    """Watch until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.machines", description="Make containers of emulated VMs.")
    parser.add_argument("--cloud", required=True, choices=CLOUDS)
    parser.add_argument("--state", required=True, type=Path, metavar="DIR", help="state directory of the sandbox")
    parser.add_argument("--endpoint", required=True, metavar="URL", help="where the emulated cloud answers")
    parser.add_argument("--region", required=True)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("botocore").setLevel(logging.WARNING)
    state = options.state.resolve()
    watcher = Watcher(state, connect(options.cloud, options.endpoint, options.region, state))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: watcher.stop())
    watcher.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
