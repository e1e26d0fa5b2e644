"""Which function answers which operation of the API."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.azure import (
    addresses,
    disks,
    groups,
    images,
    network_usages,
    nics,
    placement,
    polls,
    power,
    security_groups,
    sizes,
    ssh_keys,
    virtual_networks,
    vms,
)  # fmt: skip
from sandbox.azure.call import Answer, Call

HANDLERS: dict[str, Callable[[Call], Answer]] = {}
for _module in (
    addresses, disks, groups, images, network_usages, nics, placement, polls, power, security_groups, sizes, ssh_keys,
    virtual_networks, vms,
):  # fmt: skip
    HANDLERS |= _module.HANDLERS
