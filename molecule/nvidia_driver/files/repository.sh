# Drivers that are one empty kernel module each, two branches at once: real packages, real DKMS, a second of compiling. Follows
# ../shared/files/repository.sh. Prints the fingerprint of the repository's key.
# shellcheck shell=bash
begin_repository

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
serve_repository
