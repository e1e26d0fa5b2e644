"""The way to Compute Engine: credentials and tokens, retries, operations, and a control node without google-auth."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp import session as module
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.session import GcpSession, connect
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError, InvalidOption
from tests.servers import ROOT
from tests.unit.plugins.clouds.gcp.stub import Answer, Stub, google_error, operation, running, service_account

VARIABLES = (
    "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE",
    "CLOUDSDK_COMPUTE_REGION",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_PROJECT",
    "GCLOUD_PROJECT",
)


@pytest.fixture(scope="module")
def stub_server() -> Iterator[Stub]:
    with running() as stub:
        yield stub


@pytest.fixture
def stub(stub_server: Stub) -> Stub:
    stub_server.calls.clear()
    stub_server.tokens = 0
    stub_server.script(Answer())
    return stub_server


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
    return monkeypatch


@pytest.fixture
def session(stub: Stub, clean: pytest.MonkeyPatch, tmp_path: Path) -> GcpSession:
    clean.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(service_account(tmp_path, stub)))
    return connect(place(endpoint_url=stub.endpoint))


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(module.time, "sleep", slept.append)
    return slept


def place(**words: Any) -> Any:
    usual = {"project": None, "region": "us-central1", "impersonate_service_account": None, "endpoint_url": None}
    return SimpleNamespace(**{**usual, **words})


# one session, one token


def test_a_call_as_the_server_sees_it(session: GcpSession, stub: Stub) -> None:
    stub.script(Answer(body={"zones": []}))
    assert session.call("regions.get", fields="zones") == {"zones": []}
    (seen,) = stub.calls
    assert (seen.verb, seen.path, seen.query) == ("GET", "stub-project/regions/us-central1", {"fields": "zones"})
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    assert seen.headers["User-Agent"] == f"aienv.cloud/{version}"
    assert seen.headers["Authorization"] == "Bearer t1"


def test_one_token_for_all_calls_of_a_run_also_side_by_side(session: GcpSession, stub: Stub) -> None:
    session.together(lambda: session.call("regions.get") for _ in range(60))
    session.call("regions.get")
    assert len(stub.calls) == 61
    assert stub.tokens == 1


def test_calls_run_side_by_side(session: GcpSession, stub: Stub) -> None:
    meeting = threading.Barrier(module.PARALLEL_CALLS, timeout=10)

    def answer(_seen: Any) -> Answer:
        meeting.wait()
        return Answer()

    stub.answer = answer
    session.together(lambda: session.call("regions.get") for _ in range(module.PARALLEL_CALLS))


def test_the_error_of_one_of_several_comes_out(session: GcpSession) -> None:
    def fail() -> None:
        raise CloudError("failed", "one of them")

    done: list[int] = []
    with pytest.raises(CloudError, match="one of them"):
        session.together([fail, lambda: done.append(1)])
    assert done == [1]


def test_a_token_that_is_refused_is_fetched_anew_once(session: GcpSession, stub: Stub) -> None:
    stub.script(google_error(401, "authError", "Invalid Credentials"), Answer(body={"ok": 1}))
    assert session.call("regions.get") == {"ok": 1}
    assert stub.tokens == 2


def test_credentials_that_google_refuses_for_good(session: GcpSession, stub: Stub, naps: list[float]) -> None:
    stub.script(google_error(401, "authError", "Invalid Credentials"))
    with pytest.raises(CloudError) as caught:
        session.call("regions.get")
    assert caught.value.code == "not_authorized"
    assert naps == []


# retries

THROTTLED = [
    google_error(429, "rateLimitExceeded", "Too many"),
    google_error(403, "rateLimitExceeded", "Rate Limit Exceeded"),
    google_error(403, "userRateLimitExceeded", "User Rate Limit Exceeded"),
    google_error(503, "backendError", "Try again"),
    google_error(500, "internalError", "Oops"),
    Answer(502, b"<html>"),
    Answer(drop=True),
]


@pytest.mark.parametrize(
    "trouble", THROTTLED, ids=lambda a: "dropped" if a.drop else f"{a.status} {str(a.body)[-40:-4]}"
)
def test_what_passes_by_is_asked_again(session: GcpSession, stub: Stub, naps: list[float], trouble: Answer) -> None:
    stub.script(trouble, trouble, Answer(body={"ok": 1}))
    assert session.call("regions.get") == {"ok": 1}
    assert len(naps) == 2
    assert 0.5 <= naps[0] <= 1 <= naps[1] <= 2


def test_retry_after_is_honoured(session: GcpSession, stub: Stub, naps: list[float]) -> None:
    patient = google_error(429, "rateLimitExceeded", "later")
    patient.headers["Retry-After"] = "7"
    stub.script(patient, patient, Answer())
    session.call("regions.get")
    assert naps == [7, 7]


def test_throttling_without_end_is_an_error_after_ten_attempts(
    session: GcpSession, stub: Stub, naps: list[float]
) -> None:
    stub.script(google_error(403, "rateLimitExceeded", "no"))
    with pytest.raises(CloudError) as caught:
        session.call("regions.get")
    assert caught.value.code == "throttled"
    assert (len(stub.calls), len(naps)) == (10, 9)
    assert max(naps) <= module.LONGEST_PAUSE


def test_no_answer_at_all_is_an_error_that_names_the_address(
    session: GcpSession, stub: Stub, naps: list[float]
) -> None:
    stub.script(Answer(drop=True))
    with pytest.raises(CloudError, match=stub.endpoint):
        session.call("regions.get")
    assert len(naps) == 9


def test_what_changes_something_is_repeated_under_one_request_id(
    session: GcpSession, stub: Stub, naps: list[float]
) -> None:
    stub.script(Answer(drop=True), google_error(503, "backendError", "x"), operation())
    session.call("instances.stop", zone="us-central1-a", instance="vm")
    ids = [seen.query["requestId"] for seen in stub.calls]
    assert len(ids) == 3
    assert len(set(ids)) == 1
    assert uuid.UUID(ids[0])
    session.call("instances.stop", zone="us-central1-a", instance="vm")
    assert stub.calls[-1].query["requestId"] != ids[0]


def test_a_resource_that_is_not_ready_is_asked_for_a_few_times(
    session: GcpSession, stub: Stub, naps: list[float]
) -> None:
    stub.script(google_error(400, "resourceNotReady", "The resource 'lan' is not ready"))
    with pytest.raises(CloudError, match="not ready"):
        session.call("subnetworks.insert", {"name": "lan"})
    assert len(naps) == 6


@pytest.mark.parametrize(
    "refusal",
    [
        google_error(400, "invalid", "Invalid value"),
        google_error(403, "forbidden", "no"),
        google_error(403, "quotaExceeded", "Quota exceeded"),
        google_error(404, "notFound", "not found"),
        google_error(409, "alreadyExists", "already exists"),
        google_error(412, "conditionNotMet", "Labels fingerprint"),
        google_error(503, "insufficientCapacity", "no room"),
    ],
    ids=lambda a: str(a.status),
)
def test_a_no_is_taken_for_an_answer(session: GcpSession, stub: Stub, naps: list[float], refusal: Answer) -> None:
    stub.script(refusal)
    with pytest.raises(CloudError):
        session.call("regions.get")
    assert naps == []


# lists and operations


def test_pages_are_followed_to_the_end(session: GcpSession, stub: Stub) -> None:
    stub.script(
        Answer(body={"items": [1], "nextPageToken": "a"}),
        Answer(body={"nextPageToken": "b"}),
        Answer(body={"items": [3]}),
    )
    assert list(session.items("firewalls.list", maxResults=500)) == [1, 3]
    assert [seen.query.get("pageToken") for seen in stub.calls] == [None, "a", "b"]


def test_an_operation_is_waited_for_at_the_server(session: GcpSession, stub: Stub, naps: list[float]) -> None:
    stub.script(operation("PENDING"), operation("RUNNING"), operation("DONE"))
    session.done("instances.start", zone="us-central1-a", instance="vm")
    paths = [seen.path.removeprefix("stub-project/") for seen in stub.calls]
    assert paths == ["zones/us-central1-a/instances/vm/start"] + ["zones/us-central1-a/operations/operation-1/wait"] * 2
    assert naps == [1]  # the server answered at once that it is not done


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        ({"region": ".../regions/us-central1"}, "regions/us-central1/operations/o/wait"),
        ({}, "global/operations/o/wait"),
    ],
    ids=["region", "global"],
)
def test_operations_of_all_scopes(session: GcpSession, stub: Stub, scope: dict[str, str], path: str) -> None:
    stub.script(Answer(body={"name": "o", "status": "DONE"}))
    session.wait({"name": "o", "status": "RUNNING", **scope})
    assert stub.calls[0].path == f"stub-project/{path}"


def test_an_operation_without_end_is_an_error(
    session: GcpSession, stub: Stub, naps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter(range(0, 100000, 100))
    monkeypatch.setattr(module.time, "monotonic", lambda: next(now))
    stub.script(operation("RUNNING"))
    with pytest.raises(CloudError, match="operation-1 is RUNNING") as caught:
        session.wait(operation("RUNNING").body, timeout=600)
    assert caught.value.code == "timed_out"


# credentials, projects, regions


def test_no_credentials(clean: pytest.MonkeyPatch) -> None:
    with pytest.raises(CloudError) as caught:
        connect(place())
    assert caught.value.code == "not_authorized"
    for way_out in ("gcloud auth application-default login", "GOOGLE_APPLICATION_CREDENTIALS"):
        assert way_out in str(caught.value)


@pytest.mark.parametrize("text", ["", "{}", "not json", '{"type": "service_account"}'])
def test_a_broken_file_of_credentials(clean: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    file = tmp_path / "broken.json"
    file.write_text(text)
    clean.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    with pytest.raises(CloudError) as caught:
        connect(place())
    assert caught.value.code == "not_authorized"


def test_a_refused_key_is_not_authorized(session: GcpSession, stub: Stub, naps: list[float]) -> None:
    session.http.credentials._token_uri = f"{stub.endpoint}/nowhere"
    stub.script(Answer(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}))
    with pytest.raises(CloudError, match="invalid_grant") as caught:
        session.call("regions.get")
    assert caught.value.code == "not_authorized"


def test_a_token_endpoint_in_trouble_is_asked_again(
    session: GcpSession, stub: Stub, naps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """google-auth itself asks three times; after that it is as any call without an answer."""
    monkeypatch.setattr("google.auth._exponential_backoff.time.sleep", lambda _seconds: None)
    session.http.credentials._token_uri = f"{stub.endpoint}/token-in-trouble"
    stub.script(*[Answer(503, {"error": "busy"})] * 3, Answer(body={"access_token": "t9", "expires_in": 3600}))
    session.call("regions.get")
    assert stub.calls[-1].headers["Authorization"] == "Bearer t9"


def test_another_service_account_through_ours(
    session: GcpSession, stub: Stub, clean: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Asked from IAM credentials, with our own token, once."""
    acting = connect(place(endpoint_url=stub.endpoint, impersonate_service_account="worker@p.iam.gserviceaccount.com"))
    credentials = acting.http.credentials
    assert credentials.service_account_email == "worker@p.iam.gserviceaccount.com"
    credentials._iam_endpoint_override = f"{stub.endpoint}/compute/v1/projects/token"
    stub.script(
        Answer(body={"accessToken": "theirs", "expireTime": "2099-01-01T00:00:00Z"}), Answer(body={"zones": []})
    )
    acting.call("regions.get")
    acting.call("regions.get")
    assert [seen.headers["Authorization"] for seen in stub.calls] == ["Bearer t1", "Bearer theirs", "Bearer theirs"]


@pytest.mark.parametrize(
    ("option", "variable", "project"),
    [("opt-project", "env-project", "opt-project"), (None, "env-project", "env-project"), (None, None, "stub-project")],
)
def test_the_project_is_named_by_option_environment_or_credentials(
    session: GcpSession, stub: Stub, clean: pytest.MonkeyPatch, option: str | None, variable: str | None, project: str
) -> None:
    if variable:
        clean.setenv("GOOGLE_CLOUD_PROJECT", variable)
    assert connect(place(project=option, endpoint_url=stub.endpoint)).project == project


@pytest.mark.parametrize("project", ["My Project", "123456789", "ab", "-project", "project-", "p" * 31])
def test_what_cannot_be_a_project(session: GcpSession, stub: Stub, project: str) -> None:
    with pytest.raises(InvalidOption, match="option 'project'"):
        connect(place(project=project))
    assert stub.calls == []


@pytest.mark.parametrize("region", [None, "us-central9", "us-central1-a", "Iowa", "us-east-1"])
def test_a_region_that_google_has_not(session: GcpSession, region: str | None) -> None:
    with pytest.raises(InvalidOption, match=r"option 'region'.*CLOUDSDK_COMPUTE_REGION.*us-central1, "):
        connect(place(region=region))


def test_the_region_of_the_environment(session: GcpSession, clean: pytest.MonkeyPatch) -> None:
    clean.setenv("CLOUDSDK_COMPUTE_REGION", "europe-west4")
    assert connect(place(region=None)).region == "europe-west4"
    assert connect(place(region="us-east1")).region == "us-east1"


def test_a_private_endpoint_may_have_regions_of_its_own(session: GcpSession) -> None:
    assert connect(place(region="our-cellar", endpoint_url="https://compute.example.net")).region == "our-cellar"


@pytest.mark.parametrize(
    ("option", "variable", "endpoint"),
    [
        (None, None, "https://compute.googleapis.com/compute/v1/"),
        ("https://a.example.net", "https://b.example.net/compute/v1/", "https://a.example.net/compute/v1/"),
        (None, "https://b.example.net/compute/v1/", "https://b.example.net/compute/v1/"),
        ("https://a.example.net/compute/v1", None, "https://a.example.net/compute/v1/"),
    ],
)
def test_the_endpoint(
    session: GcpSession, clean: pytest.MonkeyPatch, option: str | None, variable: str | None, endpoint: str
) -> None:
    if variable:
        clean.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE", variable)
    assert connect(place(endpoint_url=option)).endpoint == endpoint


def test_an_answer_that_is_not_google_s(session: GcpSession, stub: Stub, naps: list[float]) -> None:
    stub.script(Answer(404, b"<html>our proxy"))
    with pytest.raises(CloudError, match="check endpoint_url and your proxy"):
        session.call("regions.get")


def test_without_the_libraries_the_sentence_says_what_to_install() -> None:
    script = """
import json, sys
sys.modules["google"] = sys.modules["google.auth"] = None
from types import SimpleNamespace
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp import firewalls, inventory, networks, vms
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.session import connect
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
try:
    connect(SimpleNamespace(project="my-project", region="us-central1", impersonate_service_account=None, endpoint_url=None))
except CloudError as error:
    print(json.dumps(error.as_dict()))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PYTHONPATH": ".collections"},
    )
    error = json.loads(done.stdout)
    assert error["code"] == "missing_library"
    assert "pip install google-auth requests" in error["detail"]
    assert sys.executable in error["detail"]
