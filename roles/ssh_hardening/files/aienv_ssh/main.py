"""The questions that the role asks of a host, and their answers: one JSON object each."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from aienv_ssh import firewall, lockout, matches, plan, server, transaction
from aienv_ssh.host import STATE, UNITS, Refused, login_user, missing_packages, must, replace, run, unit_is
from aienv_ssh.promises import Promises, broken, drop_in, resolve

Request = dict[str, Any]
Answer = dict[str, Any]


def observe(request: Request) -> Answer:
    """Who connects, what is missing, what would be changed, and why that must not be."""
    missing = missing_packages(request["packages"])
    answer: Answer = {"root": os.geteuid() == 0, "installed": server.installed(), "missing": missing}
    if not answer["root"] or not answer["installed"]:
        return answer
    absent = request["state"] == "absent"
    promises = {} if absent else resolve(request)
    if taken := [] if absent else lockout.taken(request):
        raise Refused(f"another program listens on port {taken[0]}, which ssh_hardening_ports names")
    steps = plan.steps(request, promises)
    return {
        **answer,
        "user": login_user(),
        "lockouts": [] if absent else lockout.sentences(request, promises),
        "open": transaction.is_open(),
        "texts": [
            {"path": str(step.path), "text": step.text}
            for step in steps
            if step.text is not None and step.path != server.MODULI
        ],
        "plan": [step.what for step in steps],
        "ours": transaction.manifest()["packages"],
        "to_forget": absent and STATE.exists(),
    }


def settle_lines(request: Request, steps: list[plan.Step]) -> list[str]:
    """Shell lines that make the services take their files as they are, be they new or put back. Open sessions stay."""
    service, socket, paths = request["service"], request["socket"], {step.path for step in steps}
    lines, wall = ["systemctl daemon-reload"], UNITS / firewall.UNIT
    if paths & {firewall.RULES, wall}:
        gone = f"nft delete table {firewall.TABLE}; systemctl stop {wall.name}; rm -f {UNITS}/multi-user.target.wants/{wall.name}"
        there = f"systemctl enable --quiet {wall.name}; systemctl reload-or-restart {wall.name}"
        lines.append(f"if [ -e {wall} ]; then {there}; else {gone}; fi")
    if plan.JAIL in paths:
        gone = f"systemctl {'stop' if 'fail2ban' in transaction.manifest()['packages'] else 'restart'} fail2ban"
        lines.append(
            f"if [ -e {plan.JAIL} ]; then systemctl enable --quiet fail2ban; systemctl restart fail2ban; else {gone}; fi"
        )
    if unit_is("active", socket):
        # systemd refuses a socket anew while its service runs. Stopping that leaves sessions alone (KillMode=process).
        lines.append(f"systemctl stop {service}; systemctl reset-failed {service} {socket}; systemctl restart {socket}")
    elif unit_is("active", service):
        # A server that could not have its new port is no more, and cannot be reloaded.
        lines.append(f"systemctl reload {service} || systemctl restart {service}")
    return lines


def apply(request: Request) -> Answer:
    """Arm the way back, change everything, hold it against sshd -T, reload. Until the reload nobody notices."""
    promises = {} if request["state"] == "absent" else resolve(request)
    steps = plan.steps(request, promises)
    paths, settle = [path for step in steps for path in plan.touched(step)], settle_lines(request, steps)
    try:
        transaction.begin(paths, settle, request["rollback_seconds"])
        for step in steps:
            carry_out(step)
        transaction.note_written(paths)
        check(request, promises)
        transaction.rewind()
    except Exception:
        transaction.take_back()
        raise
    for line in settle:
        run("/bin/sh", "-c", line)
    return {"actions": [step.what for step in steps], "ports": server.ports(request["socket"])}


def carry_out(step: plan.Step) -> None:
    if step.key:
        for path in plan.touched(step):
            path.unlink(missing_ok=True)
        size = ("-b", str(server.RSA_BITS)) if step.key == "rsa" else ()
        must("Making a host key", "ssh-keygen", "-q", "-t", step.key, *size, "-N", "", "-C", "", "-f", str(step.path))
    elif step.original:
        transaction.copy(step.original, step.path)
    elif step.text is not None:
        replace(step.path, step.text, step.mode)
    else:
        step.path.unlink(missing_ok=True)
        # A folder that only we had a file in goes with it; one with files of others stays.
        if "aienv" in step.path.parent.name or step.path.parent.name.endswith(".socket.d"):
            run("rmdir", "--ignore-fail-on-non-empty", str(step.path.parent))


def check(request: Request, promises: Promises) -> None:
    """Let the programs judge the files before they count. Raises Refused."""
    must("sshd -t", "/usr/sbin/sshd", "-t")
    if request["state"] == "absent":
        return
    if request["firewall"]:
        must("nft --check", "nft", "--check", "--file", str(firewall.RULES))
    if request["authorities"]:
        must("Reading ssh_hardening_user_ca_keys", "ssh-keygen", "-l", "-f", str(plan.AUTHORITIES))
    if request["guard"] == "fail2ban":
        must("fail2ban-client --test", "fail2ban-client", "--test")
    if problems := broken(promises, drop_in(promises, request), login_user()):
        raise Refused("; ".join(problems))


def verify(request: Request) -> list[str]:
    """Everything that is not as promised: by sshd -T, by the running server, by the firewall that is loaded."""
    problems = ["a change waits to be confirmed or taken back"] if transaction.is_open() else []
    if request["state"] == "absent":
        return problems + [f"still to do: {step.what}" for step in plan.steps(request, {})]
    promises = resolve(request)
    problems += broken(promises, drop_in(promises, request), login_user())
    problems += [f"not as declared: {step.what}" for step in plan.steps(request, promises)]
    if request["firewall"]:
        problems += firewall.problems(firewall.RULES.read_text() if firewall.RULES.exists() else "")
    if request["guard"] == "fail2ban" and not watched():
        problems.append("fail2ban does not watch sshd")
    return problems + server.probe(request["socket"])


def proof(request: Request) -> Answer:
    """What verify has just seen to be so, and what cannot be seen from here. Asked where there is no problem."""
    if request["state"] == "absent":
        return {"proved": ["Nothing of ssh_hardening is left on the host."], "not_proved": []}
    user, ports = login_user(), ", ".join(map(str, server.ports(request["socket"])))
    places = matches.contexts(server.config_files())
    asked = " and ".join(dict.fromkeys([user, "root"])) + f", and for connections of {len(places)} Match lines"
    proved = [
        f"By sshd -T with all its files, sshd holds every promise of the profile {request['profile']} for {asked}.",
        f"The running server names public keys as the only way in, on port {ports}.",
    ]
    proved += (
        ["The host's firewall that is loaded is the declared one, and is loaded at boot."]
        if request["firewall"]
        else []
    )
    proved += ["fail2ban watches sshd."] if request["guard"] == "fail2ban" else []
    others = {"what": f"The login of anybody but {user}", "why": "nobody else's key is here to try"}
    return {"proved": proved, "not_proved": [others]}


def watched() -> bool:
    """Whether fail2ban looks after sshd; it takes some seconds to start."""
    for _attempt in range(20):
        if run("fail2ban-client", "status", "sshd").returncode == 0:
            return True
        time.sleep(0.5)
    return False


def answer(request: Request) -> Answer:
    mode = request["mode"]
    if mode == "observe":
        return observe(request)
    if mode == "verify":
        problems = verify(request)
        return {"problems": problems, "proof": {} if problems else proof(request)}
    if mode == "apply":
        return apply(request)
    if mode == "note":
        transaction.note_packages(request["note"])
        return {}
    transaction.confirm(forget=request["state"] == "absent")
    folder = Path("/var/lib/aienv")
    run("rmdir", "--ignore-fail-on-non-empty", str(folder))
    return {}


def main(request: Request) -> None:
    said: Answer = {"error": ""}
    try:
        said.update(answer(request))
    except Refused as refused:
        said["error"] = str(refused)
    sys.stdout.write(json.dumps(said) + "\n")
