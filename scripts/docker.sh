#!/usr/bin/env bash
# Sees to it that a Docker engine answers. As root it installs and starts one
# where there is none; otherwise it says what to do.
set -euo pipefail
. "$(dirname "$0")/env.sh"

answers() { docker info >/dev/null 2>&1; }

answers && exit 0
lock_once docker "$@"
answers && exit 0

if command -v docker >/dev/null && [ "$(id -u)" != 0 ]; then
    fail "no Docker engine answers: $(docker info 2>&1 | tail -n 1) (is it running, and are you in the group docker?)"
fi
# The engine needs the last two, which Debian only recommends.
command -v dockerd >/dev/null || [ -x /usr/sbin/dockerd ] || apt_install docker.io iptables ca-certificates

if [ -d /run/systemd/system ]; then
    say "Starting the Docker engine (systemctl start docker)"
    systemctl start docker
else
    log=/var/log/aienv-dockerd.log
    say "Starting the Docker engine (dockerd, log in $log)"
    setsid --fork dockerd </dev/null >"$log" 2>&1
fi
for _ in $(seq 120); do
    answers && exit 0
    sleep 0.5
done
tail -n 20 "${log:-/dev/null}" >&2
fail "the Docker engine did not answer within 60 s"
