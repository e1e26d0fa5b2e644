"""SSH public keys as resources."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from sandbox.azure import kinds, naming
from sandbox.azure.call import Answer, Call
from sandbox.azure.errors import invalid_parameter
from sandbox.azure.kinds import Kind
from sandbox.azure.store import Resource

NAME = "Microsoft.Compute/sshPublicKeys"
TYPES = ("ssh-rsa", "ssh-ed25519")


def check_key(text: str, target: str) -> None:
    """Raises ArmError unless Azure takes the key: RSA of 2048 bits or more, or Ed25519."""
    try:
        key = serialization.load_ssh_public_key(text.strip().encode())
    except (ValueError, TypeError):
        key = None
    if isinstance(key, ed25519.Ed25519PublicKey) or (isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048):
        return
    raise invalid_parameter(target, f"The value of parameter {target} is invalid.")


def build(call: Call, resource_id: str, old: Resource | None) -> Resource:
    body = kinds.envelope(call, resource_id, old)
    given = call.body.get("properties", {})
    if "publicKey" in given:
        check_key(given["publicKey"], "sshPublicKey.properties.publicKey")
    body["properties"] = {**(old.properties if old else {}), **given}
    return Resource(body["id"], body)


def patch(call: Call) -> Answer:
    resource = KIND.find(call)
    naming.check_tags(call.body.get("tags", {}))
    if "tags" in call.body:
        resource.body["tags"] = call.body["tags"]
    resource.properties.update(call.body.get("properties", {}))
    return Answer(200, call.state.store.put(resource).shown())


def generate(call: Call) -> Answer:
    """A new pair; the private half is told once."""
    resource = KIND.find(call)
    key: Any = rsa.generate_private_key(65537, 3072)
    if call.body.get("encryptionType") == "Ed25519":
        key = ed25519.Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    ).decode()
    resource.properties["publicKey"] = f"{public} generated-by-azure"
    call.state.store.put(resource)
    return Answer(200, {"privateKey": private, "publicKey": resource.properties["publicKey"], "id": resource.id})


KIND = Kind(NAME, "SshPublicKeys", "sshPublicKeyName", "", build)
HANDLERS = {
    "SshPublicKeys_Create": kinds.put(KIND),
    "SshPublicKeys_Get": kinds.get(KIND),
    "SshPublicKeys_Delete": kinds.delete(KIND),
    "SshPublicKeys_Update": patch,
    "SshPublicKeys_GenerateKeyPair": generate,
    "SshPublicKeys_ListByResourceGroup": kinds.list_group(KIND),
    "SshPublicKeys_ListBySubscription": kinds.list_all(KIND),
}
