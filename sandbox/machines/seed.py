"""The files that a machine gets before it starts, as one tar archive."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sandbox.machines import firewall, gpu
from sandbox.machines.machine import Machine

#: cloud-init's NoCloud source reads its seed here.
NOCLOUD = "/var/lib/cloud/seed/nocloud"

#: Read after the image's own configuration, 99_aienv.cfg.
LOGINS = "/etc/cloud/cloud.cfg.d/99_aienv_logins.cfg"

_PERSON = {"lock_passwd": True, "shell": "/bin/bash", "sudo": ["ALL=(ALL) NOPASSWD:ALL"]}


@dataclass(frozen=True)
class File:
    """One file of the machine."""

    content: bytes
    mode: int = 0o644


def seed_files(machine: Machine, user_data: bytes, logins: Mapping[str, Iterable[str]]) -> dict[str, File]:
    """The NoCloud seed: what the cloud's metadata service would say, read by cloud-init at the first boot.

    ``logins`` are public keys by user. The first user is the image's own, as cloud-init's data sources for clouds
    make it; the others come beside it.
    """
    people = {name: [key.strip() for key in keys] for name, keys in logins.items()}
    own = next(iter(people), None)
    others = [{"name": name, "ssh_authorized_keys": keys, **_PERSON} for name, keys in people.items() if name != own]
    meta = {"instance-id": machine.id, "local-hostname": machine.hostname, "public-keys": people.get(own or "", [])}
    config = (
        {"system_info": {"default_user": {"name": own, **_PERSON}}, "users": ["default", *others]}
        if own
        else {"users": []}
    )
    return {
        f"{NOCLOUD}/meta-data": File(_json(meta)),
        f"{NOCLOUD}/user-data": File(user_data or b"#cloud-config\n", 0o600),
        LOGINS: File(_json(config)),
    }


def _json(value: object) -> bytes:
    """JSON is YAML, too: cloud-init reads it as its configuration."""
    return json.dumps(value, indent=1).encode() + b"\n"


def boot_files(rules: str, gpus: Iterable[gpu.Gpu]) -> dict[str, File]:
    """What may differ from one start to the next: the firewall, and the GPUs of the machine's type."""
    files = {firewall.PATH: File(rules.encode(), 0o600)}
    cards = list(gpus)
    if cards:
        files |= {path: File(content, mode) for path, (content, mode) in gpu.files(cards).items()}
    return files


def archive(files: Mapping[str, File]) -> bytes:
    """A tar archive with absolute paths below /, owned by root."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, file in sorted(files.items()):
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode = len(file.content), file.mode
            tar.addfile(entry, io.BytesIO(file.content))
    return buffer.getvalue()
