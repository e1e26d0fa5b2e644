#!/usr/bin/env bash
# From nothing to configured VMs on the emulated cloud, and how to go on.
# The arguments go to ansible-playbook. AIENV_STATE and AIENV_PORT: another state
# directory and port, for a second demo beside the first.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"
AIENV_STATE=$(realpath -m "${AIENV_STATE:-.sandbox}")
export AIENV_STATE
port=${AIENV_PORT:-4566}
here=$(realpath --relative-base="$ROOT" -m "$AIENV_STATE")

scripts/setup.sh
scripts/docker.sh
say "Starting the emulated AWS (the first time it builds the machines' images)"
python -m sandbox up --state "$AIENV_STATE" --port "$port"
# shellcheck disable=SC1091
. "$AIENV_STATE/env"
ansible-playbook -i inventories/sandbox playbooks/site.yml "$@"

[ "$here" = .sandbox ] && state='' || state="export AIENV_STATE=$AIENV_STATE; "
cat <<EOF

Log in:                  ssh -F $here/ssh/devbox.conf devbox-0
Edit what is made:       inventories/sandbox/group_vars/all.yml
Run again:               make demo
Run a playbook yourself: $state. $here/env; . .venv/bin/activate
                         ansible-playbook -i inventories/sandbox playbooks/site.yml
Delete the VMs:          ansible-playbook -i inventories/sandbox playbooks/destroy.yml
Stop the emulated AWS:   make down
EOF
