"""Credentials: the token endpoint, tokens that are wrong or over, self-signed ones, impersonation."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from google.auth import crypt, jwt
from werkzeug.test import Client

from sandbox.gcp import tokens
from sandbox.gcp.front import Gcp

ENDPOINT = "http://127.0.0.1:4567"
LIST = "/compute/v1/projects/sandbox-project/zones/us-central1-a/instances"
SCOPE = "https://www.googleapis.com/auth/compute"


def assertion(gcp: Gcp, **changes: Any) -> str:
    """A signed grant as google-auth makes it, with changes; None takes a claim away."""
    known = gcp.state.identity.credentials(ENDPOINT)
    now = int(time.time())
    claims = {
        "iss": known["client_email"],
        "aud": known["token_uri"],
        "scope": SCOPE,
        "iat": now,
        "exp": now + 3600,
        **changes,
    }
    signer = crypt.RSASigner.from_service_account_info(known)
    return jwt.encode(signer, {key: value for key, value in claims.items() if value is not None}).decode()


def ask(gcp: Gcp, grant: str, kind: str = tokens.GRANT) -> tuple[int, dict[str, Any]]:
    form = {"grant_type": kind, "assertion": grant}
    answer = Client(gcp).post("/token", data=form, headers={"Host": "127.0.0.1:4567"})
    return answer.status_code, json.loads(answer.data)


def listed(gcp: Gcp, headers: dict[str, str]) -> tuple[int, dict[str, Any], Any]:
    answer = Client(gcp).get(LIST, headers=headers)
    return answer.status_code, json.loads(answer.data), answer.headers


def test_an_assertion_gets_a_token_that_works(gcp):
    status, body = ask(gcp, assertion(gcp))
    assert (status, body["token_type"], body["expires_in"]) == (200, "Bearer", 3599)
    assert listed(gcp, {"Authorization": f"Bearer {body['access_token']}"})[0] == 200


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"iss": "me@example.com"}, "invalid_grant", "account not found"),
        ({"aud": "https://example.com/token"}, "invalid_grant", "Failed audience check"),
        ({"iat": 1, "exp": 3601}, "invalid_grant", "reasonable timeframe"),
        ({"scope": None}, "invalid_scope", "Invalid OAuth scope"),
    ],
)
def test_an_assertion_that_is_wrong_gets_none(gcp, changes: dict[str, Any], error: str, words: str):
    status, body = ask(gcp, assertion(gcp, **changes))
    assert (status, body["error"]) == (400, error)
    assert words in body["error_description"]


def test_a_signature_of_another_key_gets_none(gcp, tmp_path):
    status, body = ask(gcp, assertion(Gcp(tmp_path)))
    assert (status, body["error_description"]) == (400, "Invalid JWT Signature.")
    assert ask(gcp, "nonsense")[1]["error_description"] == "Assertion is not a JWT."
    assert ask(gcp, assertion(gcp), "password")[1]["error"] == "unsupported_grant_type"


def test_no_credentials(gcp):
    status, body, headers = listed(gcp, {})
    assert (status, body["error"]["status"]) == (401, "UNAUTHENTICATED")
    assert body["error"]["errors"][0] == {
        "message": "Login Required.",
        "domain": "global",
        "reason": "required",
        "location": "Authorization",
        "locationType": "header",
    }
    assert body["error"]["details"][0]["reason"] == "CREDENTIALS_MISSING"
    assert headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("token", ["nonsense", "ya29.x.y", "ya29.e30.AAAA", "a.b.c"])
def test_a_wrong_token(gcp, token: str):
    status, body, _ = listed(gcp, {"Authorization": f"Bearer {token}"})
    assert (status, body["error"]["errors"][0]["reason"]) == (401, "authError")


def test_a_token_that_is_over(gcp):
    token = gcp.state.identity.token(tokens.EMAIL, -1)
    assert listed(gcp, {"Authorization": f"Bearer {token}"})[0] == 401


def test_a_self_signed_token_as_generated_clients_send_it(gcp):
    token = assertion(gcp, aud="https://compute.googleapis.com/", scope=None)
    assert listed(gcp, {"Authorization": f"Bearer {token}"})[0] == 200
    assert listed(gcp, {"Authorization": f"Bearer {assertion(gcp, aud='https://storage.googleapis.com/')}"})[0] == 401


def test_the_file_is_a_service_accounts_and_its_key_outlives_a_restart(tmp_path: Path):
    first = Gcp(tmp_path)
    first.state.identity.write(ENDPOINT)
    file = tmp_path / "credentials.json"
    known = json.loads(file.read_text())
    assert (known["type"], known["project_id"], known["token_uri"]) == (
        "service_account",
        "sandbox-project",
        f"{ENDPOINT}/token",
    )
    assert file.stat().st_mode & 0o777 == 0o600
    token = first.state.identity.token(tokens.EMAIL)
    assert listed(Gcp(tmp_path), {"Authorization": f"Bearer {token}"})[0] == 200


class TestImpersonation:
    def ask(self, gcp: Gcp, email: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        path = f"/v1/projects/-/serviceAccounts/{email}:generateAccessToken"
        headers = {"Authorization": f"Bearer {gcp.state.identity.token(tokens.EMAIL)}"}
        answer = Client(gcp).post(path, json=body, headers=headers)
        return answer.status_code, json.loads(answer.data)

    def test_another_account_of_the_project(self, gcp, api):
        email = "builder@sandbox-project.iam.gserviceaccount.com"
        status, body = self.ask(gcp, email, {"scope": [SCOPE], "lifetime": "600s"})
        assert (status, body["expireTime"][-1]) == (200, "Z")
        api.headers["Authorization"] = f"Bearer {body['accessToken']}"
        assert api("POST", "global/networks", {"name": "n", "autoCreateSubnetworks": False})["user"] == email

    def test_an_account_elsewhere(self, gcp):
        status, body = self.ask(gcp, "x@other.iam.gserviceaccount.com", {"scope": [SCOPE]})
        assert status == 403
        assert "iam.serviceAccounts.getAccessToken" in body["error"]["message"]
        assert body["error"]["details"][0]["reason"] == "IAM_PERMISSION_DENIED"

    def test_scopes_are_needed(self, gcp):
        assert self.ask(gcp, "x@sandbox-project.iam.gserviceaccount.com", {})[0] == 400
