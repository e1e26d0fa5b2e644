# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way to EC2: credentials, retries and the translation of errors. The only file that imports boto3."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ...model.error import CloudError, Code, InvalidOption

# Throttled calls are repeated this often: with a third of all calls refused, one in 170,000 still fails.
ATTEMPTS = 10
PARALLEL_CALLS = 8
# Seconds between looks for a resource that was just made and is not known everywhere yet.
SIGHT_PAUSES = (1.0, 2.0, 4.0)

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (read 2026-11)
CODES: dict[str, Code] = {
    "InsufficientInstanceCapacity": "no_capacity",
    "InsufficientHostCapacity": "no_capacity",
    "InsufficientReservedInstanceCapacity": "no_capacity",
    "InsufficientCapacityOnHost": "no_capacity",
    "ReservationCapacityExceeded": "no_capacity",
    "SpotMaxPriceTooLow": "no_capacity",
    "InsufficientFreeAddressesInSubnet": "no_capacity",
    "Unsupported": "unsupported",
    "UnsupportedOperation": "unsupported",
    "VcpuLimitExceeded": "quota_exceeded",
    "InstanceLimitExceeded": "quota_exceeded",
    "MaxSpotInstanceCountExceeded": "quota_exceeded",
    "AddressLimitExceeded": "quota_exceeded",
    "VpcLimitExceeded": "quota_exceeded",
    "InternetGatewayLimitExceeded": "quota_exceeded",
    "SecurityGroupLimitExceeded": "quota_exceeded",
    "RulesPerSecurityGroupLimitExceeded": "quota_exceeded",
    "VolumeLimitExceeded": "quota_exceeded",
    "SnapshotLimitExceeded": "quota_exceeded",
    "ConcurrentSnapshotLimitExceeded": "quota_exceeded",
    "SnapshotCreationPerVolumeRateExceeded": "throttled",
    "UnauthorizedOperation": "not_authorized",
    "AccessDeniedException": "not_authorized",
    "AuthFailure": "not_authorized",
    "InvalidClientTokenId": "not_authorized",
    "SignatureDoesNotMatch": "not_authorized",
    "ExpiredToken": "not_authorized",
    "RequestExpired": "not_authorized",
    "OptInRequired": "not_authorized",
    "RequestLimitExceeded": "throttled",
    "Throttling": "throttled",
    "ThrottlingException": "throttled",
    "DependencyViolation": "in_use",
    "NoSuchResourceException": "not_found",
    "ResourceNotFoundException": "not_found",
    "LimitExceededException": "quota_exceeded",
}
NO_CREDENTIALS = (
    "CredentialRetrievalError",
    "NoCredentialsError",
    "PartialCredentialsError",
    "SSOTokenLoadError",
    "TokenRetrievalError",
    "UnauthorizedSSOTokenError",
)
NO_CREDENTIALS_FOUND = (
    "no AWS credentials were found; run 'aws configure' or 'aws sso login', set AWS_PROFILE, or use the option profile"
)
SUFFIXES: dict[str, Code] = {".NotFound": "not_found", ".Duplicate": "ambiguous", ".InUse": "in_use"}


def code_of(aws_code: str) -> Code:
    """Our code for one of EC2's."""
    if aws_code in CODES:
        return CODES[aws_code]
    return next((ours for suffix, ours in SUFFIXES.items() if aws_code.endswith(suffix)), "failed")


class Unanswered(CloudError):
    """The connection broke before the answer: whether EC2 did what it was asked to is not known."""


class AwsSession:
    """One client, one set of credentials, for one region and one run."""

    def __init__(self, client: Any, region: str) -> None:
        self.client, self.region = client, region

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        """One API call by its snake_case name. Raises CloudError."""
        from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
        from botocore.parsers import ResponseParserError

        try:
            answer: dict[str, Any] = getattr(self.client, operation)(**params)
        except ClientError as error:
            raise _cloud_error(error, operation) from error
        except HTTPClientError as error:
            raise Unanswered("failed", str(error), "aws", operation) from error
        except BotoCoreError as error:
            code: Code = "not_authorized" if type(error).__name__ in NO_CREDENTIALS else "failed"
            raise CloudError(code, str(error), "aws", operation) from error
        except ResponseParserError as error:
            detail = f"the answer does not come from EC2; check endpoint_url and your proxy: {error}"
            raise CloudError("failed", detail, "aws", operation) from error
        return answer

    def pages(self, operation: str, key: str, **params: Any) -> Iterator[Any]:
        """All items under `key`, page by page."""
        while True:
            answer = self.call(operation, **params)
            yield from answer.get(key, ())
            if not answer.get("NextToken"):
                return
            params["NextToken"] = answer["NextToken"]

    def together(self, calls: Iterable[Callable[[], Any]]) -> list[Any]:
        """Run calls that EC2 only offers one resource at a time, side by side; the first error is raised at the end."""
        with ThreadPoolExecutor(PARALLEL_CALLS) as pool:
            futures = [pool.submit(call) for call in calls]
        return [future.result() for future in futures]


def connect(placement: Any) -> AwsSession:
    """Open a session for the options `region`, `profile` and `endpoint_url`, without any call.

    Raises CloudError `missing_library` or `not_authorized`, InvalidOption for an unknown profile or region.
    """
    account = open_account(placement.profile, placement.endpoint_url)
    return account.session_in(account.checked_region(placement.region or account.default_region))


