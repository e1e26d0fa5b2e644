#!/usr/bin/env bash
# A repository laid out as NVIDIA's is (flat, signed, two branches at once), with drivers that are one empty kernel module each: real packages,
# real DKMS, a second of compiling. Prints the fingerprint of its key.
set -euo pipefail
DEBIAN_FRONTEND=noninteractive apt-get -qq --yes --no-install-recommends install gpg-agent >/dev/null
here=/srv/repository
mkdir -p "$here" && cd "$here"
export GNUPGHOME=$here/.gnupg
mkdir -m 700 "$GNUPGHOME"
gpg --batch --quiet --passphrase "" --quick-generate-key "A mirror <mirror@example.org>" rsa2048 sign never

deb() { # package version depends: what lies in ./tree becomes a package
    mkdir -p tree/DEBIAN
    printf 'Package: %s\nVersion: %s\nArchitecture: amd64\nMaintainer: A <a@example.org>\nDepends: %s\nDescription: x\n' "$1" "$2" "$3" >tree/DEBIAN/control
    dpkg-deb --root-owner-group --build tree "$1_$2_amd64.deb" >/dev/null
    rm -rf tree
}

driver() { # version, body of the module
    source=tree/usr/src/nvidia-$1
    mkdir -p "$source" tree/DEBIAN
    cat >"$source/dkms.conf" <<CONF
PACKAGE_NAME="nvidia"
PACKAGE_VERSION="$1"
BUILT_MODULE_NAME[0]="nvidia"
DEST_MODULE_LOCATION[0]="/updates/dkms"
AUTOINSTALL="yes"
MAKE[0]="make -C /lib/modules/\${kernelver}/build M=\${dkms_tree}/\${PACKAGE_NAME}/\${PACKAGE_VERSION}/build modules"
CLEAN="true"
CONF
    echo 'obj-m := nvidia.o' >"$source/Makefile"
    cat >"$source/nvidia.c" <<CODE
#include <linux/module.h>
static int __init start(void) { $2 }
module_init(start);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_VERSION("$1");
CODE
    cat >tree/DEBIAN/postinst <<POST
#!/bin/sh
set -e
[ "\$1" != configure ] || /usr/lib/dkms/common.postinst nvidia $1 /usr/share/nvidia "" "\$2"
POST
    cat >tree/DEBIAN/prerm <<PRE
#!/bin/sh
set -e
dkms remove -m nvidia -v $1 --all >/dev/null 2>&1 || true
PRE
    chmod 755 tree/DEBIAN/postinst tree/DEBIAN/prerm
    deb nvidia-kernel-open-dkms "$1-1" dkms
    deb nvidia-open "$1-1" "nvidia-kernel-open-dkms (= $1-1)"
}

driver 580.178.04 'return 0;'
driver 595.91.07 'return 0;'
driver 610.57.04 'return this_is_not_there();'
for branch in 580 595 610; do
    mkdir -p tree/etc/apt/preferences.d
    printf 'Package: nvidia-open nvidia-kernel-open-dkms\nPin: version %s.*\nPin-Priority: 1001\n' "$branch" >"tree/etc/apt/preferences.d/nvidia-driver-pinning-$branch"
    mkdir -p tree/DEBIAN
    echo "/etc/apt/preferences.d/nvidia-driver-pinning-$branch" >tree/DEBIAN/conffiles
    deb "nvidia-driver-pinning-$branch" 1 dpkg
done
apt-ftparchive packages . >Packages
apt-ftparchive release . >Release
gpg --batch --quiet --clearsign --output InRelease Release
gpg --batch --quiet --armor --export >key.pub
rm -f Release
systemd-run --quiet --unit repository --working-directory "$here" python3 -m http.server --bind 127.0.0.1 8099
for _ in $(seq 50); do curl -sf -o /dev/null http://127.0.0.1:8099/InRelease && break; sleep 0.2; done
gpg --batch --with-colons --list-keys | awk -F: '$1 == "fpr" { print $10; exit }'
