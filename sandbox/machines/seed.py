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


@dataclass(frozen=True)
class File:
    """One file of the machine."""

    content: bytes
    mode: int = 0o644


def seed_files(machine: Machine, user_data: bytes, public_keys: Iterable[str]) -> dict[str, File]:
    """The NoCloud seed: what the cloud's metadata service would say, read by cloud-init at the first boot."""
    meta = {
        "instance-id": machine.id,
        "local-hostname": machine.hostname,
        "public-keys": [key.strip() for key in public_keys],
    }
    return {
        f"{NOCLOUD}/meta-data": File(json.dumps(meta, indent=1).encode() + b"\n"),
        f"{NOCLOUD}/user-data": File(user_data or b"#cloud-config\n", 0o600),
    }


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
