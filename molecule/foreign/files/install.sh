#!/usr/bin/env bash
# install.sh CHECKOUT PLACE: builds the collection and installs it below PLACE, beside a foreign playbook. Nothing of the checkout is seen from there.
set -euo pipefail
rm -rf "$2"
mkdir -p "$2"
cp "$(dirname "$0")"/*.yml "$2"
echo "[defaults]" >"$2/ansible.cfg"
ansible-galaxy collection build "$1" --output-path "$2" >/dev/null
# The checkout's own collection is not the one that is looked for.
ANSIBLE_COLLECTIONS_PATH=$2/collections ansible-galaxy collection install "$2"/aienv-cloud-*.tar.gz --collections-path "$2/collections" --no-deps --offline >/dev/null
