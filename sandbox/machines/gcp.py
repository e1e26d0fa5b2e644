"""What the emulated GCP says: the watcher's only view of the cloud, through Compute Engine's REST API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sandbox.clouds import CLOUDS
from sandbox.loopback import ask, get_json
from sandbox.machines.cloud import Look
from sandbox.machines.firewall import Group, Rule
from sandbox.machines.gpu import Board, Gpu, list_gpus
from sandbox.machines.machine import Machine

PAGE = 500
FIELDS = (
    "nextPageToken,items/*/instances(id,name,zone,status,machineType,creationTimestamp,networkInterfaces(networkIP,network,"
    "subnetwork),tags/items,guestAccelerators,disks(source,boot))"
)
RULES = "nextPageToken,items(name,network,priority,direction,allowed,denied,disabled,sourceRanges,sourceTags,destinationRanges,targetTags)"

STATES = {
    "PROVISIONING": "pending",
    "STAGING": "pending",
    "RUNNING": "running",
    "STOPPING": "stopping",
    "SUSPENDING": "stopping",
    "SUSPENDED": "stopped",
    "TERMINATED": "stopped",
}

#: Accelerators by the names that sandbox.machines.gpu knows, with MiB.
BOARDS = {
    "nvidia-tesla-t4": ("T4", 16384),
    "nvidia-tesla-v100": ("V100", 16384),
    "nvidia-l4": ("L4", 24576),
    "nvidia-tesla-a100": ("A100", 40960),
    "nvidia-a100-80gb": ("A100", 81920),
    "nvidia-h100-80gb": ("H100", 81920),
    "nvidia-h100-mega-80gb": ("H100", 81920),
    "nvidia-h200-141gb": ("H200", 144384),
    "nvidia-b200": ("B200", 183040),
    "nvidia-rtx-pro-6000": ("RTX PRO Server 6000", 98304),
}

#: The rules behind all others: nothing in, everything out (docs.cloud.google.com/firewall/docs/firewalls#default_firewall_rules).
IMPLIED = Group("99999", (), (Rule("-1", None, None, ("0.0.0.0/0", "::/0")),))


class Gcp:
    """One project of the emulated GCP, all its regions."""

    errors = (OSError,)

    def __init__(self, endpoint: str, project: str) -> None:
        self._endpoint = endpoint
        self._root = f"/compute/v1/projects/{project}/"
        self._raw: dict[str, dict[str, Any]] = {}

    def look(self) -> Look:
        """List everything that the watcher acts on: two calls, one when there is no machine."""
        scopes = [page["items"] for page in self._pages("aggregated/instances", FIELDS)]
        found = [raw for scope in scopes for part in scope.values() for raw in part.get("instances", ())]
        if not found:
            self._raw = {}
            return Look({}, {})
        rules = [rule for page in self._pages("global/firewalls", RULES) for rule in page.get("items", ())]
        machines = {raw["id"]: read_machine(raw, rules) for raw in found}
        self._raw = {raw["id"]: raw for raw in found}
        groups = {group.id: group for group in map(read_group, rules)} | {IMPLIED.id: IMPLIED}
        for machine in machines.values():
            for name in machine.groups:
                groups.setdefault(name, Group(name, (), ()))
        asked: dict[str, float] = get_json(self._endpoint, "/_sandbox/reboots")
        return Look(machines, groups, {name: datetime.fromtimestamp(at, UTC) for name, at in asked.items()})

    def is_gone(self, machine_id: str) -> bool:
        """Whether no machine has that number any more, in any zone."""
        pages = self._pages("aggregated/instances", "nextPageToken,items/*/instances/id", f"id={machine_id}")
        return not any(part.get("instances") for page in pages for part in page.get("items", {}).values())

    def user_data(self, machine: Machine) -> bytes:
        return str(self._metadata(machine).get("user-data", "")).encode()

    def logins(self, machine: Machine) -> Mapping[str, list[str]]:
        """The users of the metadata key ssh-keys, the instance's and the project's."""
        own = self._metadata(machine)
        texts = [own.get("ssh-keys", "")]
        if own.get("block-project-ssh-keys", "").lower() != "true":
            texts.append(read_metadata(self._get("")["commonInstanceMetadata"]).get("ssh-keys", ""))
        return read_keys("\n".join(texts))

    def image_name(self, machine: Machine) -> str:
        """The name of the image that the boot disk was made from."""
        boot = next(disk for disk in self._raw[machine.id]["disks"] if disk.get("boot"))
        source = self._get(boot["source"].partition(self._root)[2]).get("sourceImage", "")
        return str(source.rpartition("/")[2])

    def gpus(self, machine: Machine) -> list[Gpu]:
        given = self._raw[machine.id].get("guestAccelerators", ())
        return list_gpus(read_boards(given), machine.id)

    def subnet_cidr(self, subnet: str) -> str:
        return str(self._get(subnet.partition(self._root)[2])["ipCidrRange"])

    def switch_off(self, machine: Machine) -> None:
        """An instance that switched itself off is TERMINATED, which is what GCP calls stopped."""
        raw = self._raw[machine.id]
        self._call("POST", f"{raw['zone'].partition(self._root)[2]}/instances/{raw['name']}/stop")

    def _metadata(self, machine: Machine) -> dict[str, str]:
        raw = self._raw[machine.id]
        return read_metadata(self._get(f"{raw['zone'].partition(self._root)[2]}/instances/{raw['name']}")["metadata"])

    def _pages(self, path: str, fields: str, wanted: str = "") -> Iterator[dict[str, Any]]:
        token = ""
        while True:
            page = self._get(
                f"{path}?maxResults={PAGE}&fields={quote(fields)}&filter={quote(wanted)}&pageToken={token}"
            )
            yield page
            token = page.get("nextPageToken", "")
            if not token:
                return

    def _get(self, path: str) -> dict[str, Any]:
        return self._call("GET", path)

    def _call(self, method: str, path: str) -> dict[str, Any]:
        status, body = ask(self._endpoint, method, (self._root + path).rstrip("/"))
        if status != 200:
            raise OSError(f"{method} {path} answers {status}: {body}")
        return dict(body)


def connect(endpoint: str, region: str, state: Path) -> Gcp:
    """The watcher's view of the sandbox's project. The server knows the watcher without credentials."""
    return Gcp(endpoint, CLOUDS["gcp"].variables(endpoint, region, state)["GOOGLE_CLOUD_PROJECT"])


def read_machine(raw: dict[str, Any], rules: list[dict[str, Any]]) -> Machine:
    """A machine from an instance. Its groups are the rules that speak of it, and one for each of its network tags."""
    nic = raw["networkInterfaces"][0]
    tags = raw.get("tags", {}).get("items", [])
    mine = [rule for rule in rules if _targets(rule, nic["network"], tags)]
    return Machine(
        id=raw["id"],
        name=raw["name"],
        state=STATES[raw["status"]],
        machine_type=raw["machineType"].rpartition("/")[2],
        image_id="",
        address=nic["networkIP"],
        subnet=nic["subnetwork"],
        groups=tuple(sorted([IMPLIED.id, *map(_group_id, mine), *(_tag_id(nic["network"], tag) for tag in tags)])),
        key_name=None,
        launched=datetime.fromisoformat(raw["creationTimestamp"]),
        hostname=raw["name"],
    )


def _targets(rule: dict[str, Any], network: str, tags: list[str]) -> bool:
    wanted = rule.get("targetTags")
    return not rule["disabled"] and rule["network"] == network and (not wanted or bool(set(wanted) & set(tags)))


def _group_id(rule: dict[str, Any]) -> str:
    """Groups are tried in the order of their ids: by priority, and what denies before what allows."""
    return f"{rule['priority']:05d}-{'deny' if 'denied' in rule else 'permit'}-{rule['name']}"


def _tag_id(network: str, tag: str) -> str:
    return f"tag-{network.rpartition('/')[2]}-{tag}"


def read_group(raw: dict[str, Any]) -> Group:
    """One firewall rule of GCP, as a group of its own."""
    rules = tuple(_read_rules(raw))
    return Group(
        _group_id(raw), rules if raw["direction"] == "INGRESS" else (), rules if raw["direction"] == "EGRESS" else ()
    )


def _read_rules(raw: dict[str, Any]) -> Iterator[Rule]:
    networks = tuple(raw.get("sourceRanges" if raw["direction"] == "INGRESS" else "destinationRanges", ()))
    groups = tuple(_tag_id(raw["network"], tag) for tag in raw.get("sourceTags", ()))
    for entry in raw.get("allowed") or raw["denied"]:
        protocol = "-1" if entry["IPProtocol"] == "all" else entry["IPProtocol"]
        for ports in entry.get("ports") or [""]:
            first, _, last = ports.partition("-")
            low, high = (int(first), int(last or first)) if first else (None, None)
            yield Rule(protocol, low, high, networks, groups, allow="allowed" in raw)


def read_metadata(raw: dict[str, Any]) -> dict[str, str]:
    """{key: value} of a metadata object."""
    return {item["key"]: item.get("value", "") for item in raw.get("items", ())}


def read_keys(text: str) -> dict[str, list[str]]:
    """{user: public keys} of the lines "user:ssh-ed25519 AAAA… comment"."""
    users: dict[str, list[str]] = {}
    for line in text.splitlines():
        user, _, key = line.strip().partition(":")
        if user and key:
            users.setdefault(user, []).append(key.strip())
    return users


def read_boards(accelerators: list[dict[str, Any]]) -> list[Board]:
    """The boards of an instance's accelerators; those that nobody knows are left out."""
    found = [(each["acceleratorType"].rpartition("/")[2], int(each["acceleratorCount"])) for each in accelerators]
    return [Board(*BOARDS[name], count) for name, count in found if name in BOARDS]
