#!/bin/sh
# From now on systemd listens and starts sshd on demand; open sessions stay. The cloud's firewall of the tests is gone.
systemctl disable --now ssh.service
systemctl enable --now ssh.socket
nft delete table inet cloud || true
