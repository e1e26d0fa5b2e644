"""Compare plugins/module_utils/clouds/gcp/shape_table.py with what a project's own Compute Engine lists.

Run it with credentials and a project from time to time, and mend the table by what it prints:
`GOOGLE_CLOUD_PROJECT=my-project .venv/bin/python tools/compare_gcp_shapes.py`. The exit status tells whether it agrees.
Series that the table leaves out on purpose are named in LEFT_OUT.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import google.auth
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / ".collections"))

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.shapes import SHAPES  # noqa: E402

# Bare metal, bundled local SSDs as a variant, very large memory, parts of a card, TPUs, and what is not sold to newcomers.
LEFT_OUT = re.compile(
    r".*(lssd|metal).*|(c4d|ct\d\w*|f1|g1|h\d\w*|m1|m2|m4|n4a|n4d|tpu\w*|x4|z\d)-.*|g4-standard-(6|12|24)|.*custom.*"
)


def listed() -> Iterator[dict[str, Any]]:
    """Every machine type of every zone."""
    credentials, project = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    endpoint = os.environ.get("CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE")
    words = {"client_options": {"api_endpoint": endpoint}} if endpoint else {}
    compute = build("compute", "v1", http=AuthorizedHttp(credentials), static_discovery=True, **words)
    request = compute.machineTypes().aggregatedList(project=os.environ.get("GOOGLE_CLOUD_PROJECT") or project)
    while request is not None:
        answer = request.execute()
        for scope in answer.get("items", {}).values():
            yield from scope.get("machineTypes", ())
        request = compute.machineTypes().aggregatedList_next(request, answer)


def differences(found: dict[str, dict[str, Any]]) -> Iterator[str]:
    for name, raw in sorted(found.items()):
        shape = SHAPES.get(name)
        gpus = sum(a["guestAcceleratorCount"] for a in raw.get("accelerators", ()))
        theirs = (raw["guestCpus"], round(raw["memoryMb"] / 1024, 1), gpus)
        if shape is None:
            if not LEFT_OUT.fullmatch(name):
                yield f"{name} is missing: {theirs[0]} vCPUs, {theirs[1]} GiB, {gpus} GPUs"
        elif (shape.vcpus, round(shape.memory_gb, 1), shape.gpu_count) != theirs:
            yield f"{name} has {theirs[0]} vCPUs, {theirs[1]} GiB, {gpus} GPUs, the table says {shape}"
    for name in sorted(set(SHAPES) - set(found)):
        if "+" not in name:
            yield f"{name} is listed nowhere"


def main() -> None:
    found = {raw["name"]: raw for raw in listed()}
    lines = list(differences(found))
    print(*lines, f"{len(found)} types compared, {len(lines)} differences", sep="\n")
    sys.exit(bool(lines))


if __name__ == "__main__":
    main()
