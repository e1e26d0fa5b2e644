"""A certificate authority made at the start, and the server's certificate from it: ARM is spoken over TLS only."""

from __future__ import annotations

import ipaddress
import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE = timedelta(days=397)
#: A start makes new certificates when the old ones have less than this left.
RENEW = timedelta(days=30)


def ensure(folder: Path) -> ssl.SSLContext:
    """The server's TLS context, with `ca.pem` in the folder for clients. Certificates of an earlier start are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    authority, chain = folder / "ca.pem", folder / "server.pem"
    if not (authority.exists() and chain.exists() and _lasts(authority)):
        _make(authority, chain)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context


def _lasts(authority: Path) -> bool:
    found = x509.load_pem_x509_certificate(authority.read_bytes())
    return found.not_valid_after_utc - datetime.now(UTC) > RENEW


def _make(authority: Path, chain: Path) -> None:
    """The authority's key is thrown away: nobody can ever sign with it again."""
    signer, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "aienv sandbox: emulated Azure")])
    top = _begin(issuer, issuer, signer).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    top = top.add_extension(_usage(sign=True), critical=True)
    leaf = _begin(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), issuer, key)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    leaf = leaf.add_extension(x509.SubjectAlternativeName(names), critical=False)
    leaf = leaf.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    leaf = leaf.add_extension(_usage(sign=False), critical=True)
    leaf = leaf.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    # Python 3.13 refuses a certificate that does not name its issuer's key.
    signed_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    leaf = leaf.add_extension(signed_by, critical=False)
    top = top.add_extension(x509.SubjectKeyIdentifier.from_public_key(signer.public_key()), critical=False)
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write(chain, secret + leaf.sign(signer, hashes.SHA256()).public_bytes(pem))
    _write(authority, top.sign(signer, hashes.SHA256()).public_bytes(pem))


def _begin(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + LIFE)


def _usage(*, sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign,
        crl_sign=sign,
        encipher_only=False,
        decipher_only=False,
    )


def _write(path: Path, text: bytes) -> None:
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(text)
    fresh.replace(path)
