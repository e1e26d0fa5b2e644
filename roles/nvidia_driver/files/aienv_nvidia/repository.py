"""Where packages come from: the distribution's own components, or NVIDIA's repository under a key that is known by its fingerprint.

The role cuda loads this file too, for machines whose driver comes from elsewhere. One of both has NVIDIA's repository, the driver's role
before the toolkit's: apt reads no address that two entries name under two keys.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from aienv_nvidia import system
from aienv_nvidia.system import Refused, run

#: Who writes, and where. The role cuda says its own words here.
ROLE = "nvidia_driver"
DRIVER_SOURCE = SOURCE = "etc/apt/sources.list.d/aienv-nvidia.sources"
KEY = "etc/apt/keyrings/aienv-nvidia.asc"
#: What the role cuda has written where the driver came from elsewhere: its entry, its key, and what keeps NVIDIA's drivers out.
CUDA_SOURCE = "etc/apt/sources.list.d/aienv-cuda.sources"
CUDA_KEY = "etc/apt/keyrings/aienv-cuda.asc"
CUDA_PINS = "etc/apt/preferences.d/aienv-cuda.pref"
#: What an entry that cannot be read is taken back with.
ENTRIES = (SOURCE, CUDA_SOURCE, CUDA_KEY, CUDA_PINS)
#: NVIDIA's package with key and source; beside an entry of ours apt sees the repository twice, under two keys, and refuses both.
KEYRING_PACKAGES = ("cuda-keyring", "cuda-repo-debian12", "cuda-repo-debian13")
#: The key that NVIDIA revoked on 2022-04-27. Trusted keys of the time before signed-by lie in apt's own place.
STALE_KEY = "7FA2AF80"
OLD_KEYRINGS = ("etc/apt/trusted.gpg", "etc/apt/trusted.gpg.d")
NVIDIA = re.compile(r"developer\.download\.nvidia\.(com|cn)/compute/cuda/repos/")
PATIENCE = 60


def wanted(repository: dict, architecture: str) -> dict:
    """The files that say it: path -> text. None for the distribution's own archive where its entries have the components already."""
    if repository.get("format") == "apt":
        return {SOURCE: nvidia_text(repository, architecture)}
    if repository.get("format") == "archive" and lacking(repository):
        return {SOURCE: archive_text(repository)}
    return {}


def nvidia_text(repository: dict, architecture: str) -> str:
    names = {"x86_64": "amd64", "arm64": "arm64"}
    return (
        f"# Written by the role aienv.cloud.{ROLE}. Key: {repository.get('key_fingerprint') or 'of the keyring package'}.\n"
        f"Types: deb\nURIs: {repository['url']}\nSuites: {' '.join(repository['suites'])}\n"
        f"Architectures: {names.get(architecture, architecture)}\nSigned-By: /{KEY}\n"
    )


def archive_text(repository: dict) -> str:
    """The same mirror that the host uses already, with the components that it lacks."""
    lines = [
        f"Types: deb\nURIs: {uri}\nSuites: {suite}\nComponents: {' '.join(lacking(repository))}\n"
        for uri, suite in hosts_own(repository)
    ]
    return f"# Written by the role aienv.cloud.{ROLE}: what the distribution's own entries lack.\n" + "\n".join(lines)


def entries() -> list:
    """apt's sources as (file, URIs, suites, components), in both formats; switched-off ones are left out."""
    found = []
    for path in [system.at("etc/apt/sources.list"), *sorted(system.at("etc/apt/sources.list.d").glob("*"))]:
        if not path.is_file():
            continue
        text = path.read_text(errors="replace")
        if path.suffix == ".sources":
            found += [(path, *stanza) for stanza in map(parsed, re.split(r"\n\s*\n", text)) if stanza]
        elif path.suffix == ".list":
            lines = re.findall(r"(?m)^[ \t]*deb[ \t]+(?:\[[^\]]*\][ \t]+)?(\S+)[ \t]+(\S+)((?:[ \t]+[^#\s]+)*)", text)
            found += [(path, [uri], [suite], components.split()) for uri, suite, components in lines]
    return found


def parsed(stanza: str) -> tuple:
    words = {
        name.lower(): value.split()
        for name, value in re.findall(
            r"(?m)^([A-Za-z-]+):[ \t]*((?:.*)(?:\n[ \t].*)*)", re.sub(r"(?m)^#.*\n?", "", stanza)
        )
    }
    if "uris" not in words or words.get("enabled") == ["no"]:
        return ()
    return words["uris"], words.get("suites", []), words.get("components", [])


def hosts_own(repository: dict) -> list:
    """(URI, suite) of the host's entries for the release, ours left out."""
    release = repository["suites"][0] if repository.get("suites") else ""
    pairs = [
        (uri, suite)
        for path, uris, suites, components in entries()
        if path != system.at(SOURCE) and "main" in components
        for uri in uris
        for suite in suites
        if suite.split("-")[0] == release and not suite.endswith("-backports")
    ]
    return list(dict.fromkeys(pairs))


def lacking(repository: dict) -> list:
    """Components that the release's entries do not have yet."""
    release = repository["suites"][0]
    there = {
        name
        for path, _uris, suites, components in entries()
        if release in suites and path != system.at(SOURCE)
        for name in components
    }
    return [name for name in repository["components"] if name not in there]


def duplicates(repository: dict) -> list:
    """Files with another entry for NVIDIA's repository."""
    if repository.get("format") != "apt":
        return []
    mine, address = system.at(SOURCE), repository["url"].rstrip("/")
    return sorted(
        {
            path
            for path, uris, suites, _components in entries()
            if path != mine
            and (
                any(NVIDIA.search(uri) or uri.rstrip("/") == address for uri in uris)
                or (path == system.at(CUDA_SOURCE) and suites == ["/"])
            )
        }
    )


