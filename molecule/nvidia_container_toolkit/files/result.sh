#!/bin/bash
# result.sh ENGINE: the toolkit's version, and whether the engine, asked itself, has what the role promises and what was there before.
set -euo pipefail
dpkg-query --show --showformat '${Version}\n' nvidia-container-toolkit
if [ "$1" = docker ]; then
    python3 - <<'PYTHON'
import json, subprocess
said = json.loads(subprocess.run(["docker", "info", "--format", "{{json .}}"], check=True, capture_output=True, text=True).stdout)
config = json.load(open("/etc/docker/daemon.json"))
assert {"mine", "nvidia"} <= set(said["Runtimes"]), said["Runtimes"]
assert said["DefaultRuntime"] == "nvidia", said["DefaultRuntime"]
assert said["Driver"] == "vfs", said["Driver"]
assert config["log-opts"] == {"max-size": "10m"} and config["iptables"] is False, config
PYTHON
else
    # A container of a single static program gets what the description says.
    # In here /proc/sys cannot be written and an overlay cannot lie on another.
    export STORAGE_DRIVER=vfs CONTAINERS_CONF=/srv/containers.conf
    printf '[containers]\ndefault_sysctls = []\n' >$CONTAINERS_CONF
    mkdir -p /srv/rootfs/bin
    cp /bin/busybox /srv/rootfs/bin
    podman run --rm --network none --cgroups disabled --device nvidia.com/gpu=all --rootfs /srv/rootfs /bin/busybox env | grep -qx STAND_IN_GPU=one
fi
echo as it should be
