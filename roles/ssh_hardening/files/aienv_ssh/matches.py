"""Match blocks: of others, which must not weaken what is promised, and the user's own."""

from __future__ import annotations

import grp
import ipaddress
import pwd
from fnmatch import fnmatchcase
from pathlib import Path

from aienv_ssh.host import read

#: The words of a Match line -> the words of `sshd -C`.
WORDS = {"user": "user", "host": "host", "address": "addr", "localaddress": "laddr", "localport": "lport"}


def contexts(files: list[Path]) -> dict[str, dict[str, str]]:
    """For each Match line in the files a connection that it speaks of: its place -> words of `sshd -C`."""
    found = {}
    for path in files:
        for number, line in enumerate((read(path) or "").splitlines(), 1):
            words = line.split("#")[0].replace("=", " ").split()
            if words[:1] and words[0].lower() == "match" and (context := sample(words[1:])) is not None:
                found[f"{path}:{number}"] = context
    return found


def sample(criteria: list[str]) -> dict[str, str] | None:
    """A connection that fulfils the criteria of a Match line; None where there can be none that we know how to make."""
    if [word.lower() for word in criteria] == ["all"]:
        return {}
    context: dict[str, str] = {}
    for word, patterns in zip(criteria[::2], criteria[1::2], strict=False):
        wanted = next((text for text in patterns.strip('"').split(",") if not text.startswith("!")), "")
        if word.lower() == "group":
            member = somebody_of(wanted)
            if member is None:
                return None
            context["user"] = member
        elif word.lower() in WORDS:
            context[WORDS[word.lower()]] = example(wanted)
        else:
            return None
    return context


def example(pattern: str) -> str:
    """Something that a pattern stands for."""
    if "/" in pattern:
        return str(ipaddress.ip_network(pattern, strict=False).network_address)
    return pattern.replace("*", "1").replace("?", "1")


def somebody_of(pattern: str) -> str | None:
    """A member of a group that the pattern names."""
    for group in (entry for entry in grp.getgrall() if fnmatchcase(entry.gr_name, pattern)):
        members = [*group.gr_mem, *(person.pw_name for person in pwd.getpwall() if person.pw_gid == group.gr_gid)]
        if members:
            return members[0]
    return None
