# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way to Compute Engine: credentials, retries and the translation of errors. The only file that imports google-auth."""

from __future__ import annotations

import datetime
import email.utils
import os
import random
import re
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from ...model.error import CloudError, InvalidOption
from ..interface import USER_AGENT
from .errors import error_of, operation_error, passes_by
from .methods import METHODS, Method
from .shape_table import REGIONS

PUBLIC_ENDPOINT = "https://compute.googleapis.com/compute/v1/"
NO_ANSWER = "connection"  # at the end of the sentence
GLOBAL = "global"  # the region of what has none
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
# gcloud's own variables, and those that Google's libraries read.
ENDPOINT_VARIABLE = "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE"
REGION_VARIABLE = "CLOUDSDK_COMPUTE_REGION"
PROJECT_VARIABLE = "GOOGLE_CLOUD_PROJECT"
PROJECT_ID = re.compile(r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]")

# Throttled calls are repeated this often: with a third of all calls refused, one in 170,000 still fails.
ATTEMPTS = 10
PARALLEL_CALLS = 16
LONGEST_PAUSE = 32.0
CONNECT_SECONDS = 10.0
# operations.wait answers after two minutes at most.
# https://cloud.google.com/compute/docs/reference/rest/v1/zoneOperations/wait (read 2026-11)
READ_SECONDS = 150.0
NO_CREDENTIALS = (
    "no Google credentials were found; run 'gcloud auth application-default login', or set GOOGLE_APPLICATION_CREDENTIALS "
    "to the file of a service account"
)


