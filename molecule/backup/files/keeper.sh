#!/bin/sh
# Makes the machine a rest-server that only grows, over TLS by an authority of its own. Prints address and authority.
# Usage: keeper.sh USER...   (all with the same password)
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install --yes --no-install-recommends restic-rest-server openssl >/dev/null
install -d -m 700 /keeper /keeper/data
cd /keeper
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout authority.key -out authority.crt 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj /CN=keeper -keyout keeper.key -out keeper.csr 2>/dev/null
printf 'subjectAltName=DNS:keeper\n' >names
openssl x509 -req -in keeper.csr -CA authority.crt -CAkey authority.key -days 2 -extfile names -out keeper.crt 2>/dev/null
for user in "$@"; do
    printf '%s:{SHA}%s\n' "$user" "$(printf 'rest/secret:@' | openssl dgst -sha1 -binary | openssl base64)"
done >data/.htpasswd
program=$(command -v rest-server || command -v restic-rest-server)
systemd-run --quiet --unit=keeper "$program" --path /keeper/data --listen :8000 --append-only --private-repos \
    --tls --tls-cert /keeper/keeper.crt --tls-key /keeper/keeper.key
hostname -I | cut -d' ' -f1
cat authority.crt
