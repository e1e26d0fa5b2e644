#!/usr/bin/env python3
"""uv_cache.py: empties uv's cache where a file of an unpacked wheel is not what the wheel's RECORD says.

uv trusts what it has unpacked, and would install the damage. It puts whole wheels into the cache only, so what is checked is the disk's doing
or somebody's. The wheel alone cannot be taken out, because others of the cache's files point to it.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import shutil
import sys
from pathlib import Path


def damaged(cache: Path) -> str:
    """The first file that is missing or changed; nothing if none is."""
    for record in cache.glob("archive-v*/*/*.dist-info/RECORD"):
        with record.open(newline="") as lines:
            for name, digest, _size in csv.reader(lines):
                path = record.parent.parent / name
                if digest and not holds(path, digest):
                    return str(path)
    return ""


def holds(path: Path, digest: str) -> bool:
    algorithm, _, expected = digest.partition("=")
    try:
        found = hashlib.new(algorithm, path.read_bytes()).digest()
    except OSError:
        return False
    return base64.urlsafe_b64encode(found).rstrip(b"=").decode() == expected


def main(cache: Path) -> None:
    found = damaged(cache)
    if found:
        for entry in cache.iterdir():
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        sys.stdout.write(f"emptied, because of {found}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
