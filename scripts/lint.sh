#!/usr/bin/env bash
# The static gates. Runs all of them, then fails if one did.
# Usage: lint.sh [code|ansible]   (both without an argument)
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"
failed=()

gate() {
    say "$*"
    "$@" || failed+=("$1")
}

if [ "${1:-code}" = code ]; then
    gate ruff check
    gate ruff format --check
    gate mypy
    gate yamllint --strict .
    mapfile -t shell < <(git ls-files --cached --others --exclude-standard '*.sh' .ci/run)
    gate shellcheck -x -P scripts "${shell[@]}"
    gate antsibull-changelog lint
fi
if [ "${1:-ansible}" = ansible ]; then
    gate ansible-lint --offline
fi
[ ${#failed[@]} = 0 ] || fail "not clean: ${failed[*]}"
