"""What a machine has, seen without the role's own code, as JSON.

audit: what dpkg complains about. unfinished: packages that are neither installed nor gone. modules: kernel -> file -> [version, licence, kernel in
its vermagic], of those that depmod knows. held: what the role noted. marks: packages on hold. switched_off: whether DKMS builds nothing.
"""

import json
import pathlib
import re
import subprocess
import sys


def run(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=False).stdout


def module(path):
    return [run("modinfo", "-F", field, path).strip().split(" ")[0] for field in ("version", "license", "vermagic")]


def modules(kernel):
    known = re.findall(r"(?m)^(updates/dkms/nvidia[^:]*):", (kernel / "modules.dep").read_text())
    return {pathlib.Path(name).name: module(str(kernel / name)) for name in known}


note = pathlib.Path("/var/lib/aienv-nvidia/held.json")
kernels = [image.name[8:] for image in pathlib.Path("/boot").glob("vmlinuz-*")]
states = re.findall(r"(\S+) (\S+)\n", run("dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n"))
seen = {
    "audit": run("dpkg", "--audit"),
    "unfinished": [name for name, state in states if state not in ("installed", "config-files", "not-installed")],
    "modules": {name: modules(pathlib.Path("/lib/modules", name)) for name in kernels},
    "held": json.loads(note.read_text()) if note.exists() else {},
    "marks": run("apt-mark", "showhold").split(),
    "switched_off": pathlib.Path("/etc/dkms/no-autoinstall").exists(),
}
json.dump(seen, sys.stdout)
