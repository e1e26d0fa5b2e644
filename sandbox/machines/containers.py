"""The containers of one sandbox: list, make, start, stop, remove, and change the firewall of a running one."""

from __future__ import annotations

import re
from datetime import datetime

from sandbox.docker import OWNER_LABEL, docker, inspect, owned
from sandbox.machines import firewall
from sandbox.machines.machine import INSTANCE_LABEL, SETTLED, Container, Machine, container_name

#: What systemd needs without --privileged and without the host's cgroup tree. SYS_BOOT lets the guest say whether
#: it powers off or reboots; inside a PID namespace it can do that to itself only.
RUN_FLAGS = (
    "--cap-add=SYS_ADMIN", "--cap-add=NET_ADMIN", "--cap-add=SYS_BOOT",
    "--security-opt=seccomp=unconfined", "--security-opt=apparmor=unconfined", "--cgroupns=private",
    "--tmpfs=/run", "--tmpfs=/run/lock", "--tmpfs=/tmp",
)  # fmt: skip

#: Seconds that a machine has to shut down; a cloud gives more, but nobody wants to wait here.
STOP_TIMEOUT = 20


class Containers:
    """Docker's containers that belong to one sandbox."""

    def __init__(self, owner: str) -> None:
        self._owner = owner

    def list(self) -> dict[str, Container]:
        """All of them, by machine id."""
        found = {}
        for raw in inspect("container", *owned("container", self._owner)):
            machine_id = raw["Config"]["Labels"][INSTANCE_LABEL]
            found[machine_id] = Container(
                id=raw["Id"],
                machine_id=machine_id,
                state=raw["State"]["Status"],
                exit_code=raw["State"]["ExitCode"],
                settled=raw["Name"].endswith(SETTLED),
                started=read_time(raw["State"]["StartedAt"]),
            )
        return found

    def create(self, machine: Machine, image: str, network: str) -> str:
        """Make a container that does not run yet; returns its id."""
        return docker(
            "container", "create", *RUN_FLAGS,
            f"--label={OWNER_LABEL}={self._owner}", f"--label={INSTANCE_LABEL}={machine.id}",
            f"--name={container_name(self._owner, machine.id)}", f"--hostname={machine.hostname}",
            f"--network={network}", f"--ip={machine.address}", "--restart=no", image,
        )  # fmt: skip

    def copy(self, container: str, archive: bytes) -> None:
        """Lay files into a container, running or not."""
        docker("cp", "-", f"{container}:/", data=archive)

    def start(self, container: str) -> None:
        docker("start", container)

    def stop(self, container: str) -> None:
        docker("stop", f"--time={STOP_TIMEOUT}", container, timeout=STOP_TIMEOUT + 60)

    def remove(self, *containers: str) -> None:
        docker("rm", "--force", "--volumes", *containers, timeout=300)

    def settle(self, container: Container, settled: bool) -> None:
        """Write into its name whether the cloud wants it stopped."""
        name = container_name(self._owner, container.machine_id)
        docker("rename", container.id, name + SETTLED if settled else name)

    def load_firewall(self, container: str, rules: str) -> None:
        """Replace the rules of a running machine, in one step, and leave them for its next start."""
        path = firewall.PATH
        script = f"umask 077 && cat > {path}.new && mv {path}.new {path} && nft -f {path}"
        docker("exec", "--interactive", container, "sh", "-c", script, data=rules.encode())


def read_time(text: str) -> datetime | None:
    """Docker's time stamps have nanoseconds, and the year 1 for "never"."""
    if text.startswith("0001-"):
        return None
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d*", r"\1", text).replace("Z", "+00:00"))
