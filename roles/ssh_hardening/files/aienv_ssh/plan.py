"""What has to be changed on this host, as data: forecast and deed are made of the same list."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aienv_ssh import firewall, server, transaction
from aienv_ssh.host import UNITS, Refused, digest, read, unit_is
from aienv_ssh.promises import HEADER, Promises, drop_in

DROP_IN = Path("/etc/ssh/sshd_config.d/00-aienv-hardening.conf")
#: The same in vars/main.yml, where the keywords name them.
BANNER = Path("/etc/ssh/aienv-banner")
AUTHORITIES = Path("/etc/ssh/aienv-user-ca.pub")
PRINCIPALS = Path("/etc/ssh/aienv-principals")
JAIL = Path("/etc/fail2ban/jail.d/aienv-sshd.local")
PAM = Path("/etc/pam.d/sshd")

#: Asks for a code, and lets pass who has none yet (nullok). Nobody comes here without having shown a key, whatever else
#: stands in sshd_config: the first line sees to that by sshd's own word.
CODE = """# begin: aienv.cloud.ssh_hardening
auth requisite pam_exec.so quiet /bin/sh -c [case "$SSH_AUTH_INFO_0" in *publickey*) exit 0;; esac; exit 1]
auth required pam_google_authenticator.so nullok
auth required pam_permit.so
# end: aienv.cloud.ssh_hardening
"""
PASSWORD = "@include common-auth\n"  # noqa: S105 - the line of PAM that asks for one


@dataclass(frozen=True)
class Step:
    """One change: a text to write, a file to put back or to remove, a key to make."""

    path: Path
    what: str
    text: str | None = None
    mode: int = 0o644
    original: Path | None = None
    key: str = ""


def socket_file(socket: str) -> Path:
    return UNITS / f"{socket}.d" / "aienv-ports.conf"


def wanted(request: dict[str, Any], promises: Promises) -> dict[Path, str | None]:
    """Every file that is ours -> its text, None where it shall not be."""
    ports = ports_to_be(request)
    held_by_systemd = bool(request["ports"]) and unit_is("active", request["socket"])
    files: dict[Path, str | None] = {
        **dict.fromkeys(PRINCIPALS.glob("*")),
        DROP_IN: drop_in(promises, request),
        socket_file(request["socket"]): socket_text(ports) if held_by_systemd else None,
        BANNER: request["banner"].rstrip() + "\n" if request["banner"] else None,
        AUTHORITIES: "\n".join(request["authorities"]) + "\n" if request["authorities"] else None,
        JAIL: jail(request, ports) if request["guard"] == "fail2ban" else None,
        firewall.RULES: None,
        UNITS / firewall.UNIT: None,
        PAM: pam(read(PAM) or "", request["second_factor"] == "totp"),
    }
    files |= {PRINCIPALS / user: "\n".join(names) + "\n" for user, names in request["principals"].items()}
    if request["firewall"]:
        files |= {firewall.RULES: firewall.ruleset(request["firewall_rules"], ports)}
        files |= {UNITS / firewall.UNIT: firewall.SERVICE}
    return files


def ports_to_be(request: dict[str, Any]) -> list[int]:
    """The ports of SSH after the change."""
    if request["ports"] or not set_by_us(request):
        return request["ports"] or server.ports(request["socket"])
    return server.declared_ports([path for path in server.config_files() if path != DROP_IN])


def set_by_us(request: dict[str, Any]) -> bool:
    return "\nPort " in (read(DROP_IN) or "") or socket_file(request["socket"]).exists()


def unwanted(request: dict[str, Any]) -> dict[Path, str | None]:
    """The same files where nothing of ours shall be left."""
    ours = [DROP_IN, socket_file(request["socket"]), BANNER, AUTHORITIES, JAIL, firewall.RULES, UNITS / firewall.UNIT]
    files: dict[Path, str | None] = dict.fromkeys([*ours, *PRINCIPALS.glob("*")])
    return {**files, PAM: pam(read(PAM) or "", False)}


def socket_text(ports: list[int]) -> str:
    """Where sshd is started on demand, systemd holds the ports; the empty line clears those that were there."""
    return "\n".join([HEADER + "[Socket]", "ListenStream=", *(f"ListenStream={port}" for port in ports)]) + "\n"


def jail(request: dict[str, Any], ports: list[int]) -> str:
    spared = " ".join(["127.0.0.1/8", "::1", *request["spared_sources"]])
    # Newer servers do the talking in a program of its own, which the filter that fail2ban brings overlooks.
    journal = f"journalmatch = _SYSTEMD_UNIT={request['service']} + _COMM=sshd + _COMM=sshd-session"
    lines = ["[sshd]", "enabled = true", "filter = sshd[mode=aggressive]", "backend = systemd", journal]
    lines += [f"port = {','.join(map(str, ports))}"]
    lines += ["banaction = nftables-multiport", "maxretry = 5", "findtime = 10m", "bantime = 10m"]
    return HEADER + "\n".join([*lines, f"ignoreip = {spared}"]) + "\n"


def pam(text: str, code: bool) -> str | None:
    """PAM's file for sshd with the code's lines in the place of the password's, or as it was. None where it is missing.

    Raises Refused where nothing asks for the password in the way that we know.
    """
    if not text or (CODE in text) == code:
        return text or None
    if code and PASSWORD not in text:
        raise Refused(f"{PAM} has no line {PASSWORD.strip()!r} that the code could stand in for")
    return text.replace(PASSWORD, CODE, 1) if code else text.replace(CODE, PASSWORD, 1)


def steps(request: dict[str, Any], promises: Promises) -> list[Step]:
    absent = request["state"] == "absent"
    files = unwanted(request) if absent else wanted(request, promises)
    found = [
        Step(path, f"{'remove' if text is None else 'write'} {path}", text, mode_of(path))
        for path, text in files.items()
        if read(path) != text
    ]
    return found + (returns() if absent else renewals(request))


def mode_of(path: Path) -> int:
    return 0o600 if path in (DROP_IN, firewall.RULES) else 0o644


def renewals(request: dict[str, Any]) -> list[Step]:
    """Host keys to make and groups to remove."""
    found = [
        Step(server.KEYS[kind], f"make the host key {server.KEYS[kind]}", key=kind) for kind in server.missing_keys()
    ]
    text, gone = server.long_moduli(request["moduli_bits"])
    what = f"remove {gone} groups shorter than {request['moduli_bits']} bits from {server.MODULI}"
    return [*found, Step(server.MODULI, what, text)] if gone else found


def returns() -> list[Step]:
    """What was others' before our first change, and still is as we left it."""
    known, found = transaction.manifest(), []
    for path in [server.MODULI, *(file for key in server.KEYS.values() for file in (key, Path(f"{key}.pub")))]:
        if known["written"].get(str(path)) == digest(path) != "":
            was_there = known["files"][str(path)]
            words = f"{'put back' if was_there else 'remove'} {path}"
            found.append(Step(path, words, original=transaction.original(path) if was_there else None))
    return found


def touched(step: Step) -> list[Path]:
    return [step.path, Path(f"{step.path}.pub")] if step.key else [step.path]
