#!/usr/bin/env bash
# Checks and renders the documentation of every plugin and role: build/docs.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"
export ANSIBLE_COLLECTIONS_PATH=$ROOT/.collections
antsibull-docs lint-collection-docs --plugin-docs --skip-rstcheck .
rm -rf "$BUILD/docs"
mkdir -p "$BUILD/docs"
antsibull-docs collection --use-current --no-indexes --squash-hierarchy \
    --dest-dir "$BUILD/docs" aienv.cloud
say "Written to build/docs"
