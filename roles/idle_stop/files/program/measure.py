"""One sample of the machine: GPUs, processors, network, processes. What cannot be read is named in `blind`."""

from __future__ import annotations

import os
import re
import shutil
import time
from pathlib import Path

import hold
import people
from ask import Blind, program

#: NVIDIA's display and 3D controllers on the PCI bus: pcidatabase's vendor 10de, classes 0300 and 0302.
NVIDIA, DISPLAY = "0x10de", ("0x0300", "0x0302")
FIELDS = "utilization.gpu,memory.used"
#: nvidia-smi(1), return codes: "No devices were found", and a damaged infoROM, which it warns of behind its answer.
NO_DEVICES, DAMAGED = 6, 14
#: Interfaces whose traffic is the machine's own, or passes through another one as well.
INNER = re.compile(r"(lo|docker|br-|veth|virbr|cni|flannel|cali|tunl|vxlan|kube)")
BUSY_FIELDS = (0, 1, 2, 5, 6)  # user, nice, system, irq, softirq of /proc/stat: proc(5)


class Meter:
    """Counters of the last reading, because load is a difference."""

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        self.root = Path(settings.get("root", "/"))
        self.patterns = [re.compile(text) for text in settings["processes"]]
        self.last: dict = {}
        self.holds = hold.Holds(settings)

    def sample(self) -> dict:
        seen: dict = {"wall": time.time(), "boot": time.clock_gettime(time.CLOCK_BOOTTIME), "blind": {}}
        for name, look in self.sensors().items():
            try:
                seen[name] = look()
            except Blind as blind:
                seen["blind"][name] = str(blind)
            except Exception as error:  # noqa: BLE001 - whatever a user's file or a server makes of one sense, the others look on
                seen["blind"][name] = f"{name} could not be read: {type(error).__name__} {error}"
        # A question may have taken long; a verdict is about now.
        return {**seen, "wall": time.time(), "boot": time.clock_gettime(time.CLOCK_BOOTTIME)}

    def sensors(self) -> dict:
        wanted = {
            "cpu_cores": self.cpu_cores,
            "network_kib": self.network_kib,
            "processes": self.processes,
            "leases": lambda: people.leases(self.settings),
            "holds": self.holds.look,
        }
        if self.settings["gpu"]:
            wanted["gpus"] = self.gpus
        if self.settings["logins"] != "ignore":
            wanted["sessions"] = lambda: people.sessions(self.root)
        if self.settings["jupyter"]:
            wanted["kernels"] = lambda: people.kernels(self.settings, self.root)
        return wanted

    def gpus(self) -> list:
        """Utilisation and memory of each card. A machine that has one and cannot tell raises Blind."""
        expected = has_gpu(self.root)
        path = shutil.which("nvidia-smi") or ""
        if not path:
            if expected:
                raise Blind("the machine has an NVIDIA GPU, but no nvidia-smi to ask it")
            return []
        wanted = (0, DAMAGED) if expected else (0, DAMAGED, NO_DEVICES)
        said = program(path, f"--query-gpu={FIELDS}", "--format=csv,noheader,nounits", wanted=wanted)
        if said.startswith("No devices") or not (said or expected):
            return []
        return read_cards(said)

    def rate(self, name: str, count: float) -> float | None:
        """How fast a counter grew since the last reading; None for the first."""
        now = time.clock_gettime(time.CLOCK_BOOTTIME)
        before = self.last.get(name)
        self.last[name] = (now, count)
        return None if before is None or now <= before[0] else max(0.0, (count - before[1]) / (now - before[0]))

    def cpu_cores(self) -> float | None:
        ticks = (self.root / "proc/stat").read_text().split("\n", 1)[0].split()[1:]
        return self.rate("cpu", sum(int(ticks[field]) for field in BUSY_FIELDS) / os.sysconf("SC_CLK_TCK"))

    def network_kib(self) -> float | None:
        lines = (self.root / "proc/net/dev").read_text().splitlines()[2:]
        fields = [(name.strip(), rest.split()) for name, _colon, rest in (line.partition(":") for line in lines)]
        return self.rate(
            "network", sum(int(one[0]) + int(one[8]) for name, one in fields if not INNER.match(name)) / 1024
        )

    def processes(self) -> list:
        """The command lines that a pattern of the settings is found in, ours left out."""
        found = []
        for pid, words in people.commands(self.root):
            line = " ".join(words)
            if pid != os.getpid() and any(pattern.search(line) for pattern in self.patterns):
                found.append(f"{line[:80]} ({pid})")
        return found


def has_gpu(root: Path) -> bool:
    def read(path: Path) -> str:
        try:
            return path.read_text().strip()
        except OSError:
            return ""

    devices = root.glob("sys/bus/pci/devices/*")
    return any(read(one / "vendor") == NVIDIA and read(one / "class")[:6] in DISPLAY for one in devices)


def read_cards(said: str) -> list:
    """nvidia-smi's lines: "97, 40210" for each card, "[N/A]" where a card does not tell; warnings are of no card."""
    cards = []
    for line in said.splitlines():
        if line.startswith("WARNING"):
            continue
        used, _comma, held = (part.strip() for part in line.partition(","))
        if not held.isdigit() or not (used.isdigit() or used.startswith("[")):
            raise Blind(f"nvidia-smi says {line[:80]!r} of a card")
        cards.append({"utilisation": int(used) if used.isdigit() else None, "memory_mib": int(held)})
    if not cards:
        raise Blind("nvidia-smi lists no card")
    return cards
