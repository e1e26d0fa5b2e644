#!/usr/bin/env bash
# From nothing to configured VMs on an emulated cloud, and how to go on.
# Usage: demo.sh aws|gcp|azure [ARG…]   The arguments go to ansible-playbook.
# AIENV_STATE and AIENV_PORT: another state directory and port, for a second demo of one cloud beside the first; it also
# needs a range of addresses of its own: -e provision_network_cidr=10.30.0.0/16
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"
cloud=${1:-aws}
inventory=inventories/sandbox/${cloud}_vm.yml
[ -f "$inventory" ] || fail "CLOUD=$cloud: there is no such cloud; there are aws, gcp, azure"
usual=.sandbox/$cloud
AIENV_STATE=$(realpath -m "${AIENV_STATE:-$usual}")
export AIENV_STATE
here=$(realpath --relative-base="$ROOT" -m "$AIENV_STATE")

scripts/setup.sh
scripts/docker.sh
say "Starting the emulated $cloud (the first time it builds the machines' images)"
python -m sandbox up --cloud "$cloud" --state "$AIENV_STATE" ${AIENV_PORT:+--port "$AIENV_PORT"}
# shellcheck disable=SC1091
. "$AIENV_STATE/env"
ansible-playbook -i "$inventory" playbooks/site.yml "${@:2}" || {
    # What the machines themselves have to say, such as an address range that another network has.
    python -m sandbox status --state "$AIENV_STATE" >&2
    exit 1
}

[ "$here" = "$usual" ] && state='' || state="export AIENV_STATE=$AIENV_STATE; "
[ "$cloud" = aws ] && named='' || named=" CLOUD=$cloud"
cat <<EOF

Log in:                  ssh -F $here/ssh/devbox.conf devbox-0
Edit what is made:       inventories/sandbox/group_vars/all.yml
Run again:               make demo$named
Run a playbook yourself: $state. $here/env; . .venv/bin/activate
                         ansible-playbook -i $inventory playbooks/site.yml
Delete the VMs:          ansible-playbook -i $inventory playbooks/destroy.yml
Stop the emulated cloud: make down$named
EOF
