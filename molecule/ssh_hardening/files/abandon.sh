#!/usr/bin/env bash
# Starts the hardening in the words of the arguments, waits until every host given by HOSTS has its way back armed and no
# longer listens on port 22, and kills the controller there and then: SIGKILL, so that nothing of it can tidy up.
set -euo pipefail
setsid "$@" >"$LOG" 2>&1 &
controller=$!
for host in $HOSTS; do
    tries=0
    until docker exec "$host" sh -c 'systemctl is-enabled --quiet aienv-ssh-rollback.timer && ! ss -Hltn | grep -q ":22 "'; do
        tries=$((tries + 1))
        if [ "$tries" -gt 300 ]; then
            echo "no change was begun on $host:" >&2
            cat "$LOG" >&2
            exit 1
        fi
        sleep 0.2
    done
done
# Ansible's workers are in process groups of their own.
mapfile -t workers < <(pgrep --parent "$controller" | sed 's/^/-/')
kill -KILL -- "-$controller" "${workers[@]}"