class GcpSession:
    """One HTTP session, one token, for one project, one region and one run."""

    def __init__(self, http: Any, project: str, region: str, endpoint: str = PUBLIC_ENDPOINT, turn: Any = None) -> None:
        self.http, self.project, self.region, self.endpoint = http, project, region, endpoint
        self._turn = turn or threading.Lock()
        self.server_time = datetime.datetime.now(datetime.UTC)

    def call(
        self, method: str, body: Any = None, attempts: int = ATTEMPTS, seconds: float = READ_SECONDS, **params: Any
    ) -> dict[str, Any]:
        """One API call by its name in the API's discovery document; `params` are those of its path and its query.

        What changes something has a request id, so that a repetition after a lost answer does it once. An answer is
        waited for so many seconds, so many times. Raises CloudError.
        """
        described = METHODS[method]
        if described.takes_request_id:
            params.setdefault("requestId", str(uuid.uuid4()))
        url, query = self._address(described, params)
        for attempt in range(1, attempts + 1):
            answer = self._send(method, described, url, query, body, seconds)
            if not isinstance(answer, CloudError) and answer.status_code < 400:
                self._note_time(answer.headers.get("Date"))
                return dict(answer.json()) if answer.content else {}
            error = answer if isinstance(answer, CloudError) else error_of(answer, method, self.project)
            if attempt == attempts or not passes_by(answer, error, attempt):
                raise error
            time.sleep(_pause(answer, attempt))
        raise AssertionError("the last attempt returns or raises")

    def _note_time(self, date: str | None) -> None:
        """The server's clock, against which its operations are dated; this machine's may be wrong."""
        try:
            self.server_time = email.utils.parsedate_to_datetime(str(date))
        except ValueError:
            self.server_time = datetime.datetime.now(datetime.UTC)

    def _address(self, method: Method, params: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        words = {"project": self.project, "region": self.region, **params}
        path = method.path.format(**words)
        return self.endpoint + path, {k: v for k, v in params.items() if f"{{{k}}}" not in method.path}

    def _send(self, name: str, method: Method, url: str, query: Mapping[str, Any], body: Any, seconds: float) -> Any:
        """The answer, or a CloudError where there was none."""
        import requests
        from google.auth.exceptions import GoogleAuthError, TransportError

        try:
            self._authorize()
            return self.http.request(method.verb, url, params=query, json=body, timeout=(CONNECT_SECONDS, seconds))
        except (requests.ConnectionError, requests.Timeout, TransportError) as error:
            return CloudError("failed", f"no answer from {self.endpoint}: {error} ({NO_ANSWER})", "gcp", name)
        except GoogleAuthError as error:
            if error.retryable:
                return CloudError("failed", f"no token from Google: {error} ({NO_ANSWER})", "gcp", name)
            raise CloudError(
                "not_authorized", f"Google did not accept the credentials: {error}", "gcp", name
            ) from error
        except requests.RequestException as error:
            raise CloudError("failed", str(error), "gcp", name) from error

    def _authorize(self) -> None:
        """One token for all threads: google-auth itself would fetch one in each of them."""
        from google.auth.transport.requests import Request

        with self._turn:
            if not self.http.credentials.valid:
                self.http.credentials.refresh(Request())

    def pages(self, method: str, **params: Any) -> Iterator[dict[str, Any]]:
        """The pages of a list."""
        while True:
            answer = self.call(method, **params)
            yield answer
            if not answer.get("nextPageToken"):
                return
            params["pageToken"] = answer["nextPageToken"]

    def items(self, method: str, **params: Any) -> Iterator[Any]:
        """Everything in a plain list, page by page."""
        for page in self.pages(method, **params):
            yield from page.get("items", ())

    def done(self, method: str, body: Any = None, **params: Any) -> dict[str, Any]:
        """A call that changes something, and the end of the operation that it began."""
        return self.wait(self.call(method, body, **params))

    def wait(self, operation: Mapping[str, Any], timeout: float = 600) -> dict[str, Any]:
        """Wait at the server, not in a loop of looks. Raises CloudError for an operation that failed or did not end."""
        ended = dict(operation)
        deadline = time.monotonic() + timeout
        while ended["status"] != "DONE":
            began = time.monotonic()
            if began >= deadline:
                detail = f"after {timeout:g} s the operation {ended['name']} is {ended['status']}"
                raise CloudError(
                    "timed_out", detail, "gcp", f"{ended.get('operationType')}", last(ended.get("targetLink"))
                )
            ended = self._wait_once(ended, deadline - began)
            if ended["status"] != "DONE" and time.monotonic() - began < 1:
                time.sleep(1)  # a busy server answers at once
        error = operation_error(ended, self.project)
        if error:
            raise error
        return ended

    def _wait_once(self, operation: dict[str, Any], remaining: float) -> dict[str, Any]:
        """The operation as it is later. Close to the deadline nobody waits for the answer as long as it may take."""
        place = {"operation": operation["name"]}
        if operation.get("zone"):
            method, place["zone"] = "zoneOperations.wait", last(operation["zone"])
        elif operation.get("region"):
            method, place["region"] = "regionOperations.wait", last(operation["region"])
        else:
            method = "globalOperations.wait"
        if remaining >= READ_SECONDS:
            return self.call(method, **place)
        try:
            return self.call(method, attempts=1, seconds=remaining, **place)
        except CloudError as error:
            if NO_ANSWER in error.detail or error.code == "throttled":
                return operation
            raise

    def together(self, calls: Iterable[Callable[[], Any]]) -> list[Any]:
        """Run calls that the API only offers one resource at a time, side by side; the first error is raised at the end."""
        with ThreadPoolExecutor(PARALLEL_CALLS) as pool:
            futures = [pool.submit(call) for call in calls]
        return [future.result() for future in futures]


def last(url: Any) -> str:
    """The name at the end of a resource's address."""
    return str(url or "").rsplit("/", 1)[-1]


def path(link: str) -> str:
    """The address of a resource below the service's own, which Google writes with more than one host."""
    return "projects/" + link.partition("/projects/")[2] if "/projects/" in link else link


def scoped(page: Mapping[str, Any], kind: str) -> Iterator[Mapping[str, Any]]:
    """The resources of a page of an aggregated list, of all zones."""
    for scope in page.get("items", {}).values():
        yield from scope.get(kind, ())


def _pause(answer: Any, attempt: int) -> float:
    """As long as Retry-After says, else growing pauses with some dice, so that many clients do not come back together. Seconds."""
    value = "" if isinstance(answer, CloudError) else answer.headers.get("Retry-After", "")
    if value.isdigit():
        return float(value)
    return float(min(2 ** (attempt - 1), LONGEST_PAUSE) * random.uniform(0.5, 1))  # noqa: S311


def connect(placement: Any, regional: bool = True) -> GcpSession:
    """Open a session for the options `project`, `region`, `impersonate_service_account` and `endpoint_url`, without any call.

    What is not `regional` needs no region, but takes one. Raises CloudError `missing_library` or `not_authorized`,
    InvalidOption for a project or region that cannot be.
    """
    wanted = placement.region or os.environ.get(REGION_VARIABLE)
    region = checked_region(wanted, placement.endpoint_url) if regional or wanted else GLOBAL
    account = open_account(placement.impersonate_service_account, placement.endpoint_url)
    project = placement.project or os.environ.get(PROJECT_VARIABLE) or account.project
    return account.session_in(checked_project(project), region)


def checked_region(region: str | None, endpoint_url: str | None, option: str = "region") -> str:
    """The region, if it is one of Google's. A private endpoint may have names of its own. Raises InvalidOption."""
    known = REGIONS.split()
    looks_like_google = re.fullmatch(r"[a-z]+-[a-z]+\d+", region or "")
    if not region or (region not in known and (looks_like_google or not endpoint_url)):
        raise InvalidOption(option, region, f"set it, or {REGION_VARIABLE}, to one of: {', '.join(known)}")
    return region


def checked_project(project: str | None, option: str = "project") -> str:
    """Raises InvalidOption for what cannot be the id of a project."""
    if not project or not PROJECT_ID.fullmatch(project):
        said = (
            "the id of a project is expected, 6 to 30 lower-case letters, digits and hyphens, not its title or number"
        )
        raise InvalidOption(option, project, f"{said}; unset means {PROJECT_VARIABLE}, then the credentials' own")
    return project


@dataclass(frozen=True)
class GcpAccount:
    """One set of credentials, from which the sessions of its projects are opened; they share connections and token."""

    http: Any
    project: str | None
    endpoint: str
    turn: Any = field(default_factory=threading.Lock)

    def session_in(self, project: str, region: str) -> GcpSession:
        return GcpSession(self.http, project, region, self.endpoint, self.turn)

    def headers(self) -> dict[str, str]:
        """What a request to another of Google's APIs has to carry. Raises CloudError `not_authorized`."""
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import Request

        try:
            if not self.http.credentials.valid:
                self.http.credentials.refresh(Request())
        except GoogleAuthError as error:
            raise CloudError("not_authorized", f"Google did not accept the credentials: {error}", "gcp") from error
        headers = {"Authorization": f"Bearer {self.http.credentials.token}"}
        # A user's own credentials have to name the project that the calls are counted for.
        project = getattr(self.http.credentials, "quota_project_id", None)
        return headers | ({"x-goog-user-project": project} if project else {})


def open_account(impersonate: str | None, endpoint_url: str | None) -> GcpAccount:
    """Application default credentials, or another service account's through them.

    Raises CloudError `missing_library` or `not_authorized`.
    """
    auth, transport, adapters = _libraries()
    from google.auth.exceptions import GoogleAuthError

    try:
        credentials, project = auth.default(scopes=[SCOPE])
    except (GoogleAuthError, ValueError, OSError) as error:
        raise CloudError("not_authorized", f"{NO_CREDENTIALS} ({error})", "gcp") from error
    if impersonate:
        credentials = _impersonated(credentials, impersonate)
    # Its own repetition after a 401 is enough for a token that ran out; all else is repeated here.
    http = transport.AuthorizedSession(credentials)
    pool = adapters.HTTPAdapter(pool_connections=4, pool_maxsize=PARALLEL_CALLS)
    http.mount("https://", pool)
    http.mount("http://", pool)
    http.headers["User-Agent"] = USER_AGENT
    endpoint = endpoint_url or os.environ.get(ENDPOINT_VARIABLE) or PUBLIC_ENDPOINT
    return GcpAccount(http, project, _with_path(endpoint))


def _with_path(endpoint: str) -> str:
    """gcloud's variable holds the path too; an address without one means the same place."""
    slashed = endpoint.rstrip("/") + "/"
    return slashed if slashed.endswith("/compute/v1/") else f"{slashed}compute/v1/"


def _impersonated(source: Any, service_account: str) -> Any:
    from google.auth import impersonated_credentials

    return impersonated_credentials.Credentials(
        source_credentials=source, target_principal=service_account, target_scopes=[SCOPE]
    )


def _libraries() -> tuple[Any, Any, Any]:
    """google.auth, its transport and the adapters of requests."""
    try:
        import google.auth
        import google.auth.transport.requests
        import requests.adapters
    except ImportError as error:
        raise CloudError(
            "missing_library",
            f"google-auth or requests is missing for {sys.executable}; "
            f"install them with: {sys.executable} -m pip install google-auth requests",
            "gcp",
        ) from error
    return google.auth, google.auth.transport.requests, requests.adapters
