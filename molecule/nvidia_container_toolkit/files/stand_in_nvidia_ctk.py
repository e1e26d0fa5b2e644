#!/usr/bin/python3
"""A stand-in for NVIDIA's nvidia-ctk, for tests alone: the same words and the same kind of answers, as its documentation has them.

runtime configure --runtime=docker merges the runtime into a configuration, or with --dry-run prints what it would write; cdi generate
describes the machine's GPU, which is there when /srv/gpu is, and fails without one as the true one does without a driver.
"""

import argparse
import json
import sys
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--version", action="version", version="NVIDIA Container Toolkit CLI version @VERSION@ (stand-in)")
commands = parser.add_subparsers(required=True)

runtime = commands.add_parser("runtime").add_subparsers(required=True).add_parser("configure")
runtime.add_argument("--runtime", choices=["docker"], required=True)
runtime.add_argument("--config", type=Path, required=True)
runtime.add_argument("--dry-run", action="store_true")
runtime.add_argument("--set-as-default", action="store_true")
runtime.set_defaults(run="configure")

cdi = commands.add_parser("cdi").add_subparsers(required=True).add_parser("generate")
cdi.set_defaults(run="generate")
words = parser.parse_args()

if words.run == "configure":
    config = json.loads(words.config.read_text()) if words.config.exists() else {}
    config.setdefault("runtimes", {})["nvidia"] = {"path": "nvidia-container-runtime", "args": []}
    if words.set_as_default:
        config["default-runtime"] = "nvidia"
    text = json.dumps(config, indent=4)
    sys.stdout.write(text) if words.dry_run else words.config.write_text(text)
elif not Path("/srv/gpu").exists():
    sys.exit('level=error msg="failed to initialize NVML: ERROR_LIBRARY_NOT_FOUND"')
else:
    edits = {
        "containerEdits": {
            "env": ["NVIDIA_VISIBLE_DEVICES=void", "STAND_IN_GPU=" + Path("/srv/gpu").read_text().strip()]
        }
    }
    sys.stdout.write(
        json.dumps({"cdiVersion": "0.5.0", "kind": "nvidia.com/gpu", "devices": [{"name": "all", **edits}]}) + "\n"
    )
