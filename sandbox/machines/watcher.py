"""The watcher: looks at the cloud and at Docker, and takes one step for every machine where they differ.

Everything it acts on is read anew: it may be killed at any moment, and another one carries on.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sandbox.docker import DockerError
from sandbox.errors import SandboxError
from sandbox.images import RELEASES
from sandbox.machines import firewall
from sandbox.machines.cloud import Cloud, Look
from sandbox.machines.containers import Containers
from sandbox.machines.decide import Action, decide
from sandbox.machines.machine import Container, Machine
from sandbox.machines.networks import Networks
from sandbox.machines.report import Report
from sandbox.machines.seed import archive, boot_files, seed_files

log = logging.getLogger(__name__)

#: Seconds between looks; a look at many machines takes longer, and then they are rarer, so that looking takes a fifth
#: of one core at most.
PAUSE, PAUSE_LAST = 0.5, 2.0
SHARE = 0.2

#: Steps at once. More only makes Docker's daemon and two cores switch between more half-made machines.
WORKERS = 8

#: Seconds before a step that failed is tried again, doubled each time up to the last.
RETRY_FIRST, RETRY_LAST = 1.0, 30.0

FALLBACK = "debian-12"


class Watcher:
    """One sandbox's machines."""

    def __init__(self, state: Path, cloud: Cloud) -> None:
        self._cloud = cloud
        self._troubles: tuple[type[Exception], ...] = (*cloud.errors, SandboxError)
        self._containers = Containers(str(state))
        self._networks = Networks(str(state))
        self._report = Report(state)
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="machine")
        self._stopping = threading.Event()
        self._busy: set[str] = set()
        self._failures: dict[str, tuple[int, float]] = {}
        self._rules: dict[str, str] = {}
        self._look = Look({}, {})
        self._networks_of: set[str] | None = None

    def run(self) -> None:
        """Look and act until told to stop."""
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self.step()
            except self._troubles as error:
                log.warning("cannot look: %s", error)
            took = time.monotonic() - began
            self._stopping.wait(min(PAUSE_LAST, max(PAUSE, took * (1 / SHARE - 1))))
        self._pool.shutdown(wait=True, cancel_futures=True)

    def stop(self) -> None:
        self._stopping.set()

    def step(self) -> None:
        """One look at both sides, and one step for every machine that needs one."""
        # A machine whose step ends while we look is left alone: what we saw of it may be from before.
        busy = set(self._busy)
        # Docker first: a machine made in between shows in the cloud only, and is not taken for a leftover.
        containers = self._containers.list()
        self._look = look = self._cloud.look()
        self._report.update(look.machines)
        for machine_id in look.machines.keys() | containers.keys():
            if machine_id not in busy and not self._is_waiting(machine_id):
                self._advance(machine_id, look, containers.get(machine_id))
        if not busy:
            self._prune_networks(look, containers)

    def _prune_networks(self, look: Look, containers: dict[str, Container]) -> None:
        """Remove the networks that lost their last machine; looked at only when the machines changed."""
        wanted = {machine.subnet for machine in look.machines.values()}
        if self._busy or containers.keys() - look.machines.keys() or wanted == self._networks_of:
            return
        self._networks.prune(wanted)
        self._networks_of = wanted

    def _advance(self, machine_id: str, look: Look, container: Container | None) -> None:
        machine = look.machines.get(machine_id)
        action = decide(machine, container, look.reboots.get(machine_id))
        if action is Action.NOTHING:
            if machine and container and container.state == "running":
                self._refresh_firewall(machine, container)
            return
        self._submit(machine_id, lambda: self._act(action, machine_id, machine, container), action.value)

    def _submit(self, machine_id: str, work: Callable[[], None], word: str) -> None:
        self._busy.add(machine_id)
        self._pool.submit(self._try, machine_id, work, word)

    def _try(self, machine_id: str, work: Callable[[], None], word: str) -> None:
        try:
            if not self._stopping.is_set():
                log.info("%s: %s", machine_id, word)
                work()
            if self._failures.pop(machine_id, None):
                self._report.note(machine_id, "")
        except self._troubles as error:
            self._fail(machine_id, f"{word}: {error}")
        except Exception:
            log.exception("%s: %s", machine_id, word)
            self._fail(machine_id, f"{word}: an error of the sandbox itself, see machines.log")
        finally:
            self._busy.discard(machine_id)

    def _fail(self, machine_id: str, text: str) -> None:
        tries = self._failures.get(machine_id, (0, 0.0))[0] + 1
        pause = min(RETRY_LAST, RETRY_FIRST * 2 ** (tries - 1))
        self._failures[machine_id] = (tries, time.monotonic() + pause)
        self._report.note(machine_id, text)
        log.warning("%s: %s (again in %.0f s)", machine_id, text, pause)

    def _is_waiting(self, machine_id: str) -> bool:
        return self._failures.get(machine_id, (0, 0.0))[1] > time.monotonic()

    def _act(self, action: Action, machine_id: str, machine: Machine | None, container: Container | None) -> None:
        if machine is None or action is Action.REMOVE:
            self._remove(machine_id, machine, container)
        elif action is Action.CREATE or container is None:
            self._create(machine)
        elif action is Action.RECREATE:
            self._containers.remove(container.id)
            self._create(machine)
        elif action is Action.START:
            self._start(machine, container)
        elif action is Action.UNSETTLE:
            self._containers.settle(container, settled=False)
        elif action is Action.REPORT_OFF:
            self._cloud.switch_off(machine)
            # At once: somebody may start it again before the next look.
            self._containers.settle(container, settled=True)
        else:
            self._halt(action, machine, container)

    def _halt(self, action: Action, machine: Machine, container: Container) -> None:
        self._rules.pop(machine.id, None)
        if action in (Action.STOP, Action.RESTART):
            self._containers.stop(container.id)
        if action is Action.RESTART:
            self._start(machine, container)
        elif not container.settled:
            self._containers.settle(container, settled=True)

    def _create(self, machine: Machine) -> None:
        image = self._choose_image(machine)
        network = self._networks.ensure(machine.subnet, self._cloud.subnet_cidr(machine.subnet))
        seed = seed_files(machine, self._cloud.user_data(machine), self._cloud.logins(machine))
        container = self._containers.create(machine, image, network)
        rules = self._ruleset(machine)
        self._containers.copy(container, archive(seed | boot_files(rules, self._cloud.gpus(machine))))
        self._containers.start(container)
        self._rules[machine.id] = _digest(container, rules)
        self._report.time_ssh(machine)

    def _start(self, machine: Machine, container: Container) -> None:
        """Start again, with the rules and the machine type of today."""
        rules = self._ruleset(machine)
        self._containers.copy(container.id, archive(boot_files(rules, self._cloud.gpus(machine))))
        self._containers.start(container.id)
        self._rules[machine.id] = _digest(container.id, rules)
        if container.settled:
            self._containers.settle(container, settled=False)

    def _remove(self, machine_id: str, machine: Machine | None, container: Container | None) -> None:
        # A list may lack a machine for a moment; only the cloud's word about this very machine ends it.
        if container and (machine is not None or self._cloud.is_gone(machine_id)):
            self._containers.remove(container.id)
            self._rules.pop(machine_id, None)

    def _choose_image(self, machine: Machine) -> str:
        """The container image for a cloud image, by its name (debian-12-amd64-20261102-2287)."""
        name = self._cloud.image_name(machine)
        for release in RELEASES.values():
            if name.startswith(release.name):
                self._report.image(machine.id, release.name)
                return release.tag
        self._report.image(machine.id, f"{FALLBACK} (instead of {name or machine.image_id})")
        return RELEASES[FALLBACK].tag

    def _ruleset(self, machine: Machine) -> str:
        groups = [self._look.groups[group] for group in machine.groups if group in self._look.groups]
        return firewall.ruleset(groups, self._look.members())

    def _refresh_firewall(self, machine: Machine, container: Container) -> None:
        rules = self._ruleset(machine)
        digest = _digest(container.id, rules)
        if self._rules.get(machine.id) == digest:
            return

        def load() -> None:
            try:
                self._containers.load_firewall(container.id, rules)
            except DockerError as error:
                if "is not running" in error.stderr:
                    return
                raise
            self._rules[machine.id] = digest

        self._submit(machine.id, load, "firewall")


def _digest(container: str, rules: str) -> str:
    return hashlib.sha256(f"{container}\0{rules}".encode()).hexdigest()