def superfluous(repository: dict) -> list:
    """What has to go besides: an entry of ours for a repository that is no longer wanted, and what the role cuda wrote for an entry of its own."""
    if repository.get("format") == "apt":
        return [path for path in (CUDA_KEY, CUDA_PINS) if system.at(path).exists()]
    old = system.at(SOURCE).exists() and not wanted(repository, "")
    return [SOURCE] if old else []


def stale_keys() -> list:
    """Keyrings that still trust the revoked key."""
    places = [system.at(place) for place in OLD_KEYRINGS]
    keyrings = [file for place in places for file in ([place] if place.is_file() else sorted(place.glob("*")))]
    return [file for file in keyrings if any(one.endswith(STALE_KEY) for one in fingerprints(file.read_bytes()))]


def fingerprints(key: bytes) -> list:
    """Of every primary key in a keyring, armoured or not."""
    with tempfile.TemporaryDirectory() as home:
        place = Path(home, "looked-at")
        place.write_bytes(key)
        said = run("gpg", "--homedir", home, "--batch", "--with-colons", "--show-keys", place).stdout
    return re.findall(r"(?m)^pub:.*\n(?:fpr:{9})([0-9A-F]{40}):", said)


def differs(repository: dict, architecture: str) -> list:
    """In words, what stands otherwise than it should."""
    said = [f"write /{path}" for path, text in wanted(repository, architecture).items() if system.read(path) != text]
    said += [f"remove another entry for NVIDIA's repository, {path}" for path in duplicates(repository)]
    said += [f"remove /{path}" for path in superfluous(repository)]
    said += [f"remove the revoked key {STALE_KEY} from {path}" for path in stale_keys()]
    if repository.get("format") == "apt" and not is_trusted(repository):
        said.append(f"trust NVIDIA's key {expected_key(repository) or 'of its keyring package'}")
    return said


def is_trusted(repository: dict) -> bool:
    """Whether the key in its place is the expected one; where only a keyring package is known, whether it is a whole key at all."""
    key = system.at(KEY)
    found = fingerprints(key.read_bytes()) if key.exists() else []
    return found == [expected_key(repository)] if expected_key(repository) else bool(found)


def expected_key(repository: dict) -> str:
    return (repository.get("key_fingerprint") or "").upper().replace(" ", "")


def apply(repository: dict, architecture: str) -> None:
    """Key first, then the entry: an interrupted run leaves no entry without a key, and a key that is refused costs no entry."""
    key = key_of(repository) if repository.get("format") == "apt" else ""
    for path in duplicates(repository):
        owner = run("dpkg", "-S", path).stdout.split(":")[0]
        if owner in KEYRING_PACKAGES:
            system.must(f"Removing the package {owner}", "dpkg", "--purge", owner)
        path.unlink(missing_ok=True)
    for path in superfluous(repository):
        system.at(path).unlink()
    for path in stale_keys():
        drop(path)
    if key:
        system.write(KEY, key)
    for path, text in wanted(repository, architecture).items():
        system.write(path, text)


def drop(keyring: object) -> None:
    """A keyring of the revoked key alone goes as a file; from a shared one the key is taken."""
    if len(fingerprints(keyring.read_bytes())) == 1:
        keyring.unlink()
    else:
        with tempfile.TemporaryDirectory() as home:
            words = ("--homedir", home, "--batch", "--yes", "--no-default-keyring", "--keyring", keyring)
            system.must(f"Removing the key {STALE_KEY} from {keyring}", "gpg", *words, "--delete-keys", STALE_KEY)


def key_of(repository: dict) -> str:
    """The repository's key, armoured, and only if it is the one that is expected."""
    if not repository.get("key_fingerprint"):
        return key_of_package(repository)
    key = download(repository["key_url"])
    expected = expected_key(repository)
    found = fingerprints(key)
    if found != [expected]:
        raise Refused(
            f"{repository['key_url']} has the key {', '.join(found) or 'of no kind'}, and expected is {expected}; "
            "the repository was not added and nothing was installed"
        )
    return armoured(key)


def key_of_package(repository: dict) -> str:
    """From the keyring package, whose checksum is what is known of Ubuntu 26.04's key."""
    package = download(repository["keyring_url"])
    checked(package, repository["keyring_sha256"], repository["keyring_url"])
    with tempfile.TemporaryDirectory() as work:
        place, unpacked = Path(work, "keyring.deb"), Path(work, "unpacked")
        place.write_bytes(package)
        system.must("Unpacking NVIDIA's keyring", "dpkg-deb", "-x", place, unpacked)
        keys = [path.read_bytes() for path in sorted(unpacked.glob("usr/share/keyrings/*.gpg"))]
    if not keys:
        raise Refused(f"{repository['keyring_url']} holds no key; the repository was not added")
    return armoured(keys[0])


def armoured(key: bytes) -> str:
    if key.startswith(b"-----BEGIN"):
        return key.decode()
    with tempfile.TemporaryDirectory() as home:
        place = Path(home, "key.gpg")
        place.write_bytes(key)
        words = ("--homedir", home, "--batch", "--output", "-", "--enarmor", place)
        text = system.must("Reading the key", "gpg", *words)
    return text.replace("PGP ARMORED FILE", "PGP PUBLIC KEY BLOCK")


def checked(content: bytes, sha256: str, url: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != sha256.lower():
        raise Refused(f"what {url} gave has the SHA-256 {found}, and expected is {sha256}; nothing was installed")


def download(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310 - the user's or NVIDIA's own address
            return answer.read()
    except (OSError, urllib.error.URLError, ValueError) as error:
        raise Refused(f"{url} could not be read: {getattr(error, 'reason', error)}; nothing was installed") from error
