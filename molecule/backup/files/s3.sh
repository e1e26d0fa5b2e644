#!/usr/bin/env bash
# Starts an S3 that the machines can reach, on the controller's end of Docker's bridge, and writes its URL and its process
# id into the directory. It ends by itself after half an hour, whoever forgets it.
# Usage: s3.sh PYTHON DIRECTORY CONTAINER
set -euo pipefail
python=$1 directory=$2
address=$(docker exec "$3" ip -4 route show default | cut -d' ' -f3)
port=$("$python" -c 'import socket, sys; s = socket.socket(); s.bind((sys.argv[1], 0)); print(s.getsockname()[1])' "$address")
setsid timeout 1800 "$python" -m moto.server --host "$address" --port "$port" >"$directory/s3.log" 2>&1 </dev/null &
printf '%s' $! >"$directory/s3.pid"
for _ in $(seq 100); do
    if "$python" -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1])' "http://$address:$port/moto-api/" 2>/dev/null; then
        printf 'http://%s:%s' "$address" "$port" >"$directory/s3.url"
        exit 0
    fi
    sleep 0.2
done
cat "$directory/s3.log" >&2
exit 1
