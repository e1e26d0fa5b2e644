"""Subscriptions, locations, providers and resource groups: what ARM itself keeps."""

from __future__ import annotations

from typing import Any

from sandbox.azure import ids, locations, naming
from sandbox.azure.call import Answer, Call, accepted
from sandbox.azure.errors import ArmError
from sandbox.azure.locations import LOCATIONS
from sandbox.azure.login import TENANT
from sandbox.azure.paging import page
from sandbox.azure.state import SUBSCRIPTIONS
from sandbox.azure.store import Resource

KIND = "Microsoft.Resources/resourceGroups"
PROVIDERS = ("Microsoft.Compute", "Microsoft.Network", "Microsoft.Resources")


def put_group(call: Call) -> Answer:
    """A group comes at once; its location is fixed, its tags are replaced."""
    name = call.parameters["resourceGroupName"]
    naming.check_group_name(name)
    naming.check_tags(call.body.get("tags", {}))
    location = locations.check(call.body["location"], KIND)
    resource_id = ids.group_id(call.subscription, name)
    old = call.state.store.get(resource_id)
    if old is not None and old.body["location"] != location:
        text = (
            f"Invalid resource group location '{location}'. The Resource group already exists in location "
            f"'{old.body['location']}'."
        )
        raise ArmError("InvalidResourceGroupLocation", text, 409)
    body = {
        "id": old.id if old else resource_id,
        "name": old.at.name if old else name,
        "type": KIND,
        "location": location,
        "properties": {"provisioningState": "Succeeded"},
    }
    body |= {key: call.body[key] for key in ("tags", "managedBy") if key in call.body}
    resource = call.state.store.put(Resource(str(body["id"]), body))
    return Answer(200 if old else 201, resource.shown())


def get_group(call: Call) -> Answer:
    return Answer(200, call.group().shown())


def head_group(call: Call) -> Answer:
    """204 where it is, 404 without a body where it is not."""
    found = call.state.store.get(ids.group_id(call.subscription, call.parameters["resourceGroupName"]))
    return Answer(204 if found else 404)


def patch_group(call: Call) -> Answer:
    group = call.group()
    naming.check_tags(call.body.get("tags", {}))
    if "tags" in call.body:
        group.body["tags"] = call.body["tags"]
    return Answer(200, call.state.store.put(group).shown())


def delete_group(call: Call) -> Answer:
    """Everything in it goes with it."""
    group = call.group()
    group.properties["provisioningState"] = "Deleting"
    call.state.store.put(group)
    return accepted(call, call.begin(group.id, "group gone", "group", group.body["location"]))


def list_groups(call: Call) -> Answer:
    """All groups; `$filter` knows tagName and tagValue."""
    found = call.state.store.list(KIND, call.subscription)
    words = dict(part.strip().split(" eq ") for part in call.query.get("$filter", "").split(" and ") if " eq " in part)
    name, value = (words.get(key, "''").strip("'") for key in ("tagName", "tagValue"))
    if name:
        found = [
            one
            for one in found
            if value in (one.body.get("tags", {}).get(name), "") and name in one.body.get("tags", {})
        ]
    return page(call, found)


def list_resources(call: Call) -> Answer:
    """Everything in a group or in the subscription, as ARM itself knows it: without properties."""
    group = call.group().at.name if "resourceGroupName" in call.parameters else None
    found = list(call.state.store.members(call.subscription, group))
    return page(call, found, lambda one: one.shown_as("arm", lambda: _generic(one)))


def _generic(resource: Resource) -> dict[str, Any]:
    return {
        key: resource.body[key]
        for key in ("id", "name", "type", "location", "tags", "zones", "sku")
        if key in resource.body
    }


def list_subscriptions(call: Call) -> Answer:  # noqa: ARG001  (they are all ours)
    return Answer(200, {"value": [_subscription(one) for one in SUBSCRIPTIONS], "count": _count(len(SUBSCRIPTIONS))})


def get_subscription(call: Call) -> Answer:
    return Answer(200, _subscription(call.subscription))


def _count(number: int) -> dict[str, Any]:
    return {"type": "Total", "value": number}


def _subscription(subscription: str) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{subscription}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": subscription,
        "tenantId": TENANT,
        "displayName": SUBSCRIPTIONS[subscription],
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    }


def list_tenants(call: Call) -> Answer:  # noqa: ARG001  (there is one)
    return Answer(200, {"value": [{"id": f"/tenants/{TENANT}", "tenantId": TENANT, "displayName": "sandbox"}]})


def list_locations(call: Call) -> Answer:
    """The regions with their zones, as the logical zones of this subscription."""
    found = []
    for name, (display, zones) in LOCATIONS.items():
        location: dict[str, Any] = {
            "id": f"/subscriptions/{call.subscription}/locations/{name}",
            "name": name,
            "type": "Region",
            "displayName": display,
            "regionalDisplayName": f"({display.split()[-1]}) {display}",
            "metadata": {"regionType": "Physical", "regionCategory": "Recommended"},
        }
        if zones:
            location["availabilityZoneMappings"] = [
                {"logicalZone": zone, "physicalZone": f"{name}-az{zone}"} for zone in zones
            ]
        found.append(location)
    return Answer(200, {"value": found})


def list_providers(call: Call) -> Answer:
    return Answer(200, {"value": [_provider(call, name) for name in PROVIDERS]})


def get_provider(call: Call) -> Answer:
    """One provider; all of ours are registered, and stay so."""
    named = call.parameters["resourceProviderNamespace"]
    for name in PROVIDERS:
        if name.lower() == named.lower():
            return Answer(200, _provider(call, name))
    raise ArmError("InvalidResourceNamespace", f"The resource namespace '{named}' is invalid.", 404)


def _provider(call: Call, name: str) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{call.subscription}/providers/{name}",
        "namespace": name,
        "registrationState": "Registered",
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": [],
    }


HANDLERS = {
    "ResourceGroups_CreateOrUpdate": put_group,
    "ResourceGroups_Get": get_group,
    "ResourceGroups_CheckExistence": head_group,
    "ResourceGroups_Update": patch_group,
    "ResourceGroups_Delete": delete_group,
    "ResourceGroups_List": list_groups,
    "Resources_List": list_resources,
    "Resources_ListByResourceGroup": list_resources,
    "Subscriptions_List": list_subscriptions,
    "Subscriptions_Get": get_subscription,
    "Subscriptions_ListLocations": list_locations,
    "Tenants_List": list_tenants,
    "Providers_List": list_providers,
    "Providers_Get": get_provider,
    "Providers_Register": get_provider,
    "Providers_Unregister": get_provider,
}
