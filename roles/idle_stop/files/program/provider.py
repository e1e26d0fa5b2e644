"""The cloud: what a stop would mean for this very machine, and the stop itself."""

from __future__ import annotations

import json
import ssl
import subprocess
import urllib.parse

import ask
from ask import Blind, Refused

#: Azure Resource Manager by the name that the metadata service has for the cloud.
MANAGERS = {
    "AzurePublicCloud": "https://management.azure.com",
    "AzureUSGovernmentCloud": "https://management.usgovcloudapi.net",
    "AzureChinaCloud": "https://management.chinacloudapi.cn",
}
INSTANCE_VERSION, TOKEN_VERSION, COMPUTE_VERSION = "2021-02-01", "2018-02-01", "2024-07-01"
#: AWS's words for instances that a shutdown from within would end, or for which a stop saves nothing.
LIFE_CYCLES = {
    "spot": "this is a spot instance, which a shutdown would terminate with its disk",
    "capacity-block": "this instance is in a capacity block, which is paid in advance: a stop would save nothing",
}


def refusals(settings: dict) -> list:
    """Why a stop would lose the machine, or save nothing; empty where it is right. Raises Blind where that cannot be seen."""
    if settings["action"] == "command":
        return []
    if settings["cloud"] == "aws":
        return [LIFE_CYCLES[word] for word in [life_cycle(settings)] if word in LIFE_CYCLES]
    if settings["action"] == "deallocate":
        about = instance(settings)
        local = about.get("storageProfile", {}).get("osDisk", {}).get("diffDiskSettings", {}).get("option") == "Local"
        return ["the machine's system disk is an ephemeral one, which cannot be deallocated"] if local else []
    return []


def life_cycle(settings: dict) -> str:
    """on-demand, spot, scheduled or capacity-block, by the instance metadata service, version 2."""
    base = settings["metadata_url"]
    try:
        token = ask.web(f"{base}/latest/api/token", {"X-aws-ec2-metadata-token-ttl-seconds": "60"}, method="PUT")
        return ask.web(f"{base}/latest/meta-data/instance-life-cycle", {"X-aws-ec2-metadata-token": token}).strip()
    except (Blind, Refused):
        # Turned off, or kept from the machine. The role has refused a spot instance by the inventory's word.
        return settings["market"]


def instance(settings: dict) -> dict:
    """What Azure's metadata service says of the VM."""
    url = f"{settings['metadata_url']}/metadata/instance/compute?api-version={INSTANCE_VERSION}"
    try:
        return json.loads(ask.web(url, {"Metadata": "true"}))
    except (Refused, ValueError) as error:
        raise Blind(f"Azure's metadata service does not say which VM this is: {error}") from error


def manager(settings: dict, about: dict) -> str:
    found = settings["endpoint_url"] or MANAGERS.get(about.get("azEnvironment", ""), "")
    if not found:
        raise Refused(
            f"the address of Azure Resource Manager in {about.get('azEnvironment')} is not known: set idle_stop_endpoint_url"
        )
    return found.rstrip("/")


def token(settings: dict, base: str) -> str:
    """A token of the VM's own managed identity."""
    query = {"api-version": TOKEN_VERSION, "resource": f"{base}/"}
    if settings["identity"]:
        query["client_id"] = settings["identity"]
    url = f"{settings['metadata_url']}/metadata/identity/oauth2/token?{urllib.parse.urlencode(query)}"
    try:
        return json.loads(ask.web(url, {"Metadata": "true"}))["access_token"]
    except (ValueError, KeyError, TypeError) as error:
        raise Blind(f"Azure's metadata service gives no token: {type(error).__name__} {error}") from error


def arm(settings: dict, method: str, verb: str = "") -> str:
    """Call Azure Resource Manager about this VM, in its own name."""
    about = instance(settings)
    base = manager(settings, about)
    headers = {"Authorization": f"Bearer {token(settings, base)}"}
    trust = ssl.create_default_context(cafile=settings["ca_bundle"] or None)
    url = f"{base}{about['resourceId']}{verb}?api-version={COMPUTE_VERSION}"
    return ask.web(url, headers, method=method, body=b"" if method == "POST" else None, trust=trust, direct=False)


def prove(settings: dict) -> str:
    """Whether the stop will be possible, as far as that shows without doing it; "" or the reason against it."""
    try:
        if settings["action"] == "deallocate":
            arm(settings, "GET")
        reasons = refusals(settings)
    except (Blind, Refused) as error:
        return str(error)
    return "; ".join(reasons)


def stop(settings: dict) -> None:
    """Do it. Raises Refused or Blind with the reason where it is not even begun."""
    if settings["action"] == "deallocate":
        arm(settings, "POST", "/deallocate")
    elif settings["action"] == "command":
        done = subprocess.run(["/bin/sh", "-c", settings["command"]], capture_output=True, text=True, check=False)  # noqa: S603 - the user's own
        if done.returncode:
            raise Refused(
                f"{settings['command']!r} ended with {done.returncode}: {(done.stderr or done.stdout).strip()[:300]}"
            )
    else:
        ask.program("systemctl", "poweroff", seconds=60)
