#!/usr/bin/env bash
# From nothing to configured VMs on the emulated cloud, and how to go on.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"
state=${AIENV_STATE:-.sandbox}

scripts/setup.sh
scripts/docker.sh
say "Starting the emulated AWS (the first time it builds the machines' images)"
python -m sandbox up --state "$state"
# shellcheck disable=SC1091
. "$state/env"
ansible-playbook -i inventories/sandbox playbooks/site.yml "$@"
say "Go on with: . $state/env; .venv/bin/ansible-playbook -i inventories/sandbox playbooks/site.yml"
say "Destroy the VMs: the same with playbooks/destroy.yml.  Stop the emulated AWS: make down"
