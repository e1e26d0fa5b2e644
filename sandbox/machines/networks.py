"""One Docker network per emulated subnet."""

from __future__ import annotations

import ipaddress
import threading

from sandbox.docker import OWNER_LABEL, DockerError, docker, inspect, owned
from sandbox.errors import SandboxError
from sandbox.machines.machine import SUBNET_LABEL, network_name


class Networks:
    """The Docker networks of one sandbox."""

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._lock = threading.Lock()

    def ensure(self, subnet: str, cidr: str) -> str:
        """Have the network of a subnet and return its name."""
        name = network_name(self._owner, subnet)
        with self._lock:
            if not inspect("network", name):
                self._create(name, subnet, cidr)
        return name

    def _create(self, name: str, subnet: str, cidr: str) -> None:
        # Clouds hand out addresses from the second (GCP) or fourth (AWS, Azure) on, where Docker puts its gateway.
        gateway = ipaddress.ip_network(cidr).broadcast_address - 1
        labels = [f"--label={OWNER_LABEL}={self._owner}", f"--label={SUBNET_LABEL}={subnet}"]
        try:
            docker("network", "create", f"--subnet={cidr}", f"--gateway={gateway}", *labels, name)
        except DockerError as error:
            if "overlap" in error.stderr:
                raise SandboxError(self._explain_overlap(cidr, subnet)) from error
            raise

    def prune(self, wanted: set[str]) -> None:
        """Remove the networks of subnets that hold no machine any more."""
        for found in inspect("network", *owned("network", self._owner)):
            if found["Labels"].get(SUBNET_LABEL) not in wanted and not found["Containers"]:
                with self._lock:
                    docker("network", "rm", found["Id"])

    def _explain_overlap(self, cidr: str, subnet: str) -> str:
        network = ipaddress.ip_network(cidr)
        rivals, remedy = [], "remove that Docker network"
        for found in inspect("network", *docker("network", "ls", "--quiet").split()):
            for entry in found["IPAM"].get("Config") or ():
                other = ipaddress.ip_network(entry["Subnet"])
                if other.version != network.version or not other.overlaps(network):
                    continue
                owner = found["Labels"].get(OWNER_LABEL)
                if owner:
                    stop = f"stop the other sandbox (python -m sandbox down --state {owner})"
                    remedy = "delete the other one" if owner == self._owner else stop
                rivals.append(f"{found['Name']} ({entry['Subnet']}{f', of the sandbox in {owner}' if owner else ''})")
        return (
            f"subnet {subnet} is {cidr}, which overlaps with the Docker network {', '.join(rivals) or '(unknown)'}: "
            f"use another cidr for the emulated network, or {remedy}."
        )
