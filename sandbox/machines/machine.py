"""What the cloud wants (Machine) and what Docker has (Container)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

INSTANCE_LABEL = "aienv.sandbox.instance"
SUBNET_LABEL = "aienv.sandbox.subnet"

#: A container that was stopped because the cloud says so carries this behind its name. It tells a machine that
#: switched itself off (the cloud must be told) from one that is to be started, also after the watcher was killed.
SETTLED = ".stopped"

#: The most characters of an error or a note that are kept.
NOTE_LENGTH = 600


@dataclass(frozen=True)
class Machine:
    """One VM as the cloud's API describes it.

    ``state`` is EC2's word, ``launched`` the time when the cloud was asked for it, ``key_name`` the name of a key
    pair where the cloud knows such. ``groups`` are the firewalls it is in, ``subnet`` and ``id`` any names unique
    within the cloud.
    """

    id: str
    name: str
    state: str
    machine_type: str
    image_id: str
    address: str
    subnet: str
    groups: tuple[str, ...]
    key_name: str | None
    launched: datetime
    hostname: str


@dataclass(frozen=True)
class Container:
    """One container of ours. ``state`` is Docker's word, ``started`` is None when it never ran."""

    id: str
    machine_id: str
    state: str
    exit_code: int
    settled: bool
    started: datetime | None


def name_prefix(owner: str) -> str:
    """Start of the names of all containers and networks of one sandbox (two sandboxes may run side by side)."""
    return "aienv-" + hashlib.sha256(owner.encode()).hexdigest()[:8]


def container_name(owner: str, machine_id: str) -> str:
    return f"{name_prefix(owner)}-{_plain(machine_id)}"


def network_name(owner: str, subnet: str) -> str:
    return f"{name_prefix(owner)}-{_plain(subnet)}"


def _plain(name: str) -> str:
    """A cloud's name as Docker takes it: a path becomes its last word and a digest of the whole."""
    if re.fullmatch(r"[A-Za-z0-9_.-]{1,80}", name):
        return name
    word = re.sub(r"[^A-Za-z0-9_.-]", "", name.rpartition("/")[2])[:60]
    return f"{word}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
