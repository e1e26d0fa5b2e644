# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way to Azure: credentials, retries, long-running operations. The only file that imports the SDK.

It stands on the runtime that all of Microsoft's Python SDKs share (azure-core, azure-mgmt-core, azure-identity) and sends
plain JSON. The generated packages for compute and network would add a second of import and 45 MB for models that we do
not need; see docs/decisions.md.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import urlsplit

from ...model.error import CloudError, InvalidOption
from ..interface import USER_AGENT
from .errors import AzureError, failure_in, is_busy, translated
from .operations import OPERATIONS

PUBLIC = "https://management.azure.com"
# Where the other clouds of Microsoft let people in. https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure
AUTHORITIES = {
    "management.azure.com": "login.microsoftonline.com",
    "management.usgovcloudapi.net": "login.microsoftonline.us",
    "management.chinacloudapi.cn": "login.chinacloudapi.cn",
}
# Throttled calls are repeated this often: with a third of all calls refused, one in 170,000 still fails.
ATTEMPTS = 10
PARALLEL_CALLS = 8
# Seconds. What takes Azure long it does after it has answered.
CONNECTION_TIMEOUT, READ_TIMEOUT = 15, 90
# Seconds between asking again where Azure names no time.
PAUSES = (1.0, 1.0, 2.0, 3.0, 5.0)
LONGEST_PAUSE = 10.0
# What says nothing of the operation whose result was asked for: rights, and the rate of asking.
NO_ANSWER = (401, 403, 408, 429)
RETRIED = frozenset({"DELETE", "GET", "PATCH", "POST", "PUT"})  # repeating any call of ours comes to the same
NO_CREDENTIALS_FOUND = (
    "no Azure credentials were found; run 'az login', set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET, "
    "or give the machine a managed identity"
)


@dataclass(frozen=True)
class Answer:
    """One answer. `operation` and `resource` say what was asked.

    `stands_in` says that the answer was lost and `body` is the resource as it was then found: the address of the
    operation is not known, and the resource itself says how it ends.
    """

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    operation: str = ""
    resource: str = ""
    stands_in: bool = False


