"""The SSH server. What is true of it is asked of it (`sshd -T`), never read from a file."""

from __future__ import annotations

import pwd
import re
from pathlib import Path

from aienv_ssh.host import must, read, run, unit_is

CONFIG = Path("/etc/ssh/sshd_config")
MODULI = Path("/etc/ssh/moduli")
KEYS = {"ed25519": Path("/etc/ssh/ssh_host_ed25519_key"), "rsa": Path("/etc/ssh/ssh_host_rsa_key")}
RSA_BITS = 4096
PUBLIC_KEY = re.compile(r"(?:^|\s)((?:sk-)?(?:ssh|ecdsa)-[\w@.-]+) AAAA[\w+/=]+")

Values = dict[str, list[str]]


def installed() -> bool:
    return Path("/usr/sbin/sshd").is_file()


def effective(context: dict[str, str] | None = None, config: Path | None = None) -> Values:
    """What sshd would do for a connection: keyword in lower case -> list of values.

    `context` has the words of `sshd -C` (user, host, addr, laddr, lport); `config` is another file to read.
    """
    # Made by the service's start; missing where sshd only starts on demand, and sshd -T insists on it.
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    base = {"user": "root", "host": "localhost", "addr": "127.0.0.1", "laddr": "127.0.0.1", "lport": "22"}
    where = ",".join(f"{word}={value}" for word, value in {**base, **(context or {})}.items())
    other = ("-f", str(config)) if config else ()
    values: Values = {}
    for line in must(
        "Reading the configuration with sshd -T", "/usr/sbin/sshd", "-T", *other, "-C", where
    ).splitlines():
        keyword, _space, value = line.partition(" ")
        values.setdefault(keyword.lower(), []).append(value.strip())
    return values


def config_files(start: Path = CONFIG) -> list[Path]:
    """The configuration files in the order in which sshd reads them."""
    found = [start]
    for line in (read(start) or "").splitlines():
        words = line.replace("=", " ", 1).split()
        if words[:1] and words[0].lower() == "include":
            for pattern in words[1:]:
                base = Path("/") if pattern.startswith("/") else CONFIG.parent
                for path in sorted(base.glob(pattern.strip('"').lstrip("/"))):
                    found += config_files(path) if path not in found else []
    return found


def places(keyword: str) -> str:
    """Where a keyword stands in the configuration, for a sentence."""
    found = [
        f"{path}:{number}"
        for path in config_files()
        for number, line in enumerate((read(path) or "").splitlines(), 1)
        if line.split()[:1] and line.split()[0].lower() == keyword.lower()
    ]
    return f" (it stands in {', '.join(found)})" if found else ""


def key_types(user: str, values: Values) -> list[str]:
    """Types of the public keys by which the user may log in, from the files that sshd would read."""
    person, found = pwd.getpwnam(user), set()
    for pattern in " ".join(values.get("authorizedkeysfile", [])).split():
        name = pattern.replace("%h", person.pw_dir).replace("%u", user).replace("%%", "%")
        for line in (read(Path(person.pw_dir, name)) or "").splitlines():
            match = PUBLIC_KEY.search(line) if not line.startswith("#") else None
            found.update([match.group(1)] if match else [])
    return sorted(found)


def set_elsewhere(values: Values, *keywords: str) -> bool:
    return any(values.get(keyword, ["none"]) != ["none"] for keyword in keywords)


def people_with_keys() -> list[str]:
    """Everybody with a shell and a key of their own."""
    values = effective()
    with_shell = [person for person in pwd.getpwall() if not person.pw_shell.endswith(("nologin", "/false"))]
    return [person.pw_name for person in with_shell if key_types(person.pw_name, values)]


def rsa_bits() -> int:
    done = run("ssh-keygen", "-l", "-f", str(KEYS["rsa"]))
    return int(done.stdout.split()[0]) if done.returncode == 0 else 0


def missing_keys() -> list[str]:
    """Kinds of host keys that have to be made: none there, or RSA of another length."""
    return ([] if KEYS["ed25519"].exists() else ["ed25519"]) + ([] if rsa_bits() == RSA_BITS else ["rsa"])


def long_moduli(bits: int) -> tuple[str, int]:
    """The groups for Diffie-Hellman without those that are too short (sizes are stored less one), and how many go."""
    lines = (read(MODULI) or "").splitlines(keepends=True)
    kept = [line for line in lines if not line[:1].isdigit() or int(line.split()[4]) + 1 >= bits]
    return "".join(kept), len(lines) - len(kept)


def ports(socket: str) -> list[int]:
    """The ports that are listened on: those of systemd's socket where sshd is started on demand, else sshd's own."""
    if not unit_is("active", socket):
        return sorted({int(port) for port in effective()["port"]})
    listen = must("Reading the socket", "systemctl", "show", "--property", "Listen", "--value", socket)
    return sorted({int(port) for port in re.findall(r":(\d+) \(Stream\)", listen)})


def declared_ports(files: list[Path]) -> list[int]:
    """The ports that these files alone make."""
    found = re.findall(r"^\s*port[\s=]+(\d+)", "\n".join(read(path) or "" for path in files), re.I | re.M)
    return sorted({int(port) for port in found}) or [22]


def probe(socket: str) -> list[str]:
    """Knock at the running server without any credentials: it has to name public keys as the only way in."""
    problems = []
    for port in ports(socket):
        command = ["ssh", "-F", "/dev/null", "-p", str(port), "-o", "BatchMode=yes"]
        command += ["-o", "PreferredAuthentications=none", "-o", "ConnectTimeout=10"]
        command += ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
        said = run(*command, "aienv-probe@localhost", "true").stderr.strip().splitlines()
        if not said or not said[-1].endswith("Permission denied (publickey)."):
            problems.append(f"the server on port {port} did not ask for a public key alone: {' / '.join(said[-2:])}")
    return problems
