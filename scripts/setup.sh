#!/usr/bin/env bash
# Makes .venv from the lock: once for each content of the lock, then it is free.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"

lock=requirements-dev.txt
stamp=$VENV/.lock-$(sha256sum "$lock" | cut -d' ' -f1)
[ -e "$stamp" ] && exit 0
lock_once setup "$@"
[ -e "$stamp" ] && exit 0

python=${AIENV_PYTHON:-python3}
need "$python" python3
need ssh openssh-client
need git git
"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' ||
    fail "Python 3.11, 3.12 or 3.13 is needed, $python is $("$python" -V). Set AIENV_PYTHON to another one."
"$python" -c 'import ensurepip' 2>/dev/null || apt_install python3-venv

say "Making the virtual environment .venv from $lock (once; a minute or two)"
[ -x "$VENV/bin/python" ] || "$python" -m venv "$VENV"
# uv comes from the same lock, checked by the same hashes, through pip; the rest
# through uv, which is ten times faster.
if [ ! -x "$VENV/bin/uv" ]; then
    mkdir -p "$BUILD"
    awk '/^uv==/ {found = 1} found {print} found && !/\\$/ {exit}' "$lock" >"$BUILD/uv.txt"
    "$VENV/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r "$BUILD/uv.txt"
fi
uv pip install -q --python "$VENV/bin/python" --require-hashes -r "$lock"
rm -f "$VENV"/.lock-*
touch "$stamp"
