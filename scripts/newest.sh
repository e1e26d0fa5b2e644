#!/usr/bin/env bash
# The newest ansible-core, SDKs and moto of today on Python 3.13: a Debian 13
# container with a virtual environment of its own, kept by content, in which the
# tests run without any network.
#
#   AIENV_NEWEST_TESTS   what pytest runs there (the default: the unit tests of the plugins and one playbook for each cloud)
#   AIENV_CA_BUNDLE      certificates to trust while installing
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$ROOT"
usual=tests/unit/plugins
for file in tests/integration/clouds/*.yml; do
    usual+=" tests/integration/test_playbooks.py::test_playbook[$(basename "$file" .yml)-firewall]"
done
read -ra tests <<<"${AIENV_NEWEST_TESTS:-$usual}"
image=aienv-sandbox/debian-13
home=$BUILD/newest
mkdir -p "$home"

docker image inspect "$image" >/dev/null 2>&1 || python -m sandbox images debian-13

# What users install, without the ranges, and what the tests need besides.
{
    sed -n 's/^\([A-Za-z0-9._-]\+\)[<>=~!].*/\1/p' requirements/*.txt
    printf '%s\n' ansible-core azure-mgmt-compute azure-mgmt-network cryptography google-api-python-client 'moto[server,ec2,ssm]' pytest pytest-xdist
} | sort -u >"$home/wanted.txt"
say "Asking the package index for the newest versions"
uv pip compile --quiet --upgrade --no-header --no-annotate --no-emit-index-url \
    --python-version 3.13 "$home/wanted.txt" -o "$home/resolved.txt"
grep -E '^(ansible-core|azure-[a-z-]+|boto3|google-auth|moto|pytest)(\[|=)' "$home/resolved.txt"
venv=$home/venv-$(sha256sum "$home/resolved.txt" | cut -c1-12)

# in_container DOCKER_OPTION… -- COMMAND: as the caller, with the caller's uv.
in_container() {
    local options=()
    while [ "$1" != -- ]; do options+=("$1") && shift; done
    shift
    docker run --rm --init --user "$(id -u):$(id -g)" --entrypoint "$1" \
        --env HOME=/tmp --env PATH=/venv/bin:/usr/bin:/bin --workdir /tree \
        --volume "$venv:/venv" --volume "$home/tree:/tree" "${options[@]}" "$image" "${@:2}"
}

# What git knows, as it is in the work tree now.
rm -rf "$home/tree"
mkdir -p "$home/tree"
git ls-files -z --cached --others --exclude-standard |
    tar --create --null --files-from - --ignore-failed-read 2>/dev/null |
    tar --extract --directory "$home/tree"

if [ ! -e "$venv/.done" ]; then
    rm -rf "$home"/venv-*
    mkdir -p "$venv"
    cache=$(uv cache dir)
    mkdir -p "$cache"
    install=(
        --volume "$(command -v uv):/usr/local/bin/uv:ro" --volume "$cache:/uv-cache"
        --volume "$home/resolved.txt:/resolved.txt:ro"
        --env UV_CACHE_DIR=/uv-cache --env UV_LINK_MODE=copy --env VIRTUAL_ENV=/venv
        --env UV_INDEX_URL --env UV_DEFAULT_INDEX --env HTTP_PROXY --env HTTPS_PROXY --env NO_PROXY
    )
    if [ -n "$AIENV_CA_BUNDLE" ]; then
        install+=(--volume "$(realpath "$AIENV_CA_BUNDLE"):/ca.pem:ro" --env SSL_CERT_FILE=/ca.pem)
    fi
    say "Making a virtual environment with them on Python 3.13"
    in_container "${install[@]}" -- /bin/sh -euc '
        /usr/local/bin/uv venv --quiet --allow-existing --python /usr/bin/python3.13 /venv
        /usr/local/bin/uv pip install --quiet --compile-bytecode -r /resolved.txt'
    touch "$venv/.done"
fi

say "Running ${tests[*]}"
in_container --network none -- python -m pytest -n 2 --color=no -p no:cacheprovider "${tests[@]}"
