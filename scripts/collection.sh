#!/usr/bin/env bash
# Builds the artifact and lays it out as installed:
#   build/aienv-cloud-<version>.tar.gz
#   build/installed/ansible_collections/aienv/cloud
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"
into=${1:-$BUILD}
mkdir -p "$into"
work=$(mktemp -d "$into/.collection.XXXXXX")
trap 'rm -rf "$work"' EXIT
ansible-galaxy collection build --force --output-path "$work" >/dev/null
artifact=$(ls "$work"/*.tar.gz)
tree=$work/installed/ansible_collections/aienv/cloud
mkdir -p "$tree"
tar -xzf "$artifact" -C "$tree"
rm -rf "$into/installed"
mv "$work/installed" "$into/installed"
mv "$artifact" "$into/"
say "Built $into/$(basename "$artifact")"
