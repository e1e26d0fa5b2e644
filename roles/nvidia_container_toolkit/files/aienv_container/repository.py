"""NVIDIA's repository for containers: its key by fingerprint, its entry, and a pin that lets nothing else come from it."""

from __future__ import annotations

import re
import ssl
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from aienv_container.host import Refused, Request, content, must, write

NAME = "aienv-nvidia-container-toolkit"
KEY = Path(f"/etc/apt/keyrings/{NAME}.asc")
SOURCE = Path(f"/etc/apt/sources.list.d/{NAME}.sources")
PIN = Path(f"/etc/apt/preferences.d/{NAME}")
PACKAGES = (
    "nvidia-container-toolkit",
    "nvidia-container-toolkit-base",
    "libnvidia-container-tools",
    "libnvidia-container1",
)
SECONDS = 30


def texts(request: Request) -> dict:
    """Path and text of entry and pin."""
    url, architecture = request["url"], must("Asking dpkg", ["dpkg", "--print-architecture"]).strip()
    source = (
        "# Written by Ansible (aienv.cloud.nvidia_container_toolkit).\n"
        f"Types: deb\nURIs: {url}/stable/deb/{architecture}\nSuites: /\nSigned-By: {KEY}\n"
    )
    host = urllib.parse.urlsplit(url).hostname
    rules = [("*", f"origin {host}", -1)]
    # Of the rules that name a package the first that fits a version counts.
    if request["version"]:
        rules.append((" ".join(PACKAGES), f"version {request['version']}-*", 1001))
    rules.append((" ".join(PACKAGES), f"origin {host}", 600))
    pin = "".join(f"\nPackage: {names}\nPin: {what}\nPin-Priority: {priority}\n" for names, what, priority in rules)
    return {SOURCE: source, PIN: f"# Written by Ansible (aienv.cloud.nvidia_container_toolkit).\n{pin}"}


def steps(request: Request) -> list:
    """What is to do, in words."""
    said = [f"write {path}" for path, text in texts(request).items() if content(path) != text]
    if fingerprints(content(KEY)) != [request["fingerprint"]]:
        said.append(f"trust the key {request['fingerprint']} for {request['url']}")
    return said


def add(request: Request) -> None:
    """Key first: an interrupted run leaves no entry without it."""
    if fingerprints(content(KEY)) != [request["fingerprint"]]:
        write(KEY, key(request))
    for path, text in texts(request).items():
        if content(path) != text:
            write(path, text)


def key(request: Request) -> str:
    """The repository's key. Raises Refused where it is another than the one that is expected."""
    address = f"{request['url']}/gpgkey"
    try:
        context = ssl.create_default_context(cafile=request["ca_file"] or None)
        with urllib.request.urlopen(address, timeout=SECONDS, context=context) as answer:  # noqa: S310 - preflight lets http and https pass
            text = answer.read().decode(errors="replace")
    except (OSError, urllib.error.URLError) as error:
        raise Refused(
            f"The key {address} cannot be had: {getattr(error, 'reason', error)}. Nothing was changed."
        ) from error
    found = fingerprints(text)
    if found != [request["fingerprint"]]:
        raise Refused(
            f"{address} is the key {', '.join(found) or '(none)'}, and nvidia_container_toolkit_key_fingerprint is {request['fingerprint']}. "
            "Nothing was changed."
        )
    return text


def fingerprints(text: str) -> list:
    """Of every primary key in an armoured text; none of what is no key."""
    if "PGP PUBLIC KEY BLOCK" not in text:
        return []
    with tempfile.TemporaryDirectory() as home:
        place = Path(home, "key.asc")
        place.write_text(text)
        said = must("Reading a key", ["gpg", "--homedir", home, "--batch", "--with-colons", "--show-keys", place])
    return re.findall(r"(?m)^pub:.*\n(?:fpr:{9})([0-9A-F]{40}):", said)
