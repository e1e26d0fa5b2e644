"""Everything of one emulated Azure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.azure.links import Links, rebuild
from sandbox.azure.login import load_key
from sandbox.azure.operations import Operations
from sandbox.azure.store import Resource, Store
from sandbox.clouds import AZURE_IDS
from sandbox.server.past import Past
from sandbox.server.state import State as Common

#: Subscriptions that there are: the first is the environment's, the second is for looking at several at once.
SUBSCRIPTIONS = {
    AZURE_IDS["AZURE_SUBSCRIPTION_ID"]: "sandbox",
    "00000000-0000-4000-8000-000000000002": "sandbox two",
}


@dataclass
class Settings:
    """What tests may want otherwise; set with `PUT /_sandbox/settings`."""

    #: Resources on a page of a list. Microsoft names no number; 200 VMs a page is what its engineers tell
    #: (Azure/azure-sdk-for-java#31382), and a client must not count on any.
    page_size: int = 200


class State(Common):
    """The records of the server. Operations under way are not kept over a restart: they count as ended then."""

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__()
        self.settings = Settings()
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self.store = Store(folder / "resources.jsonl" if folder else None)
        self.operations = Operations()
        self.links = Links()
        rebuild(self.links, self.store, SUBSCRIPTIONS)
        self.past: Past[Sequence[Resource]] = Past()
        self.key = load_key(folder) if folder else b"a key for tests"
        # VMs that were made while a partial fault was in force: {a rule's place in the plan: how many}.
        self.partial: dict[str, int] = {}

    def forget(self) -> None:
        self.store.clear()
        self.operations.clear()
        self.links.clear()
        self.past.clear()
        self.partial.clear()
