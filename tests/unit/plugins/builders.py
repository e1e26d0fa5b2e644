"""Options and observed VMs for tests: a wish and a VM that is as wished, with what the test changes."""

from __future__ import annotations

import random
from typing import Any

from ansible_collections.aienv.cloud.plugins.module_utils.model.option import UNKNOWN, argument_spec, parse
from ansible_collections.aienv.cloud.plugins.module_utils.model.vm import VmOptions, VmState, member_name

#: 40,000 bytes that no compression makes much smaller: hexadecimal digits hold half a byte each.
NOISE = random.Random(0).randbytes(20000).hex()
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtJNTm6x3kiKyCIQ340nSXVGzv3Ri+aIrQ/7Sd584Wj ada@example.net"
OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMWP8OXfUdcs0PQzUiOfmQdcn3UL56xzQQwW55x2QHuK ada@example.net"


def parsed(cls: type, **words: Any) -> Any:
    """Options as a module gets them: Ansible has filled in the defaults, also those of the suboptions."""
    return parse(cls, filled(argument_spec(cls), words))


def filled(spec: dict[str, Any], words: dict[str, Any]) -> dict[str, Any]:
    strange = set(words) - set(spec)
    assert not strange, f"no such option: {strange}"
    params = {name: words.get(name, one.get("default")) for name, one in spec.items()}
    for name, one in spec.items():
        if "options" in one and params[name] is not None:
            params[name] = [filled(one["options"], item) for item in params[name]]
    return params


def values(words: dict[str, Any]) -> dict[str, Any]:
    """Lists as tuples and `unknown` as UNKNOWN, as the model has them."""
    frozen = {name: tuple(value) if isinstance(value, list) else value for name, value in words.items()}
    return {name: UNKNOWN if value == "unknown" else value for name, value in frozen.items()}


def vm_options(**words: Any) -> VmOptions:
    return VmOptions(**{"name": "f", "machine_types": ("small",), "image": "debian-12", **values(words)})


def vm_state(**words: Any) -> VmState:
    given = values(words)
    fleet = given.get("fleet", "f")
    return VmState(
        **{
            "id": "i-0",
            "name": member_name(fleet, given.get("index")),
            "fleet": fleet,
            "index": None,
            "cloud": "memory",
            "region": "here",
            "zone": "zone-a",
            "state": "running",
            "machine_type": "small",
            "image": ("debian-12", "img-1"),
            "firewalls": ("default",),
            "disk_gb": 8,
            "disk_type": "ssd",
            "disk_encrypted": True,
            "disk_id": "disk-0",
            **given,
        }
    )
