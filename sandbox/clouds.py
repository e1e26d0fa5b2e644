"""What differs between the emulated clouds before a server runs: ports, regions, and how a client is pointed at one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cloud:
    """One emulated cloud. ``variables`` are what its clients read, for an endpoint, a region and a state directory."""

    name: str
    port: int
    region: str
    regions: re.Pattern[str]
    variables: Callable[[str, str, Path], dict[str, str]]
    #: Variables that would lead a client to the person's own account.
    unset: tuple[str, ...]
    scheme: str = "http"

    def endpoint(self, port: int) -> str:
        return f"{self.scheme}://127.0.0.1:{port}"

    def trust(self, state: Path) -> Path | None:
        """The certificate authority that a client must trust; None where none is needed."""
        return state / self.name / "ca.pem" if self.scheme == "https" else None


def _aws(endpoint: str, region: str, state: Path) -> dict[str, str]:  # noqa: ARG001  (any credentials will do)
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _gcp(endpoint: str, region: str, state: Path) -> dict[str, str]:
    return {
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE": f"{endpoint}/compute/v1/",
        "GOOGLE_APPLICATION_CREDENTIALS": str(state / "gcp" / "credentials.json"),
        "GOOGLE_CLOUD_PROJECT": "sandbox-project",
        "CLOUDSDK_CORE_PROJECT": "sandbox-project",
        "CLOUDSDK_COMPUTE_REGION": region,
    }


#: Ids that open nothing; the server takes these and no others.
AZURE_IDS = {
    "AZURE_TENANT_ID": "00000000-0000-4000-8000-00000000000a",
    "AZURE_CLIENT_ID": "00000000-0000-4000-8000-00000000000b",
    "AZURE_CLIENT_SECRET": "sandbox",
    "AZURE_SUBSCRIPTION_ID": "00000000-0000-4000-8000-000000000001",
}


def _azure(endpoint: str, region: str, state: Path) -> dict[str, str]:  # noqa: ARG001  (Azure knows no default location)
    return {
        "ARM_RESOURCE_MANAGER_ENDPOINT": endpoint,
        "AZURE_AUTHORITY_HOST": endpoint,
        **AZURE_IDS,
        "REQUESTS_CA_BUNDLE": str(state / "azure" / "ca.pem"),
    }


CLOUDS = {
    cloud.name: cloud
    for cloud in (
        Cloud(
            "aws", 4566, "us-east-1", re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d+"), _aws,
            ("AWS_PROFILE", "AWS_SESSION_TOKEN"),
        ),
        Cloud(
            "gcp", 4567, "us-central1", re.compile(r"[a-z]+(-[a-z]+)+\d+"), _gcp,
            ("CLOUDSDK_ACTIVE_CONFIG_NAME", "CLOUDSDK_AUTH_ACCESS_TOKEN"),
        ),
        Cloud(
            "azure", 4568, "eastus", re.compile(r"[a-z]+\d*"), _azure,
            ("AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_USERNAME", "AZURE_PASSWORD"), "https",
        ),
    )
}  # fmt: skip
