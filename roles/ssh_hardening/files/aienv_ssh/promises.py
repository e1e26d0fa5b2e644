"""What the SSH server shall hold, as this host's OpenSSH can, and whether it does."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from aienv_ssh import matches, server
from aienv_ssh.host import Refused, must

Promises = dict[str, list[str]]

HEADER = "# Written by aienv.cloud.ssh_hardening; changes are lost with its next run.\n"
FORWARDING = ("AllowTcpForwarding", "AllowStreamLocalForwarding", "AllowAgentForwarding")
#: Promises that Match blocks of others could take back. Repeated in a `Match all` of ours they cannot: of several blocks
#: that fit, the first one's word counts. Forwarding is left out, so that a block of others may be stricter there.
STUBBORN = (
    "AuthenticationMethods",
    "CASignatureAlgorithms",
    "ClientAliveCountMax",
    "ClientAliveInterval",
    "GatewayPorts",
    "GSSAPIAuthentication",
    "HostbasedAuthentication",
    "IgnoreRhosts",
    "KbdInteractiveAuthentication",
    "KerberosAuthentication",
    "LogLevel",
    "MaxAuthTries",
    "MaxSessions",
    "PasswordAuthentication",
    "PermitEmptyPasswords",
    "PermitRootLogin",
    "PermitTunnel",
    "PubkeyAcceptedAlgorithms",
    "PubkeyAuthentication",
    "X11Forwarding",
)
#: Where it is off, a method that asks for it can never be completed.
SWITCHES = {"keyboard-interactive": "kbdinteractiveauthentication", "password": "passwordauthentication"}


def resolve(request: dict[str, Any]) -> Promises:
    """Keyword -> values, with only what this host's OpenSSH knows. Raises Refused where it knows none of a list."""
    known = server.effective()
    optional = {key: values for key, values in request["optional"].items() if key.lower() in known}
    settings = {**request["settings"], **optional}
    promises = {key: [str(value) for value in values] for key, values in settings.items() if values}
    for name, wanted in request["algorithms"].items():
        entry = request["lists"][name]
        supported = must(f"ssh -Q {entry['query']}", "ssh", "-Q", entry["query"]).split()
        usable = [algorithm for algorithm in wanted if algorithm in supported]
        if not usable:
            raise Refused(f"this OpenSSH knows none of the {entry['keyword']} of the profile {request['profile']}")
        promises[entry["keyword"]] = [",".join(usable)]
    return promises


def word(value: Any) -> str:
    """A value as sshd_config has it. Raises Refused for one that would begin a line of its own."""
    text = {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    if "\n" in text:
        raise Refused(f"ssh_hardening_match: {text!r} has more than one line")
    return text


def drop_in(promises: Promises, request: dict[str, Any]) -> str:
    """The text of our file. Its Match blocks end with it: sshd takes the state from before an Include up again."""
    lines = [f"{keyword} {value}" for keyword, values in promises.items() for value in values]
    blocks = (
        [(f"User {','.join(request['exempt'])}", {"AuthenticationMethods": "publickey"})] if request["exempt"] else []
    )
    blocks += [(word(block["criteria"]), block["settings"]) for block in request["match"]]
    for criteria, settings in blocks:
        lines += [f"Match {criteria}", *(f"    {word(key)} {word(value)}" for key, value in settings.items())]
    lines += ["Match all", *(f"    {key} {promises[key][0]}" for key in STUBBORN if key in promises)]
    return (
        HEADER
        + "# Read before every other drop-in: sshd takes the first value that it meets.\n"
        + "\n".join(lines)
        + "\n"
    )


def broken(promises: Promises, own: str, user: str) -> list[str]:
    """Sentences: where sshd, with all its files, does not do what our file alone would make it do.

    Asked for this user, for root, and for a connection of every kind that any Match line speaks of.
    """
    asked = {f"for {name}": {"user": name} for name in dict.fromkeys([user, "root"])}
    asked |= {f"in the Match of {place}": words for place, words in matches.contexts(server.config_files()).items()}
    problems = []
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as alone:
        alone.write(own)
        alone.flush()
        for name, context in asked.items():
            wanted, held = server.effective(context, Path(alone.name)), server.effective(context)
            problems += [f"{name}, {sentence}" for sentence in differences(promises, wanted, held)]
    return list(dict.fromkeys(problems))


def differences(promises: Promises, wanted: server.Values, held: server.Values) -> list[str]:
    found = []
    for keyword in promises:
        should, does = wanted.get(keyword.lower(), []), held.get(keyword.lower(), [])
        if sorted(should) != sorted(does) and not (keyword in FORWARDING and does == ["no"]):
            found.append(f"{keyword} is {does}, not {should}{server.places(keyword)}")
    off = {method for method, switch in SWITCHES.items() if held[switch] == ["no"]}
    ways = [{method.split(":")[0] for method in way.split(",")} for way in held["authenticationmethods"][0].split()]
    if all(way & off for way in ways):
        found.append(f"AuthenticationMethods asks for what is switched off{server.places('AuthenticationMethods')}")
    return found
