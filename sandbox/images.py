"""The machine images: built from one Dockerfile, rebuilt only when its content changed."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from sandbox.docker import DockerError, docker, inspect
from sandbox.errors import SandboxError

CONTEXT = Path(__file__).parent / "machines" / "image"
HASH_LABEL = "aienv.sandbox.image"

#: Seconds to wait for a registry: there may be none, and mmdebstrap takes half a minute.
PULL_TIMEOUT = 60
BUILD_TIMEOUT = 900

_PROXY_VARIABLES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


@dataclass(frozen=True)
class Release:
    """A Debian release and the base image that its machines are built from."""

    name: str
    codename: str

    @property
    def base(self) -> str:
        return f"debian:{self.codename}-slim"

    @property
    def tag(self) -> str:
        return f"aienv-sandbox/{self.name}"


RELEASES = {release.name: release for release in (Release("debian-12", "bookworm"), Release("debian-13", "trixie"))}

Say = Callable[[str], None]


def find_releases(names: Iterable[str]) -> list[Release]:
    """Releases by name; all of them when no name is given."""
    wanted = list(names) or list(RELEASES)
    unknown = [name for name in wanted if name not in RELEASES]
    if unknown:
        raise SandboxError(f"images: there is no image {', '.join(unknown)}; there are {', '.join(RELEASES)}.")
    return [RELEASES[name] for name in wanted]


def read_ca_bundle(path: str | None) -> bytes:
    """The further certificate authorities for the machines' trust store, empty when none are asked for."""
    if not path:
        return b""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise SandboxError(f"--ca-bundle (AIENV_CA_BUNDLE): cannot read {path}: {error.strerror}.") from error
    if b"-----BEGIN CERTIFICATE-----" not in content:
        raise SandboxError(f"--ca-bundle (AIENV_CA_BUNDLE): {path} holds no PEM certificate.")
    return content


def hash_context(release: Release, ca_bundle: bytes) -> str:
    """Digest of everything that the build reads: names, modes and contents of the files, the base's name, the bundle."""
    digest = hashlib.sha256(f"{release.base}\0".encode() + ca_bundle)
    for path in sorted(CONTEXT.rglob("*")):
        if path.is_file():
            mode = "x" if os.access(path, os.X_OK) else "-"
            digest.update(f"\0{path.relative_to(CONTEXT).as_posix()}\0{mode}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def ensure_images(names: Iterable[str], ca_bundle: bytes = b"", say: Say = print) -> None:
    """Build the images that are missing or out of date."""
    for release in find_releases(names):
        wanted = hash_context(release, ca_bundle)
        if _read_hash(release) == wanted:
            say(f"{release.tag}: up to date")
            continue
        _ensure_base(release, say)
        say(f"{release.tag}: building (about a minute)")
        _build(release, wanted, ca_bundle)
        say(f"{release.tag}: built")


def _read_hash(release: Release) -> str | None:
    for found in inspect("image", release.tag):
        labels: dict[str, str] = found["Config"].get("Labels") or {}
        return labels.get(HASH_LABEL)
    return None


def _build(release: Release, wanted: str, ca_bundle: bytes) -> None:
    proxies = [f"--build-arg={name}={os.environ[name]}" for name in _PROXY_VARIABLES if os.environ.get(name)]
    with tempfile.TemporaryDirectory(prefix="aienv-image-") as folder:
        context = Path(folder) / "context"
        shutil.copytree(CONTEXT, context)
        (context / "ca-bundle.crt").write_bytes(ca_bundle)
        docker(
            "build", "--quiet", f"--build-arg=BASE={release.base}", *proxies,
            f"--label={HASH_LABEL}={wanted}", f"--tag={release.tag}", str(context),
            timeout=BUILD_TIMEOUT,
        )  # fmt: skip


def _ensure_base(release: Release, say: Say) -> None:
    """Have the base image: the local one, else the registry's, else made from Debian's archive."""
    if inspect("image", release.base):
        return
    say(f"{release.base}: pulling")
    try:
        docker("pull", "--quiet", release.base, timeout=PULL_TIMEOUT)
    except DockerError as error:
        say(f"{release.base}: cannot be pulled ({error.stderr.strip().splitlines()[-1]})")
        say(f"{release.base}: making it with mmdebstrap from Debian's archive (about half a minute)")
        _bootstrap(release)


def _bootstrap(release: Release) -> None:
    _ensure_mmdebstrap()
    with tempfile.TemporaryFile() as complaints:
        maker = subprocess.Popen(
            ["mmdebstrap", "--quiet", "--variant=minbase", "--include=ca-certificates", release.codename, "-"],
            stdout=subprocess.PIPE,
            stderr=complaints,
        )
        importer = subprocess.run(
            ["docker", "import", "--change", 'CMD ["bash"]', "-", release.base],
            stdin=maker.stdout,
            capture_output=True,
            timeout=BUILD_TIMEOUT,
            check=False,
        )
        if maker.stdout:
            maker.stdout.close()
        if maker.wait() != 0:
            complaints.seek(0)
            # docker import takes what it got as an image, however little it was
            subprocess.run(["docker", "image", "rm", release.base], capture_output=True, check=False)
            raise SandboxError(f"mmdebstrap could not make {release.base}: {complaints.read().decode().strip()}")
    if importer.returncode != 0:
        raise SandboxError(f"docker import of {release.base} failed: {importer.stderr.decode().strip()}")


def _ensure_mmdebstrap() -> None:
    if shutil.which("mmdebstrap"):
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SandboxError(
            "images: the base image can neither be found nor pulled, and mmdebstrap is not installed; "
            "install it (on Debian: sudo apt install mmdebstrap), or give docker a registry."
        )
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", "mmdebstrap"]):
        done = subprocess.run(step, env=environment, capture_output=True, check=False)
        if done.returncode != 0:
            raise SandboxError(f"{' '.join(step)} failed: {done.stderr.decode().strip()}")
