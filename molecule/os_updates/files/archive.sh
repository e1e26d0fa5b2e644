#!/bin/sh
# Gives the machine two archives of its own over HTTP on loopback, `security` and `plain`, the program /root/publish to put
# packages there, and the first version of everything: two plain packages, a stand-in for a kernel, and one for a driver whose
# module is "built" by the packages' scripts, as DKMS would, and does not build for every kernel.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install --yes --no-install-recommends apt-utils kmod >/dev/null

cat >/root/publish <<'EOF'
#!/bin/sh
# publish ARCHIVE NAME VERSION [FIELD...] [<FILES]: a package into an archive. FILES is a tar of its contents and DEBIAN/.
set -eu
archive=$1 name=$2 version=$3
shift 3
tree=$(mktemp -d)
mkdir -p "$tree/DEBIAN"
[ -t 0 ] || tar -x -C "$tree" 2>/dev/null || true
{
    printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: tests <tests@example.org>\n' "$name" "$version"
    for field in "$@"; do printf '%s\n' "$field"; done
    printf 'Description: a package of the tests\n'
} >"$tree/DEBIAN/control"
mkdir -p "$tree/usr/share/$name"
echo "$version" >"$tree/usr/share/$name/version"
chmod -R go-w "$tree"
chmod 755 "$tree"
dpkg-deb --root-owner-group --build "$tree" "/srv/$archive" >/dev/null
rm -r "$tree"
cd "/srv/$archive"
apt-ftparchive packages . >Packages
label=Aienv
[ "$archive" = plain ] || label=Aienv-Security
apt-ftparchive -o APT::FTPArchive::Release::Origin=Aienv -o APT::FTPArchive::Release::Label=$label \
    -o APT::FTPArchive::Release::Suite=stable -o APT::FTPArchive::Release::Codename=aienv release . >Release.new
mv Release.new Release
EOF

# release NUMBER: a kernel's release. The first is older than any kernel that runs containers today, the others are newer.
cat >/root/release <<'EOF'
#!/bin/sh
[ "$1" = 50 ] && echo "1.0.0-$1-aienv" || echo "6.99.0-$1-aienv"
EOF

# module KERNEL: "builds" the module of every driver in /usr/src for the kernel; as the archive's packages, fails where it cannot.
cat >/usr/local/sbin/module <<'EOF'
#!/bin/sh
set -eu
[ -d "/lib/modules/$1/build" ] || exit 0
for source in /usr/src/nvidia-*; do
    [ -d "$source" ] || exit 0
    echo "$1 ${source##*-}" >>/var/log/builds
    if grep -qx "$1" "$source/builds-for"; then
        mkdir -p "/lib/modules/$1/updates"
        echo "${source##*-}" >"/lib/modules/$1/updates/nvidia.ko"
    else
        echo "Error! Bad return status for module build on kernel: $1 (implicit declaration of pci_resize)" >&2
        rm -f "/lib/modules/$1/updates/nvidia.ko"
        exit 10
    fi
done
EOF

# kernel NUMBER: a kernel's image and headers, and the package that brings the newest, into the archive `security`.
cat >/root/kernel <<'EOF'
#!/bin/sh
set -eu
release=$(/root/release "$1")
tree=$(mktemp -d)
mkdir -p "$tree/boot" "$tree/lib/modules/$release" "$tree/DEBIAN"
echo kernel >"$tree/boot/vmlinuz-$release"
echo modules >"$tree/lib/modules/$release/modules.order"
tar -C "$tree" -c . | /root/publish security "linux-image-$release" "6.99.$1"
rm -r "$tree"
tree=$(mktemp -d)
mkdir -p "$tree/lib/modules/$release/build" "$tree/DEBIAN"
echo headers >"$tree/lib/modules/$release/build/Makefile"
printf '#!/bin/sh\nset -e\n/usr/local/sbin/module %s\n' "$release" >"$tree/DEBIAN/postinst"
printf '#!/bin/sh\nrm -rf /lib/modules/%s/updates\n' "$release" >"$tree/DEBIAN/prerm"
chmod 755 "$tree/DEBIAN/postinst" "$tree/DEBIAN/prerm"
tar -C "$tree" -c . | /root/publish security "linux-headers-$release" "6.99.$1"
rm -r "$tree"
/root/publish security linux-image-aienv "6.99.$1" "Depends: linux-image-$release, linux-headers-$release" </dev/null
EOF

# driver VERSION PACKAGES KERNELS: packages of a driver whose module builds for these kernels (50 51 ...).
cat >/root/driver <<'EOF'
#!/bin/sh
set -eu
for name in $2; do
    tree=$(mktemp -d)
    mkdir -p "$tree/DEBIAN"
    case $name in
    nvidia-kernel-dkms)
        mkdir -p "$tree/usr/src/nvidia-$1"
        for kernel in $3; do /root/release "$kernel"; done >"$tree/usr/src/nvidia-$1/builds-for"
        printf '#!/bin/sh\nset -e\nfor k in /lib/modules/*; do /usr/local/sbin/module ${k##*/}; done\n' >"$tree/DEBIAN/postinst"
        chmod 755 "$tree/DEBIAN/postinst"
        ;;
    esac
    tar -C "$tree" -c . | /root/publish security "$name" "$1-1"
    rm -r "$tree"
done
EOF

# What nvidia_driver's program is asked: a module that is there is proven.
cat >/usr/local/sbin/aienv-nvidia-proof <<'EOF'
#!/bin/sh
[ "$1" = check ] || { echo "$*" >>/var/log/proof; exit 0; }
[ ! -e /lib/modules/"$3"/updates/nvidia.ko ] || exit 0
echo "$3: no module: implicit declaration of pci_resize."
exit 3
EOF

# lock SECONDS: holds apt's lock as apt does.
cat >/root/lock <<'EOF'
#!/usr/bin/python3
import fcntl, sys, time
file = open("/var/lib/dpkg/lock-frontend", "w")
fcntl.lockf(file, fcntl.LOCK_EX)
time.sleep(float(sys.argv[1]))
EOF
chmod 755 /root/release /root/publish /root/kernel /root/driver /root/lock /usr/local/sbin/module /usr/local/sbin/aienv-nvidia-proof

mkdir -p /srv/security /srv/plain
cat >/etc/systemd/system/archive.service <<'EOF'
[Service]
ExecStart=/usr/bin/python3 -m http.server --bind 127.0.0.1 --directory /srv 8099
[Install]
WantedBy=multi-user.target
EOF
systemctl enable --quiet --now archive.service
for archive in security plain; do
    echo "deb [trusted=yes] http://127.0.0.1:8099/$archive ./"
done >/etc/apt/sources.list.d/archive.list
for name in aienv-secure aienv-excluded; do /root/publish security "$name" 1.0 </dev/null; done
/root/publish plain aienv-plain 1.0 </dev/null
/root/kernel 50
/root/driver 900.10 "nvidia-kernel-dkms libcuda1 libnvidia-ml1 nvidia-fabricmanager" "50 51"
apt-get -qq -o Acquire::Languages=none update
apt-get -qq install --yes aienv-secure aienv-excluded aienv-plain linux-image-aienv nvidia-kernel-dkms libcuda1 libnvidia-ml1 \
    nvidia-fabricmanager >/dev/null
[ -e /lib/modules/1.0.0-50-aienv/updates/nvidia.ko ]
# Something to update, of which a fresh host's own package lists do not know yet.
for name in aienv-secure aienv-excluded; do /root/publish security "$name" 2.0 </dev/null; done
/root/publish plain aienv-plain 2.0 </dev/null
