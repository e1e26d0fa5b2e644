#!/bin/sh
# Knocks at a machine's door in many ways, as a visitor would, and says which of them did not end as they should.
# Usage: knock.sh ADDRESS DIRECTORY_OF_KEY_AND_KNOWN_HOSTS
set -eu
address=$1 keys=$2 failed=0
inside='I am in' banner='SSH-2.0-OpenSSH'

# knock WHAT EXPECTED USER [SSH OPTION…]: what ssh says has to hold what is expected.
knock() {
    what=$1 expected=$2 user=$3
    shift 3
    set -- "$@" "$user@$address"
    [ "$expected" = "$banner" ] || set -- "$@" echo "$inside"
    said=$(ssh -F /dev/null -i "$keys/ops_key" -o IdentitiesOnly=yes -o UserKnownHostsFile="$keys/known_hosts" \
        -o BatchMode=yes -o ConnectTimeout=10 -o StrictHostKeyChecking=yes "$@" 2>&1 </dev/null) || true
    case $said in
        *"$expected"*) printf 'as it should be: %s\n' "$what" ;;
        *) printf 'WRONG: %s: %s\n' "$what" "$said"; failed=1 ;;
    esac
}

knock 'the right key' "$inside" ops
knock 'a name that a pattern of the list allows' "$inside" deployer
knock 'no key' 'Permission denied (publickey).' ops -o PubkeyAuthentication=no
knock 'root with a key of its own' 'Permission denied (publickey).' root
knock 'a name that is not on the list, with its key' 'Permission denied (publickey).' visitor
knock 'an old key exchange' 'no matching key exchange method' ops -o KexAlgorithms=ecdh-sha2-nistp256
knock 'an ECDSA host key wanted' 'no matching host key type' ops -o HostKeyAlgorithms=ecdsa-sha2-nistp256
knock 'a forwarded port' "$banner" ops -W 127.0.0.1:22
exit $failed
