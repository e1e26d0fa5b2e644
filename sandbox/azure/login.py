"""What a client asks of Microsoft Entra before it may speak to ARM: discovery, and a token for a client's secret.

These calls are not ARM's: they are neither counted nor hit by faults. Tokens are signed with a key that is kept beside
the state, so they outlive a restart.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox.azure.errors import ArmError
from sandbox.clouds import AZURE_IDS

TENANT = AZURE_IDS["AZURE_TENANT_ID"]
CLIENT = AZURE_IDS["AZURE_CLIENT_ID"]
SECRET = AZURE_IDS["AZURE_CLIENT_SECRET"]
LIFE = 3599


def load_key(folder: Path) -> bytes:
    """The key that signs tokens; made at the first start."""
    path = folder / "token.secret"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(secrets.token_bytes(32))
        path.chmod(0o600)
    return path.read_bytes()


def respond(request: Request, base: str, key: bytes) -> Response | None:
    """The answer to a call to the authority; None when it is not one."""
    path = request.path.lower().rstrip("/")
    if path == "/metadata/endpoints":
        return _json(_endpoints(base, request.args.get("api-version", "")))
    if path == "/common/discovery/instance":
        return _json(_instance(base))
    parts = path.strip("/").split("/", 1)
    tail = parts[1] if len(parts) == 2 else ""
    if tail in ("v2.0/.well-known/openid-configuration", ".well-known/openid-configuration"):
        return _json(_configuration(base, parts[0]))
    if tail in ("oauth2/v2.0/token", "oauth2/token") and request.method == "POST":
        return _token(request, base, parts[0], key)
    return None


def check(header: str | None, base: str, key: bytes) -> None:
    """Raises ArmError (401) unless the header brings a token of ours that has not run out."""
    if not header:
        raise _unauthorized(
            base, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."
        )
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        text = "Authentication failed. The 'Authorization' header is provided in an invalid format."
        raise _unauthorized(base, "AuthenticationFailedInvalidHeader", text)
    claims = _read(token.strip(), key)
    if claims is None:
        raise _unauthorized(base, "InvalidAuthenticationToken", "The access token is invalid.")
    if claims["exp"] < time.time():
        raise _unauthorized(base, "ExpiredAuthenticationToken", "The access token has expired.")


def _unauthorized(base: str, code: str, text: str) -> ArmError:
    challenge = f'Bearer authorization_uri="{base}/{TENANT}", error="invalid_token", error_description="{text}"'
    return ArmError(code, text, 401, headers={"WWW-Authenticate": challenge})


def _token(request: Request, base: str, tenant: str, key: bytes) -> Response:
    form = request.form
    scope = form.get("scope") or form.get("resource", "")
    if tenant != TENANT:
        text = f"AADSTS90002: Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."
        return _refused("invalid_request", text, 90002)
    if form.get("grant_type") != "client_credentials":
        return _refused("unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.", 70003)
    if form.get("client_id", "").lower() != CLIENT:
        text = f"AADSTS700016: Application with identifier '{form.get('client_id')}' was not found in the directory."
        return _refused("unauthorized_client", text, 700016)
    if form.get("client_secret") != SECRET:
        text = "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value."
        return _refused("invalid_client", text, 7000215, 401)
    if not scope:
        return _refused(
            "invalid_request", "AADSTS900144: The request body must contain the parameter: 'scope'.", 900144
        )
    claims = {"aud": scope.removesuffix("/.default"), "iss": f"{base}/{tenant}/v2.0", "appid": CLIENT, "tid": tenant}
    token = _sign({**claims, "exp": int(time.time()) + LIFE}, key)
    return _json({"token_type": "Bearer", "expires_in": LIFE, "ext_expires_in": LIFE, "access_token": token})


def _refused(error: str, text: str, number: int, status: int = 400) -> Response:
    return _json({"error": error, "error_description": text, "error_codes": [number]}, status)


def _sign(claims: dict[str, Any], key: bytes) -> str:
    head = {"typ": "JWT", "alg": "HS256"}
    text = ".".join(_encode(json.dumps(part).encode()) for part in (head, claims))
    return f"{text}.{_encode(hmac.digest(key, text.encode(), hashlib.sha256))}"


def _read(token: str, key: bytes) -> dict[str, Any] | None:
    text, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature, _encode(hmac.digest(key, text.encode(), hashlib.sha256))):
        return None
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text.partition(".")[2] + "=="))
    return claims


def _encode(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def _configuration(base: str, tenant: str) -> dict[str, Any]:
    root = f"{base}/{tenant}"
    return {
        "token_endpoint": f"{root}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": f"{root}/discovery/v2.0/keys",
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": f"{root}/v2.0",
        "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
        "end_session_endpoint": f"{root}/oauth2/v2.0/logout",
        "tenant_region_scope": None,
        "cloud_instance_name": "sandbox",
    }


def _instance(base: str) -> dict[str, Any]:
    host = base.partition("://")[2]
    return {
        "tenant_discovery_endpoint": f"{base}/{TENANT}/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    }


def _endpoints(base: str, version: str) -> Any:
    """What azure-cli reads to learn a cloud: an object before 2019-05-01 and for 2022-09-01, else a list of clouds."""
    cloud = {
        "name": "sandbox",
        "resourceManager": f"{base}/",
        "authentication": {
            "loginEndpoint": f"{base}/",
            "audiences": [f"{base}/"],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "suffixes": {"keyVaultDns": "vault.sandbox.invalid", "storage": "core.sandbox.invalid"},
        "portal": base,
        "graph": f"{base}/",
        "graphAudience": f"{base}/",
    }
    return [cloud] if version == "2019-05-01" else cloud


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status=status, content_type="application/json; charset=utf-8")
