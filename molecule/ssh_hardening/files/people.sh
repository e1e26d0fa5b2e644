#!/bin/sh
# Gives the machine people with one key, a provider's drop-in that is against us, and a running server.
# Prints the machine's address and its host key, as known_hosts wants them.
set -eu
key=$1
for person in ops deployer visitor root; do
    id "$person" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash "$person"
    home=$(getent passwd "$person" | cut -d: -f6)
    install -d -m 700 -o "$person" "$home/.ssh"
    printf '%s\n' "$key" >"$home/.ssh/authorized_keys"
    chown "$person" "$home/.ssh/authorized_keys"
done
printf 'ops ALL=(ALL) NOPASSWD:ALL\n' >/etc/sudoers.d/ops
printf 'PasswordAuthentication yes\nPermitRootLogin yes\n' >/etc/ssh/sshd_config.d/50-cloud-init.conf
systemctl restart ssh.service
address=$(hostname -I | cut -d' ' -f1)
printf '%s %s\n' "$address" "$(cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub)"