class AzureSession:
    """One pipeline with one set of credentials, for one subscription and resource group."""

    def __init__(self, client: Any, subscription: str, group: str = "") -> None:
        self.client, self.subscription, self.group = client, subscription, group

    # names

    @property
    def root(self) -> str:
        return f"/subscriptions/{self.subscription}"

    @property
    def group_id(self) -> str:
        return f"{self.root}/resourceGroups/{self.group}"

    def id_of(self, kind: str, name: str = "") -> str:
        """The id of a resource of the group, or of all of that kind."""
        return f"{self.group_id}/providers/{kind}" + (f"/{name}" if name else "")

    def everywhere(self, kind: str) -> str:
        """All resources of that kind in the subscription."""
        return f"{self.root}/providers/{kind}"

    # calls

    def call(
        self,
        operation: str,
        resource: str,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One call by its OpenAPI name on a resource id. Raises CloudError."""
        known = OPERATIONS[operation]
        params = {**(query or {}), "api-version": known.version}
        for pause in (*PAUSES, LONGEST_PAUSE, None):
            try:
                return self._send(known.method, resource + known.suffix, operation, resource, body, params, headers)
            except AzureError as error:
                if pause is None or not is_busy(error):
                    raise
                time.sleep(pause)
        raise AssertionError  # the loop ends with a return or a raise

    def _send(
        self,
        method: str,
        url: str,
        operation: str,
        resource: str,
        body: Any = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        from azure.core.exceptions import AzureError as SdkError
        from azure.core.exceptions import ClientAuthenticationError
        from azure.core.rest import HttpRequest

        more = {"json": body} if body is not None else {}
        address = url if url.startswith("https://") else self.client.format_url(url)
        request = HttpRequest(method, address, params=dict(params or {}), headers=dict(headers or {}), **more)
        try:
            response = self.client.send_request(request, retry_on_methods=RETRIED)
        except ClientAuthenticationError as error:
            raise AzureError("not_authorized", _first_lines(error), "azure", operation) from error
        except SdkError as error:
            raise AzureError("failed", _first_lines(error), "azure", operation) from error
        answer = Answer(response.status_code, _parsed(response, operation), response.headers, operation, resource)
        if answer.status >= 400:
            raise translated(answer.body, answer.status, operation, resource.rsplit("/", maxsplit=1)[-1])
        return answer

    def pages(self, operation: str, resource: str, query: Mapping[str, str] | None = None) -> Iterator[Any]:
        """All items, page by page; Azure decides how many are on one. The next page's address is Azure's own."""
        answer = self.call(operation, resource, query=query)
        while True:
            yield from answer.body.get("value", ())
            following = answer.body.get("nextLink")
            if not following:
                return
            answer = self._send("GET", following, operation, resource)

    def together(self, calls: Iterable[Callable[[], Any]]) -> list[Any]:
        """Run calls side by side; the first error is raised at the end."""
        results = self.attempted(calls)
        for result in results:
            if isinstance(result, CloudError):
                raise result
        return results

    def attempted(self, calls: Iterable[Callable[[], Any]]) -> list[Any]:
        """Run calls side by side; in the place of a result that could not be had stands its CloudError."""

        def attempt(call: Callable[[], Any]) -> Any:
            try:
                return call()
            except CloudError as error:
                return error

        with ThreadPoolExecutor(PARALLEL_CALLS) as pool:
            return list(pool.map(attempt, calls))

    # long-running operations

    def finish(self, answers: Sequence[Any], patience: float) -> list[CloudError | None]:
        """Wait for the operations behind the answers, all at once, each asked no more often than Azure says.

        What is a CloudError already stays one. Gives the error of each that failed. `patience` in seconds.
        """
        ends: list[CloudError | None] = [answer if isinstance(answer, CloudError) else None for answer in answers]
        start = time.monotonic()
        polls = {n: Poll.after(answer, start) for n, answer in enumerate(answers) if isinstance(answer, Answer)}
        waiting = {n: poll for n, poll in polls.items() if poll}
        while waiting:
            now = time.monotonic()
            ready = [n for n, poll in waiting.items() if poll.due <= now]
            if not ready:
                if now - start > patience:
                    break
                time.sleep(max(min(poll.due for poll in waiting.values()) - now, 0.01))
                continue
            for n, end in zip(ready, self.attempted([lambda n=n: self._look(waiting[n]) for n in ready]), strict=True):  # type: ignore[misc]
                if isinstance(end, Poll):
                    if end.trouble and end.trouble.code == "not_authorized":
                        raise end.trouble
                    waiting[n] = end
                else:
                    ends[n] = end
                    del waiting[n]
        for poll in waiting.values():
            trouble = f"; asking for it: {poll.trouble}" if poll.trouble else ""
            detail = f"Azure was not done after {patience:g} s{trouble}"
            raise CloudError("timed_out", detail, "azure", poll.operation, poll.resource)
        return ends

    def _look(self, poll: Poll) -> Poll | CloudError | None:
        """The poll to come, or how the operation ended. That it cannot be asked for is no end: the VM may be on its way."""
        try:
            answer = self._send("GET", poll.url, poll.operation, poll.resource)
        except AzureError as error:
            if poll.is_end(error):
                return error
            return replace(poll.again({}, time.monotonic()), trouble=error)
        status = poll.status_in(answer.body)
        if status in ("Failed", "Canceled"):
            said = failure_in(answer.body) if poll.of == "resource" else answer.body
            return translated(said, 0, poll.operation, poll.resource.rsplit("/", maxsplit=1)[-1])
        if status == "Succeeded" or (status is None and answer.status != 202):
            return None
        return poll.again(answer.headers, time.monotonic())

    def done(self, answers: Sequence[Any], patience: float) -> None:
        """As `finish`, but the first error is raised."""
        for error in self.finish(answers, patience):
            if error:
                raise error

    def gone(self, operation: str, resource: str, patience: float) -> None:
        """Delete and wait for the end; already gone is success."""
        try:
            self.done([self.call(operation, resource)], patience)
        except CloudError as error:
            if error.code != "not_found":
                raise


@dataclass(frozen=True)
class Poll:
    """When and where to ask how an operation is doing: at an address `of` the operation, of its result, or of the resource.

    https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations (read 2026-11)
    """

    url: str
    of: Literal["operation", "result", "resource"]
    due: float
    operation: str
    resource: str
    turn: int = 0
    trouble: CloudError | None = None

    @classmethod
    def after(cls, answer: Answer, now: float) -> Poll | None:
        """None for an answer that is final already."""
        due = now + _pause(answer.headers, 0)
        if answer.stands_in:
            known = OPERATIONS["VirtualMachines_Get"]
            itself = f"{answer.resource}?api-version={known.version}&$expand=instanceView"
            making = _provisioning(answer.body) == "Creating"
            return cls(itself, "resource", due, answer.operation, answer.resource) if making else None
        address = answer.headers.get("Azure-AsyncOperation")
        url = address or (answer.headers.get("Location") if answer.status in (201, 202) else None)
        if not url:
            return None
        return cls(url, "operation" if address else "result", due, answer.operation, answer.resource)

    def again(self, headers: Mapping[str, str], now: float) -> Poll:
        turn = self.turn + 1
        return replace(self, due=now + _pause(headers, turn), turn=turn, trouble=None)

    def status_in(self, body: Any) -> Any:
        """`Succeeded`, `Failed`, `Canceled` or a word for going on; None where only the HTTP status tells."""
        if self.of == "result" or not isinstance(body, Mapping):
            return None
        return _provisioning(body) if self.of == "resource" else body.get("status")

    def is_end(self, error: AzureError) -> bool:
        """Whether a refused question is the operation's end, because its result, or the resource, is what was asked for."""
        if error.code == "not_found" and self.operation.endswith("_Delete"):
            return True
        return self.of != "operation" and 400 <= error.status < 500 and error.status not in NO_ANSWER


def _provisioning(body: Mapping[str, Any]) -> Any:
    return body.get("properties", {}).get("provisioningState")


def _pause(headers: Mapping[str, str], turn: int) -> float:
    """Seconds: what Azure asks for, else growing."""
    value = headers.get("Retry-After", "")
    return float(value) if value.isdigit() else PAUSES[turn] if turn < len(PAUSES) else LONGEST_PAUSE


def _parsed(response: Any, operation: str) -> Any:
    if not response.content:
        return {}
    try:
        return response.json()
    except ValueError as error:
        detail = f"the answer does not come from Azure; check endpoint_url and your proxy (HTTP {response.status_code})"
        raise AzureError("failed", detail, "azure", operation) from error


def _first_lines(error: Exception) -> str:
    """The SDK's credential chain writes a page; its first lines say what was tried."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if "failed to retrieve a token" in lines[0]:
        return f"{NO_CREDENTIALS_FOUND}; tried: {' '.join(lines[1:5])}"
    return " ".join(lines[:3])


# opening


def connect(placement: Any) -> AzureSession:
    """Open a session for `subscription_id`, `resource_group`, `location` and `endpoint_url`, without any call.

    Raises CloudError `missing_library`, InvalidOption for a missing subscription.
    """
    account = open_account(placement.endpoint_url)
    subscription = checked_subscription(placement.subscription_id)
    return AzureSession(account, subscription, placement.resource_group)


def checked_subscription(subscription: str | None, option: str = "subscription_id") -> str:
    found = subscription or os.environ.get("AZURE_SUBSCRIPTION_ID")
    if not found:
        raise InvalidOption(option, None, "set it, or AZURE_SUBSCRIPTION_ID, to one of: az account list")
    return found.lower()


def open_account(endpoint_url: str | None) -> Any:
    """The pipeline to Azure Resource Manager: one connection pool and one token for all calls."""
    endpoint = (endpoint_url or os.environ.get("ARM_RESOURCE_MANAGER_ENDPOINT") or PUBLIC).rstrip("/")
    if not endpoint.startswith("https://"):
        raise InvalidOption("endpoint_url", endpoint, "Azure's tokens travel over TLS only: https://… is expected")
    try:
        from azure.core.pipeline import policies
        from azure.identity import DefaultAzureCredential
        from azure.mgmt.core import ARMPipelineClient
        from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy
    except ImportError as error:
        package = f"{error.name or 'azure-identity'}".replace(".", "-")
        raise CloudError(
            "missing_library",
            f"{package} is missing for {sys.executable}; install it with: {sys.executable} -m pip install azure-identity azure-mgmt-core",
            "azure",
        ) from error
    credential = DefaultAzureCredential(**credential_words(endpoint))
    retry = policies.RetryPolicy(
        retry_total=ATTEMPTS, retry_status=ATTEMPTS, retry_connect=3, retry_read=3, retry_backoff_max=30
    )
    chain = [
        policies.UserAgentPolicy(USER_AGENT),
        policies.ProxyPolicy(),
        policies.RedirectPolicy(),
        retry,
        ARMChallengeAuthenticationPolicy(credential, f"{endpoint}/.default"),
        policies.SensitiveHeaderCleanupPolicy(),  # after the token was set: a redirect to another host goes without it
    ]
    return ARMPipelineClient(endpoint, policies=chain, connection_timeout=CONNECTION_TIMEOUT, read_timeout=READ_TIMEOUT)


def credential_words(endpoint: str) -> dict[str, Any]:
    """What the SDK's credential chain is told: environment, workload identity, managed identity, then the Azure CLI.

    The others take seconds to find out that they are not there. A private cloud has its own authority, which the public
    one knows nothing of.
    """
    usual = AUTHORITIES.get(urlsplit(endpoint).hostname or "")
    authority = os.environ.get("AZURE_AUTHORITY_HOST") or usual
    private = (urlsplit(authority).netloc or authority) not in AUTHORITIES.values() if authority else True
    words: dict[str, Any] = {
        "exclude_shared_token_cache_credential": True,
        "exclude_visual_studio_code_credential": True,
        "exclude_developer_cli_credential": True,
        "exclude_powershell_credential": True,
        "exclude_broker_credential": True,
    }
    if authority:
        words["authority"] = authority
    if private:
        words["disable_instance_discovery"] = True
    return words
