#!/bin/sh
# Gives the machine people with one key, weak host keys, drop-ins and Match blocks of a provider that are against us, and a
# running server. Prints the machine's address and its host key, as known_hosts wants them.
set -eu
key=$1
for person in ops deployer visitor ann ben root; do
    id "$person" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash "$person"
    home=$(getent passwd "$person" | cut -d: -f6)
    install -d -m 700 -o "$person" "$home/.ssh"
    printf '%s\n' "$key" >"$home/.ssh/authorized_keys"
    chown "$person" "$home/.ssh/authorized_keys"
done
printf 'ann:wonderland\nben:wonderland\n' | chpasswd
printf 'ops ALL=(ALL) NOPASSWD:ALL\n' >/etc/sudoers.d/ops
# ann has enrolled for a second factor, ben has not. The secret is RFC 6238's own.
printf 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n" TOTP_AUTH\n' >/home/ann/.google_authenticator
chmod 400 /home/ann/.google_authenticator
chown ann /home/ann/.google_authenticator
ssh-keygen -q -t rsa -b 2048 -N '' -f /etc/ssh/ssh_host_rsa_key
ssh-keygen -q -t ecdsa -N '' -f /etc/ssh/ssh_host_ecdsa_key
printf 'PasswordAuthentication yes\nPermitRootLogin yes\n' >/etc/ssh/sshd_config.d/50-cloud-init.conf
printf 'ClientAliveInterval 120\n' >/etc/ssh/sshd_config.d/60-cloudimg-settings.conf
cat >>/etc/ssh/sshd_config <<'END'
Match User visitor
    PasswordAuthentication yes
Match Address 10.0.0.0/8
    PermitRootLogin yes
    MaxAuthTries 9
END
# The image may have the modes that the folders of the checkout had; sshd trusts no folder that a group may write.
chmod go-w / /etc /etc/ssh
systemctl restart ssh.service
cat >/usr/local/sbin/fingerprint <<'END'
#!/bin/sh
# fingerprint keep|compare NAME: everything that the role may touch, with modes and owners, and what runs of it.
set -u
seen=/root/$2.now
{
    find /etc/ssh /etc/pam.d /etc/systemd/system /etc/nftables.conf -type f \
        -exec stat --format '%n %a %U' {} + -exec sha256sum {} + | sort
    nft list tables | grep aienv_host
    ls /var/lib/aienv /etc/aienv 2>/dev/null
} >"$seen"
[ "$1" = compare ] || exec mv "$seen" "/root/$2"
diff "/root/$2" "$seen"
END
chmod 755 /usr/local/sbin/fingerprint
fingerprint keep before
address=$(hostname -I | cut -d' ' -f1)
printf '%s %s\n' "$address" "$(cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub)"
