#!/usr/bin/env bash
# run.sh COMMAND ARG…: the command in the repository's root and environment.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"
exec "$@"
