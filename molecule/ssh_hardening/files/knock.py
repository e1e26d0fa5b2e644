"""Knocks at a machine's door in many ways, as a visitor would, and says which of them did not end as they should.

Usage: knock.py ADDRESS PORT DIRECTORY_OF_KEYS_AND_KNOWN_HOSTS WAYS…
Ways: everywhere, code, password, certificate, firewall.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import socket
import struct
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

INSIDE, SERVER = "I am in", "SSH-2.0-OpenSSH"
ANSWERS = {"code", "password", "wrong"}
PASSWORD = "wonderland"
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
NO = "Permission denied (publickey)."
#: Per way: what is tried, what ssh has to say, the user, ssh's options.
CASES: dict[str, list[tuple[str, str, str, list[str]]]] = {
    "everywhere": [
        ("the right key", INSIDE, "ops", []),
        ("a name that a pattern of the list allows", INSIDE, "deployer", []),
        ("no key", NO, "ops", ["-o", "PubkeyAuthentication=no"]),
        ("root with a key of its own", NO, "root", []),
        ("a name that is not on the list, with its key", NO, "visitor", []),
        ("an old key exchange", "no matching key exchange", "ops", ["-o", "KexAlgorithms=ecdh-sha2-nistp256"]),
        ("an ECDSA host key", "no matching host key", "ops", ["-o", "HostKeyAlgorithms=ecdsa-sha2-nistp256"]),
        ("a forwarded port", SERVER, "ops", ["-W", "127.0.0.1:22"]),
        ("a forwarded port where a Match forbids it", "prohibited", "deployer", ["-W", "127.0.0.1:22"]),
    ],
    "code": [
        ("key and code of who has enrolled", INSIDE, "ann", ["code"]),
        ("key and a wrong code", "Permission denied (keyboard-interactive).", "ann", ["wrong"]),
        ("the key alone of who has not enrolled", INSIDE, "ben", ["code"]),
        ("a code without a key", NO, "ann", ["code", "-o", "PubkeyAuthentication=no"]),
    ],
    "password": [
        ("key and password", INSIDE, "ann", ["password"]),
        ("key and a wrong password", "Permission denied (password).", "ann", ["wrong"]),
        ("the key alone of who is exempt", INSIDE, "ops", []),
    ],
    "certificate": [
        ("a certificate for the user", INSIDE, "deployer", ["certificate"]),
        ("a certificate for another user", NO, "ann", ["certificate"]),
        ("the banner", "Only for those who belong here.", "ops", []),
    ],
}


def code() -> str:
    """The six digits of now (RFC 6238)."""
    digest = hmac.new(base64.b32decode(SECRET), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1000000:06d}"


def knock(address: str, number: str, keys: Path, user: str, options: list[str]) -> str:
    """Everything that ssh and the machine said."""
    key = "person" if "certificate" in options else "ops_key"
    command = ["ssh", "-F", "/dev/null", "-i", str(keys / key), "-o", "IdentitiesOnly=yes", "-o", "ConnectTimeout=10"]
    command += ["-o", f"UserKnownHostsFile={keys / 'known_hosts'}", "-o", "StrictHostKeyChecking=yes"]
    command += ["-p", number, "-o", f"HostKeyAlias={address}"]
    environment = dict(os.environ)
    if asked := ANSWERS & set(options):
        answer = {"code": code(), "password": PASSWORD, "wrong": "123"}[asked.pop()]
        environment |= {"SSH_ASKPASS": str(keys / "askpass"), "SSH_ASKPASS_REQUIRE": "force", "ANSWER": answer}
        command += ["-o", "NumberOfPasswordPrompts=1"]
    else:
        command += ["-o", "BatchMode=yes"]
    rest = [option for option in options if option not in {*ANSWERS, "certificate"}]
    command += [*rest, f"{user}@{address}", *([] if "-W" in rest else ["echo", INSIDE])]
    done = subprocess.run(command, input="", capture_output=True, text=True, env=environment, timeout=60)
    return done.stdout + done.stderr


def port(address: str, number: int) -> str:
    try:
        socket.create_connection((address, number), timeout=2).close()
    except ConnectionRefusedError:
        return "nobody listens"
    except TimeoutError:
        return "dropped"
    return "open"


def main(address: str, number: str, folder: str, *ways: str) -> int:
    keys = Path(folder)
    askpass = keys / "askpass"
    askpass.write_text('#!/bin/sh\nprintf "%s\\n" "$ANSWER"\n')
    askpass.chmod(0o700)
    cases = [case for way in ways for case in CASES.get(way, [])]
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda case: knock(address, number, keys, case[2], case[3]), cases))
    results = [(what, wanted, text) for (what, wanted, _user, _options), text in zip(cases, said, strict=True)]
    if "firewall" in ways:
        results.append(("a port that the firewall lets through", "nobody listens", port(address, 8001)))
        results.append(("a port that the firewall does not let through", "dropped", port(address, 9000)))
    wrong = [f"WRONG: {what}: {text!r}, not {wanted!r}" for what, wanted, text in results if wanted not in text]
    sys.stdout.write("\n".join([f"{len(results)} knocks", *wrong]) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
