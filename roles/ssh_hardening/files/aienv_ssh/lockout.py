"""Who would be locked out, seen before anything changes. What cannot be seen here, the login after the change shows."""

from __future__ import annotations

import ipaddress
import socket
from fnmatch import fnmatchcase as fnmatch
from pathlib import Path
from typing import Any

from aienv_ssh import firewall, server
from aienv_ssh.host import ancestor_variable, groups_of, login_user
from aienv_ssh.promises import Promises

RESULT = "that would lock you out"


def sentences(request: dict[str, Any], promises: Promises) -> list[str]:
    """Reasons to refuse; none where the connecting user will come back."""
    user = login_user()
    found = [*about_keys(user, request, promises), *about_lists(user, request), *about_second_factor(user, request)]
    if user == "root" and promises["PermitRootLogin"] == ["no"]:
        found.append(
            "You connect as root, and ssh_hardening_permit_root_login is false: that would lock you out. "
            "Connect as another user who may become root, or set it to true"
        )
    return found + (about_firewall(request) if request["firewall"] else [])


def about_keys(user: str, request: dict[str, Any], promises: Promises) -> list[str]:
    values = server.effective({"user": user})
    if request["authorities"] or server.set_elsewhere(values, "authorizedkeyscommand", "trustedusercakeys"):
        return []
    types, accepted = server.key_types(user, values), promises["PubkeyAcceptedAlgorithms"][0].split(",")
    if not types:
        sentence = (
            f"{user} has no public key on this host, and logins with a password alone are about to end: {RESULT}. "
        )
        return [sentence + "Add a key to the user's authorized_keys first"]
    if not any(kind.replace("ssh-rsa", "rsa-sha2-512") in accepted for kind in types):
        kinds = f"{user} has only keys of the kinds {', '.join(types)}, which the profile {request['profile']} does not accept"
        return [f"{kinds}: {RESULT}. Add a key of another kind first"]
    return []


def about_lists(user: str, request: dict[str, Any]) -> list[str]:
    users, groups = request["allow_users"], request["allow_groups"]
    mine = groups_of(user)
    # Of USER@HOST only the user is judged here.
    missing = users and not any(fnmatch(user, pattern.partition("@")[0]) for pattern in users)
    strange = groups and not any(fnmatch(group, pattern) for group in mine for pattern in groups)
    if not missing and not strange:
        return []
    lists = f"ssh_hardening_allow_users {users} and ssh_hardening_allow_groups {groups}"
    return [f"You connect as {user}, a member of {', '.join(mine)}, who is not among {lists}: {RESULT}"]


def about_second_factor(user: str, request: dict[str, Any]) -> list[str]:
    if request["second_factor"] == "none":
        return []
    found = []
    if user not in request["exempt"]:
        found.append(
            f"You connect as {user} by a program, which cannot type a second factor: {RESULT}. "
            f"Put {user} into ssh_hardening_second_factor_exempt"
        )
    if request["second_factor"] == "password":
        bare = [name for name in server.people_with_keys() if name not in request["exempt"] and not has_password(name)]
        bare = [name for name in bare if name != "root" or request["permit_root"]]
        if bare:
            found.append(
                f"{', '.join(bare)} have a key, but no password, which would be asked of them too: that would lock them out. "
                "Give them one, or put them into ssh_hardening_second_factor_exempt"
            )
    return found


def has_password(user: str) -> bool:
    for line in Path("/etc/shadow").read_text().splitlines():
        name, word = line.split(":")[:2]
        if name == user:
            return word.startswith("$")
    return False


def about_firewall(request: dict[str, Any]) -> list[str]:
    address = ancestor_variable("SSH_CONNECTION").partition(" ")[0].partition("%")[0]
    # IPv4 may arrive in the clothes of IPv6.
    mapped = ipaddress.ip_address(address) if address else None
    address = str(getattr(mapped, "ipv4_mapped", None) or address)
    if not address or firewall.admits(request["firewall_rules"], address):
        return []
    return [f"You come from {address}, which is in no source of service ssh in ssh_hardening_firewall_rules: {RESULT}"]


def taken(request: dict[str, Any]) -> list[int]:
    """Ports that somebody else listens on: sshd would not come up again."""
    own, found = server.ports(request["socket"]), []
    for port in (port for port in request["ports"] if port not in own):
        with socket.socket() as test:
            test.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                test.bind(("", port))
            except OSError:
                found.append(port)
    return found
