#!/bin/sh
# Gives the machine a person who can log in to it by SSH, and a Jupyter server for that person to start.
set -eu
export DEBIAN_FRONTEND=noninteractive
useradd --create-home --shell /bin/bash ada
install -d -m 700 -o ada /home/ada/.ssh
ssh-keygen -q -t ed25519 -N '' -f /root/key
cp /root/key.pub /home/ada/.ssh/authorized_keys
chown ada /home/ada/.ssh/authorized_keys
ssh-keygen -A >/dev/null
# sshd trusts no folder that a group may write; the image may have the modes of the checkout.
chmod go-w / /etc /etc/ssh
systemctl restart ssh.service
cat >/usr/local/bin/as-ada <<'END'
#!/bin/sh
exec ssh -i /root/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "$@"
END
chmod 755 /usr/local/bin/as-ada
apt-get -qq update
apt-get -qq install --yes --no-install-recommends python3-venv >/dev/null
python3 -m venv /opt/jupyter
PIP_CERT=/etc/ssl/certs/ca-certificates.crt /opt/jupyter/bin/pip --quiet --disable-pip-version-check install jupyter-server ipykernel
