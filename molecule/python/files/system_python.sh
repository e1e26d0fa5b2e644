#!/bin/sh
# Everything that the system's interpreter can import from beyond its standard library, with sizes, and PEP 668's
# marker. Compiled caches are left out: any import may write those.
# With an argument into that file, else to standard output.
set -eu
[ $# = 0 ] || exec >"$1"
for place in /usr/lib/python3/dist-packages /usr/local/lib/python3*/dist-packages /root/.local/lib /home/*/.local/lib; do
    [ -d "$place" ] || continue
    find "$place" -name __pycache__ -prune -o -type f -printf '%p %s\n' | sort
done
sha256sum /usr/lib/python3.*/EXTERNALLY-MANAGED
readlink -f /usr/bin/python3
