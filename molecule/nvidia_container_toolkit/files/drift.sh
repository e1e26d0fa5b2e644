#!/bin/sh
# drift.sh ENGINE: what may happen behind the role's back. Docker's settings lose the runtime; the machine gets a GPU.
set -eu
if [ "$1" = docker ]; then
    python3 - <<'PYTHON'
import json, pathlib
path = pathlib.Path("/etc/docker/daemon.json")
config = json.loads(path.read_text())
del config["runtimes"]["nvidia"]
path.write_text(json.dumps(config))
PYTHON
else
    echo one >/srv/gpu
fi
