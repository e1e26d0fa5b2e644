"""The order in which a machine is configured, and that each role can be chosen by a tag of its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
#: Who needs what another leaves comes after it; what locks the door comes last but for what runs by itself afterwards.
ORDER = [
    "nvidia_driver",
    "python",
    "cuda",
    "framework",
    "nvidia_container_toolkit",
    "ssh_hardening",
    "backup",
    "os_updates",
    "idle_stop",
]


def configured() -> list[tuple[str, list[str]]]:
    """(role, tags) of every role that configure.yml names, in the order in which they run."""
    play = next(play for play in yaml.safe_load((ROOT / "playbooks/configure.yml").read_text()) if "roles" in play)
    static = [(entry["role"], entry.get("tags", [])) for entry in play["roles"]]
    found = [*included(play["pre_tasks"]), *static, *included(play["tasks"])]
    return [(name.removeprefix("aienv.cloud."), tags) for name, tags in found]


def included(tasks: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """A tag of the inclusion alone would choose none of the role's tasks."""
    asked = [(task, task["ansible.builtin.include_role"]) for task in tasks if "ansible.builtin.include_role" in task]
    return [
        (role["name"], [tag for tag in task.get("tags", []) if tag in role["apply"]["tags"]]) for task, role in asked
    ]


def test_the_roles_run_in_the_order_of_who_needs_whom():
    assert [name for name, _ in configured()] == ORDER


def test_each_role_is_chosen_by_a_tag_of_its_name():
    assert [name for name, tags in configured() if name not in tags] == []


def test_site_makes_configures_and_verifies():
    plays = yaml.safe_load((ROOT / "playbooks/site.yml").read_text())
    assert [play["ansible.builtin.import_playbook"] for play in plays] == [
        "provision.yml",
        "configure.yml",
        "verify.yml",
    ]
