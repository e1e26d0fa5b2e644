#!/usr/bin/env bash
# ansible-test sanity on the artifact as a user would have it installed.
#
# ansible-test makes one virtual environment per test. Its pip comes from a
# script that ansible-test downloads from a host of its own; we put the standard
# library's ensurepip in that place, so that nothing but the package index is
# needed. HOME is the build folder, so that all this stays out of the user's.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"
export XDG_CONFIG_HOME=${XDG_CONFIG_HOME:-$HOME/.config}
export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache}
export HOME=$BUILD/sanity/home

cache=$HOME/.ansible/test/cache
pip_version=$(python - <<'PY'
import re
from ansible_test._internal import python_requirements
print(re.search(r"pip='([\d.]+)'", open(python_requirements.__file__).read()).group(1))
PY
)
mkdir -p "$cache"
cat >"$cache/get_pip_${pip_version//./_}.py" <<'PY'
"""Stands in for get-pip.py: the interpreter brings a pip along."""
import ensurepip
ensurepip.bootstrap()
PY

scripts/collection.sh "$BUILD/sanity"
export ANSIBLE_TEST_CONTENT_ROOT=$BUILD/sanity/installed/ansible_collections/aienv/cloud
cd "$ANSIBLE_TEST_CONTENT_ROOT"
python_version=$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
ansible-test sanity --local --requirements --python "$python_version" --color no "$@"
