#!/bin/sh
# Fails to log in to ADDRESS until it is not even listened to any more, at most TRIES times.
address=$1 tries=$2 key=$(mktemp -u)
ssh-keygen -q -t ed25519 -N '' -f "$key"
while [ "$tries" -gt 0 ]; do
    said=$(ssh -F /dev/null -i "$key" -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
        -o ConnectTimeout=3 "ops@$address" true 2>&1 </dev/null)
    case $said in
        *'Permission denied'*) tries=$((tries - 1)) ;;
        *) printf 'shut out: %s\n' "$said"; exit 0 ;;
    esac
    sleep 0.3
done
echo 'was listened to all the time'
exit 1
