"""Looks at the emulated Azure with nothing but requests. cloud.py show: what exists, as JSON."""

import json
import os
import sys

import requests

here = os.environ
where = f"{here['AZURE_AUTHORITY_HOST']}/{here['AZURE_TENANT_ID']}/oauth2/v2.0/token"
form = {
    "grant_type": "client_credentials",
    "client_id": here["AZURE_CLIENT_ID"],
    "client_secret": here["AZURE_CLIENT_SECRET"],
    "scope": f"{here['ARM_RESOURCE_MANAGER_ENDPOINT']}/.default",
}
token = requests.post(where, form, timeout=60).json()["access_token"]
base = f"{here['ARM_RESOURCE_MANAGER_ENDPOINT']}/subscriptions/{here['AZURE_SUBSCRIPTION_ID']}"


def names(kind: str, version: str) -> list:
    """The ids of all resources of a kind in the subscription."""
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.get(f"{base}/{kind}", {"api-version": version}, headers=headers, timeout=60)
    answer.raise_for_status()
    return [item["id"] for item in answer.json()["value"]]


KINDS = {
    "resourcegroups": "2021-04-01",
    "providers/Microsoft.Compute/virtualMachines": "2024-07-01",
    "providers/Microsoft.Compute/disks": "2024-03-02",
    "providers/Microsoft.Network/networkInterfaces": "2024-05-01",
    "providers/Microsoft.Network/publicIPAddresses": "2024-05-01",
    "providers/Microsoft.Network/networkSecurityGroups": "2024-05-01",
    "providers/Microsoft.Network/virtualNetworks": "2024-05-01",
}
sys.stdout.write(json.dumps({kind: names(kind, version) for kind, version in KINDS.items()}))
