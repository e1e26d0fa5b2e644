#!/bin/sh
# Lets lynis (Debian's package) look at the SSH server, and prints what it finds: the setting, or the test where it names none.
set -eu
export DEBIAN_FRONTEND=noninteractive
[ -x /usr/sbin/lynis ] || { apt-get update && apt-get install --yes --no-install-recommends lynis; } >/dev/null 2>&1
lynis audit system --tests-from-group ssh --quiet --no-colors --report-file /root/lynis.dat --logfile /root/lynis.log >/dev/null 2>&1
grep -q 'Performing test ID SSH-7408' /root/lynis.log
grep -E '^(suggestion|warning)\[\]=SSH-' /root/lynis.dat |
    sed -E 's/^[^=]*=([^|]*)\|([^|]*)\|([A-Za-z]*) \(.*/\3/; s/^[^=]*=([^|]*)\|.*/\1/' | sort -u
