# Sourced by the other scripts: where things lie, and whom downloads trust.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=$ROOT/.venv
BUILD=$ROOT/build
# What tests download and keep: this user's, not this checkout's, so that a fresh clone need not download it again.
export AIENV_CACHE=${AIENV_CACHE:-${XDG_CACHE_HOME:-${HOME:-~}/.cache}/aienv-cloud}
export PATH="$VENV/bin:$PATH"

# One variable names the certificates of a network with its own authority. It
# reaches pip and uv here, and containers and VMs by their own options.
AIENV_CA_BUNDLE=${AIENV_CA_BUNDLE-${SSL_CERT_FILE:-${REQUESTS_CA_BUNDLE:-}}}
if [ -n "$AIENV_CA_BUNDLE" ]; then
    export AIENV_CA_BUNDLE
    export SSL_CERT_FILE=$AIENV_CA_BUNDLE
    export PIP_CERT=$AIENV_CA_BUNDLE
fi

say() { printf '==> %s\n' "$*" >&2; }
fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Reruns the calling script under a lock, so that two of them started together
# do the work once (-o: a daemon that they start does not keep it). Without flock (not Linux) they run unlocked.
lock_once() {
    [ "${AIENV_LOCKED:-}" = "$1" ] && return
    command -v flock >/dev/null || return 0
    mkdir -p "$BUILD"
    AIENV_LOCKED=$1 exec flock -o "$BUILD/$1.lock" "$0" "${@:2}"
}

# apt_install PACKAGE…: says what it does; refuses with the sentence to type
# where it may not.
apt_install() {
    command -v apt-get >/dev/null || fail "please install: $*"
    [ "$(id -u)" = 0 ] || fail "please run: sudo apt-get install $*"
    say "Installing from the distribution: $*"
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -qq -y --no-install-recommends "$@" >/dev/null 2>&1 || {
        apt-get update -qq >/dev/null
        apt-get install -qq -y --no-install-recommends "$@" >/dev/null
    }
}

# need COMMAND PACKAGE: installs the package where the command is missing.
need() { command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] || apt_install "$2"; }
