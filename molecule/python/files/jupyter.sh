#!/bin/bash
# What somebody sees who uses Jupyter, and somebody who looks for its token.
set -eu
file=/etc/aienv/jupyter.token
token=$(cat "$file")
address=$(hostname -I | cut -d' ' -f1)
ask() { python3 - "$@" <<'EOF'
import sys, urllib.error, urllib.request
try:
    print(urllib.request.urlopen(sys.argv[1], timeout=20).status)
except urllib.error.HTTPError as error:
    print(error.code)
except OSError:
    print("000")
EOF
}
echo "token file $(stat -c '%U %a' "$file")"
echo "without $(ask http://127.0.0.1:8888/api/status)"
# In the address, where it may end up in the server's log.
echo "with $(ask "http://127.0.0.1:8888/api/status?token=$token")"
ask "http://127.0.0.1:8888/lab?token=$token" >/dev/null
echo "from the network $(ask "http://$address:8888/api/status")"
pid=$(systemctl show --value --property MainPID aienv-jupyter)
echo "runs as $(stat -c %U "/proc/$pid")"
# grep reads the token from its file, so that it is not in grep's own arguments.
echo "in processes $(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' | grep -cFf "$file" || true)"
echo "in journal $(journalctl --unit aienv-jupyter --output cat | grep -cFf "$file" || true)"
echo "readable by others $(runuser -u nobody -- grep -rslFf - /home/developer /etc /var /tmp /run/aienv* <"$file" | wc -l)"
