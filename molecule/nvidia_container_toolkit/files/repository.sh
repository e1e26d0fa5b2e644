#!/bin/bash
# Makes a flat apt repository as NVIDIA's for containers is one, signed, below /srv/repository/true; the same under a stranger's key in
# /srv/repository/false; serves both on loopback, and prints the fingerprint of the true key.
# Its packages are stand-ins: nvidia-container-toolkit-base holds stand_in_nvidia_ctk.py as nvidia-ctk, the others nothing. A trap is
# among them: a bash that is newer than Debian's.
set -euo pipefail
export GNUPGHOME=/srv/gnupg DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install --yes --no-install-recommends gpg-agent busybox-static >/dev/null
install -d -m 700 $GNUPGHOME
place=/srv/repository/true/stable/deb/$(dpkg --print-architecture)
mkdir -p "$place" /srv/repository/false

package() { # NAME VERSION [DEPENDS]
    local tree
    tree=$(mktemp --directory)
    install -d "$tree/DEBIAN"
    chmod 755 "$tree"
    printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: test\nDescription: a stand-in\n' "$1" "$2" >"$tree/DEBIAN/control"
    [ -z "${3:-}" ] || printf 'Depends: %s\n' "$3" >>"$tree/DEBIAN/control"
    if [ "$1" = nvidia-container-toolkit-base ]; then
        sed "s/@VERSION@/${2%-*}/" /srv/stand-in-nvidia-ctk | install -D -m 755 /dev/stdin "$tree/usr/bin/nvidia-ctk"
    fi
    dpkg-deb --build --root-owner-group "$tree" "$place/$1_$2.deb" >/dev/null
}
for version in 1.19.0-1 1.20.1-1; do
    package libnvidia-container1 $version
    package libnvidia-container-tools $version "libnvidia-container1 (= $version)"
    package nvidia-container-toolkit-base $version
    package nvidia-container-toolkit $version "nvidia-container-toolkit-base (= $version), libnvidia-container-tools (= $version)"
done
package bash 99

cd "$place"
apt-ftparchive packages . >Packages
apt-ftparchive release . >/srv/Release
mv /srv/Release .
gpg --quiet --batch --passphrase '' --quick-generate-key stand-in ed25519 sign never
gpg --quiet --batch --clearsign --output InRelease Release
gpg --quiet --armor --export stand-in >/srv/repository/true/gpgkey
gpg --quiet --batch --passphrase '' --quick-generate-key stranger ed25519 sign never
gpg --quiet --armor --export stranger >/srv/repository/false/gpgkey
systemd-run --quiet --unit=repository python3 -m http.server --bind 127.0.0.1 --directory /srv/repository 8070
gpg --with-colons --list-keys stand-in | sed -n 's/^fpr:*\([0-9A-F]*\):/\1/p' | head -1
