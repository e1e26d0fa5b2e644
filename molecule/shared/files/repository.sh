# A repository laid out and signed as NVIDIA's is: flat, one key, one index. Read by the scenarios that need one, before what they put into it.
# shellcheck shell=bash
set -euo pipefail
here=/srv/repository

begin_repository() {
    DEBIAN_FRONTEND=noninteractive apt-get -qq --yes --no-install-recommends install gpg-agent apt-utils >/dev/null
    mkdir -p "$here" && cd "$here"
    export GNUPGHOME=$here/.gnupg
    mkdir -m 700 "$GNUPGHOME"
    gpg --batch --quiet --passphrase "" --quick-generate-key "A mirror <mirror@example.org>" rsa2048 sign never
}

deb() { # package version depends: what lies in ./tree becomes a package
    mkdir -p tree/DEBIAN
    printf 'Package: %s\nVersion: %s\nArchitecture: amd64\nMaintainer: A <a@example.org>\nDepends: %s\nDescription: x\n' "$1" "$2" "$3" >tree/DEBIAN/control
    dpkg-deb --root-owner-group -Znone --build tree "$1_$2_amd64.deb" >/dev/null
    rm -rf tree
}

serve_repository() { # prints the fingerprint of its key
    apt-ftparchive packages . >Packages
    apt-ftparchive -o APT::FTPArchive::Release::Origin=NVIDIA -o 'APT::FTPArchive::Release::Label=NVIDIA CUDA' release . >Release
    gpg --batch --quiet --clearsign --output InRelease Release
    gpg --batch --quiet --armor --export >key.pub
    rm -f Release
    systemd-run --quiet --unit repository --working-directory "$here" python3 -m http.server --bind 127.0.0.1 8099
    for _ in $(seq 50); do curl -sf -o /dev/null http://127.0.0.1:8099/InRelease && break; sleep 0.2; done
    gpg --batch --with-colons --list-keys | awk -F: '$1 == "fpr" { print $10; exit }'
}
