"""The filters of DescribeInstances and DescribeInstanceStatus, and how EC2 matches values.

Values of one filter are alternatives, filters are joined with AND, * and ? are wildcards, and a name
that EC2 does not know is refused. Moto has about half of the names.
docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from sandbox.aws.wire import ApiError

Getter = Callable[[Any], Any]


class Record(dict[str, Any]):
    """A record of the front's own, in botocore's names, that filters can look at."""

    @property
    def tags(self) -> list[dict[str, str]]:
        """Its tags, as a list of {"Key", "Value"}."""
        return list(self.get("Tags", []))


def _nics(path: str) -> Getter:
    def get(instance: Any) -> list[Any]:
        return [_walk(nic, path.split(".")) for nic in instance.nics.values()]

    return get


def _disks(name: str) -> Getter:
    def get(instance: Any) -> list[Any]:
        return [getattr(disk, name) for disk in instance.block_device_mapping.values()]

    return get


def _groups(name: str) -> Getter:
    def get(instance: Any) -> list[Any]:
        attached = [group for nic in instance.nics.values() for group in nic.group_set]
        return [getattr(group, name) for group in (*instance.security_groups, *attached)]

    return get


def _attribute(path: str) -> Getter:
    parts = path.split(".")
    return lambda instance: _walk(instance, parts)


def _walk(thing: Any, parts: list[str]) -> Any:
    for part in parts:
        thing = thing.get(part) if isinstance(thing, dict) else getattr(thing, part, None)
        if isinstance(thing, list | tuple):
            rest = parts[parts.index(part) + 1 :]
            return [_walk(item, rest) for item in thing]
    return thing


def _time(value: Any) -> str:
    return str(value.strftime("%Y-%m-%dT%H:%M:%S.000Z"))


def _reservation(name: str) -> Getter:
    return lambda instance: getattr(instance.reservation, name)


INSTANCE: dict[str, Getter] = {
    "affinity": lambda _: "default",
    "architecture": _attribute("architecture"),
    "availability-zone": _attribute("placement.zone"),
    "block-device-mapping.attach-time": lambda i: [_time(d.attach_time) for d in i.block_device_mapping.values()],
    "block-device-mapping.delete-on-termination": _disks("delete_on_termination"),
    "block-device-mapping.device-name": lambda i: list(i.block_device_mapping),
    "block-device-mapping.status": lambda i: ["attached" for _ in i.block_device_mapping],
    "block-device-mapping.volume-id": _disks("volume_id"),
    "capacity-reservation-id": _attribute("capacity_reservation_id"),
    "client-token": _attribute("client_token"),
    "dns-name": _attribute("public_dns_name"),
    "group-id": _groups("id"),
    "group-name": _groups("name"),
    "hypervisor": _attribute("hypervisor"),
    "image-id": _attribute("image_id"),
    "instance-id": _attribute("id"),
    "instance-lifecycle": _attribute("lifecycle"),
    "instance-state-code": _attribute("state_code"),
    "instance-state-name": _attribute("state"),
    "instance-type": _attribute("instance_type"),
    "instance.group-id": _groups("id"),
    "instance.group-name": _groups("name"),
    "ip-address": _attribute("public_ip"),
    "key-name": _attribute("key_name"),
    "launch-index": _attribute("ami_launch_index"),
    "launch-time": lambda i: _time(i.launch_time),
    "metadata-options.http-endpoint": _attribute("metadata_options.http_endpoint"),
    "metadata-options.http-put-response-hop-limit": _attribute("metadata_options.http_put_response_hop_limit"),
    "metadata-options.http-tokens": _attribute("metadata_options.http_tokens"),
    "metadata-options.instance-metadata-tags": _attribute("metadata_options.instance_metadata_tags"),
    "monitoring-state": _attribute("monitoring_state"),
    "network-interface.addresses.primary": lambda i: [True for _ in i.nics],
    "network-interface.addresses.private-ip-address": _nics("private_ip_address"),
    "network-interface.association.public-ip": _nics("public_ip"),
    "network-interface.attachment.attachment-id": _nics("attachment_id"),
    "network-interface.attachment.device-index": _nics("device_index"),
    "network-interface.attachment.instance-id": lambda i: i.id,
    "network-interface.attachment.status": lambda i: ["attached" for _ in i.nics],
    "network-interface.availability-zone": _nics("availability_zone"),
    "network-interface.description": _nics("description"),
    "network-interface.group-id": lambda i: [g.id for n in i.nics.values() for g in n.group_set],
    "network-interface.group-name": lambda i: [g.name for n in i.nics.values() for g in n.group_set],
    "network-interface.mac-address": _nics("mac_address"),
    "network-interface.network-interface-id": _nics("id"),
    "network-interface.owner-id": _nics("owner_id"),
    "network-interface.private-dns-name": _attribute("private_dns_name"),
    "network-interface.source-dest-check": _nics("source_dest_check"),
    "network-interface.status": _nics("status"),
    "network-interface.subnet-id": _nics("subnet.id"),
    "network-interface.vpc-id": _nics("subnet.vpc_id"),
    "owner-id": _attribute("owner_id"),
    "placement-group-name": _attribute("placement.group_name"),
    "platform-details": lambda _: "Linux/UNIX",
    "private-dns-name": _attribute("private_dns_name"),
    "private-ip-address": _attribute("private_ip"),
    "product-code": _attribute("product_codes"),
    "reason": _attribute("state_transition_reason"),
    "reservation-id": _reservation("id"),
    "root-device-name": _attribute("root_device_name"),
    "root-device-type": _attribute("root_device_type"),
    "source-dest-check": _attribute("source_dest_check"),
    "spot-instance-request-id": _attribute("spot_instance_request_id"),
    "state-reason-code": _attribute("state_reason.code"),
    "state-reason-message": _attribute("state_reason.message"),
    "subnet-id": _attribute("subnet_id"),
    "tenancy": _attribute("placement.tenancy"),
    "virtualization-type": _attribute("virtualization_type"),
    "vpc-id": _attribute("vpc_id"),
}  # fmt: skip

STATUS: dict[str, Getter] = {
    "availability-zone": _attribute("placement.zone"),
    "instance-state-code": _attribute("state_code"),
    "instance-state-name": _attribute("state"),
    "instance-status.reachability": lambda i: "passed" if i.is_running() else "initializing",
    "instance-status.status": lambda i: i.instance_status["Status"],
    "system-status.reachability": lambda i: "passed" if i.is_running() else "initializing",
    "system-status.status": lambda i: i.system_status["Status"],
}


def select(items: Iterable[Any], wanted: dict[str, list[str]], names: dict[str, Getter]) -> list[Any]:
    """The items that pass all filters. Items have `tags`, a list of {"Key", "Value"}."""
    tests = [_test(name, values, names) for name, values in wanted.items()]
    return [item for item in items if all(test(item) for test in tests)]


def _test(name: str, values: list[str], names: dict[str, Getter]) -> Callable[[Any], bool]:
    accepts = matcher(tuple(values))
    if name.startswith("tag:"):
        key = name[4:]
        return lambda item: any(t["Key"] == key and accepts(t["Value"]) for t in item.tags)
    if name in ("tag-key", "tag-value"):
        part = name[4:].title()
        return lambda item: any(accepts(t[part]) for t in item.tags)
    getter = names.get(name)
    if getter is None:
        raise ApiError("InvalidParameterValue", f"The filter '{name}' is invalid")
    return lambda item: _accepted(getter(item), accepts)


def _accepted(value: Any, accepts: Callable[[str], bool]) -> bool:
    values = value if isinstance(value, list | tuple | set) else [value]
    return any(v is not None and accepts(_text(v)) for v in values)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@lru_cache(maxsize=512)
def matcher(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """A test for EC2's value patterns: * any text, ? any character, a backslash escapes them."""
    if not any(c in p for p in patterns for c in "*?\\"):
        exact = frozenset(patterns)
        return lambda value: value in exact
    compiled = re.compile("|".join(_expression(p) for p in patterns), re.DOTALL)
    return lambda value: compiled.fullmatch(value) is not None


def _expression(pattern: str) -> str:
    pieces = re.findall(r"\\.|.", pattern, re.DOTALL)
    words = {"*": ".*", "?": "."}
    return "".join(words.get(p) or re.escape(p[-1] if len(p) == 2 else p) for p in pieces)
