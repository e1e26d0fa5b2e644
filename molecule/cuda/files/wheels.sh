#!/usr/bin/env bash
# wheels.sh DIRECTORY CONTAINER: the wheels of two CUDA toolkits, downloaded once, copied to /srv/wheels in the container.
# pip takes what lies in the directory already, by its hash in the index.
set -euo pipefail
mkdir -p "$1"
for version in 13.0 13.2; do
    [ ! -e "$1/.$version" ] || continue
    python -m pip --disable-pip-version-check download --quiet --no-cache-dir --only-binary :all: --dest "$1" --find-links "$1" \
        "cuda-toolkit[nvcc,cudart,crt,nvvm,cccl]==$version.*"
    touch "$1/.$version"
done
docker exec "$2" mkdir -p /srv/wheels
docker cp --quiet "$1/." "$2:/srv/wheels"
