#!/usr/bin/env bash
# wheels.sh PLACE ARGUMENT…: `pip download ARGUMENT…` into PLACE, once for all checkouts on this computer. A set is there when all of it is as its
# checksums say; one that is cut off, changed or half there is downloaded anew. Files are put into the directory, which may be mounted somewhere.
set -euo pipefail
place=$1
shift
mkdir -p "$place"
exec 9>"$place.lock"
! command -v flock >/dev/null || flock 9
sums=$place/$(printf '%s\n' "$@" | sha256sum | cut -c1-16).sha256
if [ -s "$sums" ] && (cd "$place" && sha256sum --check --status --strict "$sums" 2>/dev/null); then
    exit 0
fi
half=$place.half
rm -rf "$half"
mkdir "$half"
python -m pip --disable-pip-version-check download --quiet --no-cache-dir --only-binary :all: --dest "$half" "$@"
(cd "$half" && sha256sum -- *.whl) >"$half.sha256"
mv "$half"/*.whl "$place"
mv "$half.sha256" "$sums"
rmdir "$half"
