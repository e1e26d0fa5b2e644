"""Which EC2 actions the front answers itself, and which it checks before moto answers them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.aws import (
    group_rules,
    images_api,
    instances,
    launch,
    lifecycle,
    modify,
    network_rules,
    paging,
    placement,
    reservations,
    snapshots,
    spot,
    spot_prices,
    tagging,
    volumes,
)
from sandbox.aws.call import Call

HANDLERS: dict[str, Callable[[Call], Any]] = {
    **paging.HANDLERS,
    **instances.HANDLERS,
    **launch.HANDLERS,
    **lifecycle.HANDLERS,
    **modify.HANDLERS,
    **placement.HANDLERS,
    **reservations.HANDLERS,
    **spot.HANDLERS,
    **spot_prices.HANDLERS,
    **images_api.HANDLERS,
    **volumes.HANDLERS,
    **group_rules.HANDLERS,
    **tagging.HANDLERS,
    **snapshots.HANDLERS,
}
CHECKS: dict[str, tuple[Callable[[Call], None], ...]] = {**network_rules.CHECKS}
