"""Credentials: a service account with a real key, tokens for its signed assertions, and the check of every call.

RFC 7523 as Google's token endpoint does it: the assertion is a JWT signed with the account's key. A token says
itself whose it is and until when, signed with a secret made from the key: so it outlives a restart of the server.
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

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

PROJECT = "sandbox-project"
EMAIL = f"sandbox@{PROJECT}.iam.gserviceaccount.com"
LIFETIME = 3599
SKEW = 300
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCES = (
    "https://compute.googleapis.com/",
    "https://oauth2.googleapis.com/token",
    # The older name, which apache-libcloud still uses.
    "https://accounts.google.com/o/oauth2/token",
)


class GrantError(Exception):
    """An assertion that gets no token; the message is what Google says."""

    def __init__(self, message: str, code: str = "invalid_grant") -> None:
        super().__init__(message)
        self.code = code


class Identity:
    """The service account of the sandbox and the tokens in its name."""

    def __init__(self, folder: Path | None) -> None:
        self._file = folder / "credentials.json" if folder else None
        known = json.loads(self._file.read_text()) if self._file and self._file.exists() else None
        if known:
            loaded = serialization.load_pem_private_key(known["private_key"].encode(), None)
            if not isinstance(loaded, rsa.RSAPrivateKey):
                raise ValueError(f"{self._file} has no RSA key")
            self._key, self._key_id = loaded, str(known["private_key_id"])
        else:
            self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            self._key_id = secrets.token_hex(20)
        self._pem = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._secret = hashlib.sha256(self._pem).digest()

    def write(self, endpoint: str) -> None:
        """Write credentials.json as Google's console hands it out, with our token endpoint."""
        if self._file is None:
            return
        body = self.credentials(endpoint)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.touch(mode=0o600)
        self._file.write_text(json.dumps(body, indent=2) + "\n")

    def credentials(self, endpoint: str) -> dict[str, str]:
        """The service account's JSON."""
        return {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": self._key_id,
            "private_key": self._pem.decode(),
            "client_email": EMAIL,
            "client_id": "100000000000000000001",
            "auth_uri": f"{endpoint}/auth",
            "token_uri": f"{endpoint}/token",
            "universe_domain": "googleapis.com",
        }

    def grant(self, form: dict[str, str], endpoint: str) -> dict[str, Any]:
        """A token for an assertion. Raises GrantError."""
        if form.get("grant_type") != GRANT:
            raise GrantError(f"Invalid grant_type: {form.get('grant_type', '')}", "unsupported_grant_type")
        claims = self._claims(form.get("assertion", ""), (f"{endpoint}/token", *AUDIENCES))
        if not claims.get("scope") and not claims.get("target_audience"):
            raise GrantError("Invalid OAuth scope or ID token audience provided.", "invalid_scope")
        return {"access_token": self.token(EMAIL), "expires_in": LIFETIME, "token_type": "Bearer"}

    def token(self, email: str, seconds: int = LIFETIME) -> str:
        """A bearer token in the name of an account."""
        body = _encode(json.dumps({"sub": email, "exp": int(time.time()) + seconds}).encode())
        return f"ya29.{body}.{_encode(self._print(body))}"

    def who(self, token: str) -> str | None:
        """Whose token it is; None for one that is wrong or over. A self-signed JWT counts as one."""
        kind, _, rest = token.partition(".")
        if kind != "ya29":
            try:
                claims = self._claims(token, AUDIENCES)
            except GrantError:
                return None
            return str(claims["iss"])
        body, _, signature = rest.partition(".")
        if not hmac.compare_digest(_encode(self._print(body)), signature):
            return None
        claims = json.loads(_decode(body))
        return claims["sub"] if claims["exp"] > time.time() else None

    def _print(self, body: str) -> bytes:
        return hmac.digest(self._secret, body.encode(), "sha256")

    def _claims(self, assertion: str, audiences: tuple[str, ...]) -> dict[str, Any]:
        """What a signed JWT says, once its signature, issuer, audience and times are right."""
        try:
            head, body, signature = assertion.split(".")
            header, claims = json.loads(_decode(head)), json.loads(_decode(body))
            signed = _decode(signature)
        except ValueError as error:
            raise GrantError("Assertion is not a JWT.") from error
        if claims.get("iss") != EMAIL:
            raise GrantError("Invalid grant: account not found")
        if header.get("alg") != "RS256" or header.get("kid", self._key_id) != self._key_id:
            raise GrantError("Invalid JWT Signature.")
        try:
            self._key.public_key().verify(signed, f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature as error:
            raise GrantError("Invalid JWT Signature.") from error
        if "scope" not in claims and "aud" not in claims:
            raise GrantError("Invalid JWT: no audience.")
        if "aud" in claims and claims["aud"] not in audiences:
            raise GrantError(f"Invalid JWT: Failed audience check. The right audience is {audiences[0]}")
        now = time.time()
        if not claims.get("iat", 0) - SKEW <= now <= claims.get("exp", 0) + SKEW:
            raise GrantError(
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
                "Check your iat and exp values in the JWT claim."
            )
        return dict(claims)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
