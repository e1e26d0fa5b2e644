"""Count, per host, the task runs that touch it, and the seconds of a whole playbook: the cost of a second run, measured.

Writes <directory>/<playbook>.json: {"seconds": float, "hosts": {host: [task name, …]}}. The directory is AIENV_HOST_TASKS.
Each item of a loop is a run of its own. What runs on the controller alone does not count.
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: host_tasks
type: aggregate
short_description: Count the task runs that touch a host
description: Writes what it counted into the directory that the environment variable AIENV_HOST_TASKS names.
"""

ON_THE_CONTROLLER = {
    "add_host", "assert", "debug", "fail", "group_by", "import_role", "import_tasks", "include_role", "include_tasks",
    "include_vars", "meta", "pause", "set_fact", "set_stats", "validate_argument_spec",
}  # fmt: skip


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "host_tasks"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self.begin = time.monotonic()
        self.playbook = "playbook"
        self.hosts: dict[str, list[str]] = defaultdict(list)

    def v2_playbook_on_start(self, playbook: Any) -> None:
        self.playbook = Path(playbook._file_name).stem

    def count(self, result: Any, ignore_errors: bool = False) -> None:
        task, answer = result.task, result.result
        if task.delegate_to or task.action.rpartition(".")[2] in ON_THE_CONTROLLER:
            return
        items = answer.get("results") if task.loop else None
        runs = sum(not item.get("skipped") for item in items) if items is not None else 1
        self.hosts[result.host.get_name()] += [task.get_name()] * runs

    v2_runner_on_ok = v2_runner_on_failed = count

    def v2_playbook_on_stats(self, stats: Any) -> None:
        if directory := os.environ.get("AIENV_HOST_TASKS"):
            counted = {"seconds": round(time.monotonic() - self.begin, 1), "hosts": self.hosts}
            Path(directory).mkdir(parents=True, exist_ok=True)
            Path(directory, f"{self.playbook}.json").write_text(json.dumps(counted, indent=1))
