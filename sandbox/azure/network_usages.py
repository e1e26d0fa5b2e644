"""What of the network quotas of a region is in use."""

from __future__ import annotations

from sandbox.azure import addresses, locations, nics, security_groups, virtual_networks
from sandbox.azure.call import Answer, Call

#: name: (display name, kind, limit). Limits are Microsoft's defaults.
COUNTED = {
    "VirtualNetworks": ("Virtual Networks", virtual_networks.NAME, 1000),
    "PublicIPAddresses": ("Public IP Addresses", addresses.NAME, 10_000),
    "NetworkInterfaces": ("Network Interfaces", nics.NAME, 65_536),
    "NetworkSecurityGroups": ("Network Security Groups", security_groups.NAME, 5000),
}


def list_usages(call: Call) -> Answer:
    location = locations.check(call.parameters["location"], "Microsoft.Network/locations")
    rows = []
    for name, (title, kind, limit) in COUNTED.items():
        found = [one for one in call.state.store.list(kind, call.subscription) if one.body["location"] == location]
        place = f"/subscriptions/{call.subscription}/providers/Microsoft.Network/locations/{location}/usages/{name}"
        rows.append(
            {
                "id": place,
                "currentValue": len(found),
                "limit": limit,
                "unit": "Count",
                "name": {"value": name, "localizedValue": title},
            }
        )
    return Answer(200, {"value": rows})


HANDLERS = {"Usages_List": list_usages}
