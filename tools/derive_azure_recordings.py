"""Write tests/data/azure/recordings.jsonl.gz: recorded exchanges with the real ARM, as far as the sandbox serves such calls.

    .venv/bin/python tools/derive_azure_recordings.py FOLDER

FOLDER holds `arm_compute_network.jsonl.gz`, one exchange a line, with `SOURCE.txt` and `LICENSE` (MIT) of where they come
from. Kept are method, uri, body, status, those headers that matter, and the answer; the first line says the source.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sandbox.azure.routes import find  # noqa: E402  (the checkout must be on the path first)

TARGET = ROOT / "tests/data/azure"
HEADERS = ("azure-asyncoperation", "location", "azure-asyncnotification")
#: Answers were cut at this length: what is left of them is no JSON.
CUT = 12_000


def read(folder: Path) -> list[dict[str, Any]]:
    """All exchanges of the recordings."""
    with gzip.open(folder / "arm_compute_network.jsonl.gz", "rt") as file:
        return [json.loads(line) for line in file]


def chosen(exchanges: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The exchanges with calls that the sandbox serves, cut to what the test compares."""
    found = []
    for one in exchanges:
        if find(one["method"], urlsplit(one["uri"]).path) is None or len(one["response"] or "") >= CUT:
            continue
        headers = {name: one["headers"][name] for name in HEADERS if name in one["headers"]}
        kept = {name: one[name] for name in ("test", "method", "uri", "status")}
        body = json.loads(one["body"]) if one["body"] else None
        answer = json.loads(one["response"]) if one["response"] else None
        found.append({**kept, "headers": headers, "body": body, "answer": answer})
    return found


def main() -> int:
    """Write the files."""
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    folder = Path(sys.argv[1])
    TARGET.mkdir(parents=True, exist_ok=True)
    exchanges = chosen(read(folder))
    head = {"source": (folder / "SOURCE.txt").read_text().strip(), "licence": "MIT, see LICENSE beside this file"}
    lines = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in [head, *exchanges])
    target = TARGET / "recordings.jsonl.gz"
    target.write_bytes(gzip.compress(lines.encode(), mtime=0))
    (TARGET / "LICENSE").write_text((folder / "LICENSE").read_text())
    print(f"{target}: {len(exchanges)} exchanges, {target.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