@dataclass(frozen=True)
class AwsAccount:
    """One profile's credentials and settings, from which the sessions of its regions are opened.

    `core` is the botocore session that `boto3_session` stands on.
    """

    boto3_session: Any
    core: Any
    endpoint_url: str | None = None

    @property
    def default_region(self) -> str | None:
        """AWS_REGION, as for every other AWS tool, which botocore does not read; else AWS_DEFAULT_REGION or the profile's."""
        return os.environ.get("AWS_REGION") or self.boto3_session.region_name

    def checked_region(self, region: str | None, option: str = "region") -> str:
        """The region, if it is one that the SDK knows. A private endpoint may have a name of its own."""
        known = {
            name
            for partition in self.boto3_session.get_available_partitions()
            for name in self.boto3_session.get_available_regions("ec2", partition)
        }
        looks_like_aws = re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", region or "")
        if not region or (region not in known and (looks_like_aws or not self.endpoint_url)):
            raise InvalidOption(option, region, f"set it, or AWS_REGION, to one of: {', '.join(sorted(known))}")
        return region

    def session_in(self, region: str, service: str = "ec2") -> AwsSession:
        """Raises CloudError `not_authorized` if there are no credentials. Not to be called in several threads at once."""
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        try:
            if self.boto3_session.get_credentials() is None:
                raise CloudError("not_authorized", NO_CREDENTIALS_FOUND, "aws")
            retries = Config(
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS}, max_pool_connections=PARALLEL_CALLS
            )
            client = self.boto3_session.client(service, region, endpoint_url=self.endpoint_url, config=retries)
        except BotoCoreError as error:
            raise CloudError("not_authorized", str(error), "aws") from error
        client.meta.events.register_first(f"needs-retry.{service}", honour_retry_after)
        client.meta.events.register_first(f"needs-retry.{service}", await_sight)
        client.meta.events.register_first(f"needs-retry.{service}", take_no_for_an_answer)
        for operation in ("ec2.CreateSnapshots", "dlm.CreateLifecyclePolicy"):
            client.meta.events.register_first(f"needs-retry.{operation}", ask_once)
        return AwsSession(client, region)


def open_account(profile: str | None, endpoint_url: str | None) -> AwsAccount:
    """Raises CloudError `missing_library`, InvalidOption for an unknown profile."""
    boto3 = _boto3()
    from botocore.exceptions import BotoCoreError, ProfileNotFound
    from botocore.session import get_session

    core = get_session()
    try:
        session = boto3.session.Session(botocore_session=core, profile_name=profile)
    except ProfileNotFound as error:
        known = ", ".join(get_session().available_profiles) or "none"
        raise InvalidOption("profile", profile, f"{error}; your AWS configuration has: {known}") from error
    except BotoCoreError as error:
        raise CloudError("not_authorized", str(error), "aws") from error
    return AwsAccount(session, core, endpoint_url)


def _boto3() -> Any:
    try:
        import boto3
    except ImportError as error:
        raise CloudError(
            "missing_library",
            f"boto3 is missing for {sys.executable}; install it with: {sys.executable} -m pip install boto3",
            "aws",
        ) from error
    return boto3


def honour_retry_after(response: Any = None, attempts: int = 1, **_unused: Any) -> float | None:
    """Wait as long as the answer's Retry-After says; without one, botocore's own back-off decides (None).

    botocore ignores the header; it takes the first handler's answer that is not None. Seconds.
    """
    if not response or attempts >= ATTEMPTS or response[0].status_code not in (429, 503):
        return None
    value = response[0].headers.get("Retry-After", "")
    return float(value) if value.isdigit() else None


def take_no_for_an_answer(response: Any = None, operation: Any = None, **_unused: Any) -> None:
    """Do not ask again in a zone that has no room: the next candidate may have it. Raises ClientError.

    EC2 says so with HTTP 500 (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html, "server
    errors"), which botocore's back-off would repeat for minutes. Not every botocore has an answer that ends its asking.
    """
    from botocore.exceptions import ClientError

    code = response[1].get("Error", {}).get("Code", "") if response else ""
    if code_of(code) in ("no_capacity", "quota_exceeded"):
        raise ClientError(response[1], getattr(operation, "name", ""))


def await_sight(response: Any = None, attempts: int = 1, operation: Any = None, **_unused: Any) -> float | None:
    """EC2 may say "not found" of what it made a moment ago; its own advice is to ask again a few times. Seconds.

    https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html (read 2026-11). Not for lists, which are
    looked at again anyway, and not for taking away what may be gone indeed.
    """
    name = getattr(operation, "name", "")
    if not response or attempts > len(SIGHT_PAUSES) or name.startswith(("Describe", "Delete", "Detach", "Revoke")):
        return None
    code = response[1].get("Error", {}).get("Code", "")
    return SIGHT_PAUSES[attempts - 1] if code.endswith(".NotFound") else None


def ask_once(caught_exception: Exception | None = None, **_unused: Any) -> None:
    """What makes something and takes no token is not repeated by botocore when its answer is lost. Raises it as it came."""
    if caught_exception is not None:
        raise caught_exception


def _cloud_error(error: Any, operation: str) -> CloudError:
    aws_code = error.response.get("Error", {}).get("Code", "")
    message = error.response.get("Error", {}).get("Message", str(error))
    return CloudError(code_of(aws_code), f"{message} ({aws_code})", "aws", operation)
