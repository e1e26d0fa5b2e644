"""Which function answers which operation of the API."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.azure import (
    addresses,
    application_groups,
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
)
from sandbox.azure.call import Answer, Call

HANDLERS: dict[str, Callable[[Call], Answer]] = {
    **addresses.HANDLERS,
    **application_groups.HANDLERS,
    **disks.HANDLERS,
    **groups.HANDLERS,
    **images.HANDLERS,
    **network_usages.HANDLERS,
    **nics.HANDLERS,
    **placement.HANDLERS,
    **polls.HANDLERS,
    **power.HANDLERS,
    **security_groups.HANDLERS,
    **sizes.HANDLERS,
    **ssh_keys.HANDLERS,
    **virtual_networks.HANDLERS,
    **vms.HANDLERS,
}
