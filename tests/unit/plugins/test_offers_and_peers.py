"""The same requests to vm_offers, gpuhunt and SkyPilot give the same machine types, but for what is listed here with its reason.

tests/data/offers/peers.json is written by tools/derive_peer_answers.py, which says what it stands on (2026-11-27).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.plugins.clouds.offers_asked import ask

ROOT = Path(__file__).resolve().parents[3]
PEERS = json.loads((ROOT / "tests/data/offers/peers.json").read_text())
RTX = {f"Standard_NC{size}{kind}_xl_RTXPRO6000BSE_v6" for size in (128, 144) for kind in ("ds", "lds")}
# What only we list.
MORE = {
    ("gpuhunt", "8 x h100", "azure"): {"Standard_ND96isr_H100_v5"},
    ("gpuhunt", "8 x h200", "gcp"): {"a3-ultragpu-8g"},
    ("gpuhunt", "1 x rtx-pro-6000", "azure"): RTX,
    ("SkyPilot", "8 x h100", "azure"): {"Standard_ND96isr_H100_v5"},
    ("SkyPilot", "8 x h100", "gcp"): {"a3-megagpu-8g"},
    ("SkyPilot", "8 x h200", "azure"): {"Standard_ND96isr_H200_v5"},
    ("SkyPilot", "1 x rtx-pro-6000", "azure"): RTX,
}
# What only they list: N1 of odd shapes, which nobody gets who does not name them.
LESS = {(peer, "1 x t4", "gcp") for peer in ("gpuhunt", "SkyPilot")}
CASES = [
    (name.split(" ")[0], request, cloud, set(theirs))
    for name, requests in PEERS.items()
    for request, clouds in requests.items()
    for cloud, theirs in clouds.items()
]


@pytest.mark.parametrize(
    ("peer", "request_", "cloud", "theirs"), CASES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_same_machine_types_come_out(peer, request_, cloud, theirs) -> None:
    count, model = request_.split(" x ")
    answer = ask(clouds=[cloud], gpu_models=[model], gpu_count=int(count), market="any", limit=0)
    ours = {offer["machine_type"] for offer in answer["offers"]}
    assert ours - theirs == MORE.get((peer, request_, cloud), set())
    missing = theirs - ours
    if (peer, request_, cloud) in LESS:
        assert missing
        assert answer["left_out"]["special"] >= len(missing)
        assert not [name for name in missing if name.startswith("n1-standard-") and int(name[12:].split("+")[0]) >= 4]
    else:
        assert missing == set()


def test_there_are_at_least_ten_requests_and_answers_to_compare() -> None:
    assert len({request for _peer, request, _cloud, _theirs in CASES}) >= 10
    assert sum(bool(theirs) for *_case, theirs in CASES) > 40


def test_every_difference_is_explained_in_the_documentation() -> None:
    text = (ROOT / "docs/offers.md").read_text()
    section = text.partition("## Beside gpuhunt and SkyPilot")[2]
    for peer, request, cloud in [*MORE, *LESS]:
        assert any(all(word in line for word in (peer, request, cloud)) for line in section.splitlines()), (
            peer,
            request,
            cloud,
        )
