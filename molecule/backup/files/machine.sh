#!/bin/sh
# Gives the machine something to back up, a small disk for the repository, and a user for SFTP.
# Usage: machine.sh ADDRESS_OF_THE_KEEPER PUBLIC_KEY. Prints the SSH server's host key.
set -eu
printf '%s keeper\n' "$1" >>/etc/hosts
mkdir -p /srv/work/.cache/huggingface /srv/work/checkpoint-100 /srv/work/sub /srv/dump /backup /var/lib/prometheus/node-exporter
mount -t tmpfs -o size=40m backup /backup
head -c 300000 /dev/urandom >/srv/work/model.bin
printf 'data\n' >'/srv/work/sub/a name with [brackets] and ünïcode'
ln -s ../model.bin /srv/work/sub/link
chown -R games:games /srv/work/sub
chmod 640 /srv/work/model.bin
printf 'cached\n' >/srv/work/.cache/huggingface/blob
printf 'checkpoint\n' >/srv/work/checkpoint-100/state
useradd --create-home keeper
install -d -m 700 -o keeper /home/keeper/.ssh
printf '%s\n' "$2" >/home/keeper/.ssh/authorized_keys
chown keeper /home/keeper/.ssh/authorized_keys
ssh-keygen -A >/dev/null
systemctl restart ssh.service
cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub
