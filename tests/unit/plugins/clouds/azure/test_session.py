"""The session: credentials, what Azure's errors become, how operations are polled, what is imported when."""

from __future__ import annotations

import builtins
import io
import itertools
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure import session as session_module
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.errors import (
    AzureError,
    code_of,
    is_busy,
    translated,
)
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.session import (
    Answer,
    AzureSession,
    Poll,
    checked_subscription,
    connect,
    credential_words,
    open_account,
)
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError, InvalidOption
from tests.servers import ROOT, AzureServer
from tests.unit.plugins.clouds.azure.clock import QuickClock

PLACE = SimpleNamespace(
    subscription_id="00000000-0000-0000-0000-000000000000", resource_group="lab", location="eastus", endpoint_url=None
)


# errors


@pytest.mark.parametrize(
    ("azure_code", "message", "expected"),
    [
        ("AllocationFailed", "", "no_capacity"),
        ("ZonalAllocationFailed", "", "no_capacity"),
        ("SkuNotAvailable", "", "no_capacity"),
        ("OperationNotAllowed", "results in exceeding approved standardNCASv3_T4Family Cores quota", "quota_exceeded"),
        ("OperationNotAllowed", "Cannot resize a disk that is attached", "failed"),
        ("QuotaExceeded", "", "quota_exceeded"),
        ("PublicIPCountLimitReached", "", "quota_exceeded"),
        ("InUseNetworkSecurityGroupCannotBeDeleted", "", "in_use"),
        ("InUseSubnetCannotBeDeleted", "", "in_use"),
        ("AuthorizationFailed", "", "not_authorized"),
        ("LinkedAuthorizationFailed", "", "not_authorized"),
        ("SubscriptionNotFound", "", "not_found"),
        ("ResourceGroupNotFound", "", "not_found"),
        ("PropertyChangeNotAllowed", "", "failed"),
    ],
)
def test_codes(azure_code: str, message: str, expected: str) -> None:
    assert code_of(azure_code, message, 409) == expected


def test_the_location_without_the_size_is_unsupported() -> None:
    assert code_of("InvalidParameter", "", 400, "vmSize") == "unsupported"
    assert code_of("InvalidParameter", "", 400, "adminUsername") == "failed"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            {"error": {"code": "SubscriptionNotFound", "message": "m"}},
            "m (SubscriptionNotFound); check subscription_id",
        ),
        ({"error": {"code": "ResourceGroupNotFound", "message": "m"}}, "azure_network makes it"),
        (
            {"error": {"code": "MissingSubscriptionRegistration", "message": "not registered: 'Microsoft.Network'"}},
            "az provider register --namespace Microsoft.Network --wait",
        ),
        (
            {"error": {"code": "X", "message": "outer", "details": [{"code": "AllocationFailed", "message": "in"}]}},
            "in (A",
        ),
        ({"status": "Failed", "error": {"code": "AllocationFailed", "message": "late"}}, "late (AllocationFailed)"),
        ("<html>", "HTTP 502"),
    ],
    ids=["subscription", "group", "registration", "details", "operation", "no error at all"],
)
def test_sentences(body: Any, said: str) -> None:
    assert said in translated(body, 502, "Op").detail


@pytest.mark.parametrize(
    ("code", "message", "busy"),
    [
        ("AnotherOperationInProgress", "", True),
        ("Conflict", "The request failed due to conflict with a concurrent request.", True),
        ("OperationNotAllowed", "another operation on the resource 'x' is in progress", True),
        ("OperationNotAllowed", "exceeding quota", False),
    ],
)
def test_who_is_busy(code: str, message: str, busy: bool) -> None:
    assert is_busy(translated({"error": {"code": code, "message": message}}, 409, "Op")) is busy


# polling


def answer(status: int = 202, **headers: str) -> Answer:
    return Answer(status, {}, {name.replace("_", "-"): value for name, value in headers.items()}, "Op", "/r")


class Script(AzureSession):
    """A session whose polls are answered from a list; the times of asking are remembered."""

    def __init__(self, clock: QuickClock, *answers: Answer | AzureError) -> None:
        super().__init__(None, "s", "g")
        self.clock, self.answers, self.asked = clock, list(answers), []

    def _send(self, method: str, url: str, *_: Any, **__: Any) -> Answer:
        self.asked.append((url, round(sum(self.clock.naps), 1)))
        given = self.answers.pop(0)
        if isinstance(given, AzureError):
            raise given
        return given


def done(status: str, **headers: str) -> Answer:
    error = {"error": {"code": "AllocationFailed", "message": "m"}} if status == "Failed" else {}
    return Answer(200, {"status": status, **error}, {name.replace("_", "-"): v for name, v in headers.items()})


def test_the_async_operation_wins_and_is_asked_as_azure_says(clock: QuickClock) -> None:
    script = Script(clock, done("InProgress", Retry_After="7"), done("Succeeded"))
    first = answer(201, Azure_AsyncOperation="https://a", Location="https://l", Retry_After="3")
    assert script.finish([first], 600) == [None]
    assert [url for url, _ in script.asked] == ["https://a", "https://a"]
    assert [when for _, when in script.asked] == [pytest.approx(3, abs=0.3), pytest.approx(10, abs=0.5)]


def test_a_location_is_asked_until_it_is_not_202(clock: QuickClock) -> None:
    script = Script(clock, answer(202), Answer(204, {}))
    assert script.finish([answer(202, Location="https://l")], 600) == [None]
    assert len(script.asked) == 2


def test_without_a_word_the_pauses_grow_to_ten_seconds_and_not_to_thirty(clock: QuickClock) -> None:
    script = Script(clock, *(done("InProgress") for _ in range(8)), done("Succeeded"))
    script.finish([answer(200, Azure_AsyncOperation="https://a")], 600)
    times = [when for _, when in script.asked]
    pauses = [round(later - sooner) for sooner, later in itertools.pairwise(times)]
    assert pauses == [1, 2, 3, 5, 10, 10, 10, 10]


def test_a_failed_operation_is_an_error_and_a_final_answer_none(clock: QuickClock) -> None:
    script = Script(clock, done("Failed"))
    refused = CloudError("failed", "no")
    ends = script.finish([Answer(200, {}), answer(201, Azure_AsyncOperation="https://a"), refused], 600)
    assert (ends[0], ends[2]) == (None, refused)
    assert ends[1] is not None
    assert ends[1].code == "no_capacity"


def refused(status: int, code: str = "Refused") -> AzureError:
    return translated({"error": {"code": code, "message": "m"}}, status, "Op")


def test_a_result_that_is_an_error_ends_the_operation(clock: QuickClock) -> None:
    """A Location answers 202 until it is what the operation gives: also its refusal."""
    script = Script(clock, answer(202), refused(409, "AllocationFailed"))
    (end,) = script.finish([answer(202, Location="https://l")], 600)
    assert end is not None
    assert end.code == "no_capacity"
    assert len(script.asked) == 2


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_result_that_cannot_be_had_just_now_is_asked_for_again(clock: QuickClock, status: int) -> None:
    script = Script(clock, refused(status), Answer(200, {}))
    assert script.finish([answer(202, Location="https://l")], 600) == [None]


@pytest.mark.parametrize("status", [401, 403])
def test_a_result_that_one_may_not_see_is_no_end_of_the_operation(clock: QuickClock, status: int) -> None:
    with pytest.raises(AzureError) as caught:
        Script(clock, refused(status)).finish([answer(202, Location="https://l")], 600)
    assert caught.value.code == "not_authorized"


def test_an_operation_that_does_not_answer_is_not_ended_by_that(clock: QuickClock) -> None:
    script = Script(clock, refused(400), done("Succeeded"))
    assert script.finish([answer(202, Azure_AsyncOperation="https://a")], 600) == [None]


def found(state: str, *statuses: dict[str, str], **words: Any) -> Answer:
    body = {"properties": {"provisioningState": state, "instanceView": {"statuses": [*statuses]}}}
    return Answer(200, body, {}, "Op", "/vm", **words)


def test_a_resource_that_stands_in_for_a_lost_answer_is_asked_itself(clock: QuickClock) -> None:
    full = {"code": "ProvisioningState/failed/ZonalAllocationFailed", "message": "no room"}
    for last, code in ((found("Succeeded"), None), (found("Failed", full), "no_capacity"), (found("Failed"), "failed")):
        script = Script(clock, found("Creating"), last)
        (end,) = script.finish([found("Creating", stands_in=True)], 600)
        assert (end and end.code) == code
        assert {url for url, _ in script.asked} == {"/vm?api-version=2024-07-01&$expand=instanceView"}


@pytest.mark.parametrize("state", ["Succeeded", "Updating", "Failed"])
def test_a_resource_that_was_made_before_is_not_waited_for(clock: QuickClock, state: str) -> None:
    assert Script(clock).finish([found(state, stands_in=True)], 600) == [None]


def test_patience_ends(clock: QuickClock) -> None:
    script = Script(clock, *(done("InProgress") for _ in range(99)))
    with pytest.raises(CloudError) as caught:
        script.finish([answer(200, Azure_AsyncOperation="https://a")], 60)
    assert caught.value.code == "timed_out"


def test_a_final_answer_needs_no_poll() -> None:
    assert Poll.after(answer(200), 0) is None
    assert Poll.after(answer(200, Location="https://l"), 0) is None


# credentials


def test_the_chain_is_narrow_and_public_clouds_keep_instance_discovery(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_AUTHORITY_HOST", raising=False)
    public = credential_words("https://management.azure.com")
    assert public["authority"] == "login.microsoftonline.com"
    assert "disable_instance_discovery" not in public
    assert public["exclude_powershell_credential"]
    assert credential_words("https://management.chinacloudapi.cn")["authority"] == "login.chinacloudapi.cn"


def test_a_private_cloud_has_an_authority_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "https://login.private.example")
    words = credential_words("https://management.private.example")
    assert words["authority"] == "https://login.private.example"
    assert words["disable_instance_discovery"] is True


def test_no_subscription_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_SUBSCRIPTION_ID", raising=False)
    with pytest.raises(InvalidOption, match="AZURE_SUBSCRIPTION_ID"):
        checked_subscription(None)


class Token:
    def get_token(self, *_: Any, **__: Any) -> Any:
        return SimpleNamespace(token="secret", expires_on=time.time() + 9999)


def test_the_token_does_not_go_with_a_redirect_to_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    import azure.identity
    import requests

    seen: list[tuple[str, str | None]] = []

    def send(_self: Any, method: str, url: str, **words: Any) -> Any:
        seen.append((url.split("?")[0], words["headers"].get("Authorization")))
        response = requests.Response()
        response.status_code = 302 if "management" in url else 200
        response.headers.update({"Location": "https://elsewhere.example/x"} if response.status_code == 302 else {})
        response._content, response.url = b"{}", url
        response.request = requests.Request(method, url).prepare()
        response.raw = io.BytesIO(b"{}")
        return response

    monkeypatch.setattr(azure.identity, "DefaultAzureCredential", lambda **_: Token())
    monkeypatch.setattr(requests.Session, "request", send)
    session = AzureSession(open_account("https://management.azure.com"), "s", "g")
    session.call("ResourceGroups_Get", session.group_id)
    assert seen == [
        ("https://management.azure.com/subscriptions/s/resourceGroups/g", "Bearer secret"),
        ("https://elsewhere.example/x", None),
    ]


def test_only_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidOption, match="TLS"):
        open_account("http://127.0.0.1:1")


def test_a_missing_library_is_one_sentence_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("azure.identity"):
            raise ImportError("No module named 'azure.identity'", name="azure.identity")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(CloudError) as caught:
        connect(PLACE)
    assert caught.value.code == "missing_library"
    assert "-m pip install azure-identity azure-mgmt-core" in str(caught.value)


def test_without_credentials_the_sentence_tells_what_to_do_and_comes_soon(
    server: AzureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in server.variables().items():
        monkeypatch.setenv(name, value)
    for name in ("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", "/nonexistent")
    begin = time.monotonic()
    with pytest.raises(CloudError) as caught:
        connect(PLACE).call("ResourceGroups_Get", "/subscriptions/x/resourceGroups/y")
    assert caught.value.code == "not_authorized"
    assert "az login" in str(caught.value)
    assert time.monotonic() - begin < 5


def test_a_subscription_that_does_not_exist(azure: AzureServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in azure.variables().items():
        monkeypatch.setenv(name, value)
    session = connect(SimpleNamespace(**{**vars(PLACE), "subscription_id": "11111111-2222-3333-4444-555555555555"}))
    with pytest.raises(AzureError) as caught:
        list(session.pages("VirtualMachines_List", session.id_of("Microsoft.Compute/virtualMachines")))
    assert caught.value.code == "not_found"
    assert "az account list" in str(caught.value)


# what it takes


def test_the_version_in_the_user_agent_is_the_collection_s() -> None:
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    assert f"aienv.cloud/{version}" == session_module.USER_AGENT


def test_nothing_of_the_sdk_is_imported_before_a_session_is_opened() -> None:
    code = (
        "import sys; from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure import vms, inventory;"
        "print([name for name in sys.modules if name.split('.')[0] in ('azure', 'msal', 'requests')])"
    )
    command = [sys.executable, "-c", code]
    environment = {"PYTHONPATH": str(ROOT / ".collections")}
    shown = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    assert shown.strip() == "[]"
