#!/usr/bin/env bash
# ansible-test sanity on the artifact as a user would have it installed.
#
# ansible-test makes one virtual environment per test, all in its HOME: that is
# the build folder here, so that the user's stays as it is. It hands no other
# variable on, so what pip is set to here goes there as a file.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"
home=$BUILD/sanity/home
mkdir -p "$home/.config/pip" "$home/.ansible/test/cache"

# Its pip comes from a script that it downloads from a host of its own; the
# standard library's ensurepip in that place asks nobody but the package index.
pip_version=$(python - <<'PY'
import re
from ansible_test._internal import python_requirements
print(re.search(r"pip='([\d.]+)'", open(python_requirements.__file__).read()).group(1))
PY
)
cat >"$home/.ansible/test/cache/get_pip_${pip_version//./_}.py" <<'PY'
"""Stands in for get-pip.py: the interpreter brings a pip along."""
import ensurepip
ensurepip.bootstrap()
PY

# `pip config list` says global.cert='…' for files and :env:.cert='…' for variables.
{
    python -m pip config list
    echo "global.cache-dir='$(python -m pip cache dir)'"
    echo "global.quiet='1'"
} | python -c '
import ast, configparser, sys
settings = configparser.RawConfigParser()
for line in sys.stdin:
    name, _, value = line.strip().partition("=")
    section, _, key = name.rpartition(".")
    section = "global" if section == ":env:" else section
    if not settings.has_section(section):
        settings.add_section(section)
    settings.set(section, key, ast.literal_eval(value))
settings.write(sys.stdout)
' >"$home/.config/pip/pip.conf"

scripts/collection.sh "$BUILD/sanity"
export HOME=$home
export ANSIBLE_TEST_CONTENT_ROOT=$BUILD/sanity/installed/ansible_collections/aienv/cloud
cd "$ANSIBLE_TEST_CONTENT_ROOT"
python_version=$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
ansible-test sanity --local --requirements --python "$python_version" --color no "$@" 2>&1 | tee "$home/log" || {
    # The findings once more, together: they are scattered over a long log.
    grep -E '^(ERROR|FATAL)' "$home/log"
    exit 1
}
