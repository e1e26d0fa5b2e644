"""Holds the repository against the rules of the house, and the rules against planted violations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit import architecture_rules as rules

ROOT = Path(__file__).resolve().parents[2]
UTILS = "ansible_collections.aienv.cloud.plugins.module_utils"
Rule = Callable[[Path], list[str]]

LONG = "x = 1\n" * 301
LONG_FUNCTION = "def work() -> None:\n" + "    x = 1\n" * 40
FACADE = 'DOCUMENTATION = r"""\n' + "a line\n" * 90 + '"""\n'
CODE = "from __future__ import annotations\n\nimport json\n"


def plant(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_repository_keeps(rule: Rule) -> None:
    assert rule(ROOT) == []


def test_there_is_something_to_judge() -> None:
    """The rules look where the code is: a moved folder must not make them pass on nothing."""
    seen = {rules.part_of(path) for path, _ in rules.python_files(ROOT, "plugins")}
    assert {"modules", "run", "engine", "model", "clouds/interface", "clouds/aws", "doc_fragments"} <= seen
    assert len(list(rules.python_files(ROOT, "sandbox"))) > 5


VIOLATIONS = [
    # who imports whom, absolute and relative
    (rules.import_rules, "plugins/module_utils/model/vm.py", "from ..engine.plan import plan"),
    (rules.import_rules, "plugins/module_utils/model/vm.py", "from ..clouds.aws import vms"),
    (rules.import_rules, "plugins/module_utils/model/vm.py", "def f():\n    from ..engine import plan"),
    (rules.import_rules, "plugins/module_utils/engine/plan.py", f"import {UTILS}.clouds.aws.vms"),
    (rules.import_rules, "plugins/module_utils/engine/plan.py", "from ..run import run"),
    (rules.import_rules, "plugins/module_utils/run.py", "from .clouds.aws.vms import VMS"),
    (rules.import_rules, "plugins/module_utils/clouds/aws/vms.py", "from ..gcp import vms"),
    (rules.import_rules, "plugins/module_utils/clouds/aws/vms.py", "from ...engine.wait import RealClock"),
    (rules.import_rules, "plugins/module_utils/clouds/interface.py", "from .aws.vms import VMS"),
    (rules.import_rules, "plugins/modules/aws_vm.py", f"from {UTILS}.engine.reconcile import reconcile"),
    (rules.import_rules, "plugins/modules/aws_vm.py", f"from {UTILS}.clouds.gcp.vms import VMS"),
    (rules.import_rules, "plugins/inventory/aws_vm.py", f"from {UTILS}.run import run"),
    (rules.import_rules, "plugins/module_utils/helpers/text.py", ""),
    # what is foreign
    (rules.foreign_imports, "plugins/module_utils/clouds/aws/session.py", "import boto3"),
    (
        rules.foreign_imports,
        "plugins/module_utils/clouds/aws/session.py",
        "try:\n    import boto3\nexcept ImportError: ...",
    ),
    (rules.foreign_imports, "plugins/module_utils/clouds/aws/vms.py", "def f():\n    import boto3"),
    (rules.foreign_imports, "plugins/module_utils/model/vm.py", "import yaml"),
    (
        rules.foreign_imports,
        "plugins/module_utils/engine/plan.py",
        "from ansible.module_utils.basic import env_fallback",
    ),
    (rules.foreign_imports, "plugins/module_utils/run.py", "from ansible.plugins.inventory import BaseInventoryPlugin"),
    (rules.foreign_imports, "plugins/modules/aws_vm.py", "from ansible.module_utils.basic import env_fallback"),
    (rules.foreign_imports, "plugins/plugin_utils/hosts.py", "from ansible.plugins.inventory import Cacheable"),
    # words that one file owns
    (rules.check_mode_elsewhere, "plugins/module_utils/engine/plan.py", 'getattr(module, "check_mode")'),
    (rules.check_mode_elsewhere, "plugins/modules/aws_vm.py", "AnsibleModule(supports_check_mode=True)"),
    (rules.ansible_module_elsewhere, "plugins/modules/aws_vm.py", "basic.AnsibleModule()"),
    # modules on hosts are alone there, in an old Python
    (rules.import_rules, "plugins/modules/gpu_facts.py", f"from {UTILS}.model.gpu import GPUS"),
    (
        rules.foreign_imports,
        "plugins/modules/gpu_facts.py",
        "from ansible.plugins.inventory import BaseInventoryPlugin",
    ),
    (rules.check_mode_elsewhere, "plugins/modules/gpu_facts.py", "module.check_mode"),
    (rules.long_files, "plugins/modules/gpu_facts.py", LONG),
    (rules.too_new_for_hosts, "plugins/modules/gpu_facts.py", "match x:\n    case 1:\n        pass\n"),
    # the sandbox stays apart
    (rules.sandbox_known, "plugins/modules/aws_vm.py", "# not in the sandbox"),
    (rules.sandbox_known, "roles/python/tasks/main.yml", "when: not sandbox"),
    (rules.sandbox_known, "playbooks/site.yml", "hosts: Sandbox"),
    (rules.sandbox_imports_plugins, "sandbox/aws/front.py", f"from {UTILS}.model.gpu import GPUS"),
    (rules.sandbox_imports_plugins, "sandbox/aws/front.py", "from plugins.module_utils.model import gpu"),
    # budgets
    (rules.long_files, "plugins/module_utils/engine/plan.py", LONG),
    (rules.long_files, "sandbox/front.py", LONG),
    (rules.long_files, "plugins/module_utils/clouds/aws/vms.py", LONG + "x = 1\n" * 100),
    (rules.long_files, "plugins/modules/aws_vm.py", FACADE + "x = 1\n" * 31),
    (rules.long_files, "roles/python/tasks/install.yml", "# line\n" * 81),
    (rules.long_functions, "plugins/module_utils/engine/plan.py", LONG_FUNCTION),
    (rules.long_functions, "sandbox/front.py", LONG_FUNCTION),
    (rules.role_anatomy, "roles/python/README.md", ""),
]


@pytest.mark.parametrize(("rule", "path", "text"), VIOLATIONS, ids=lambda value: getattr(value, "__name__", None))
def test_a_planted_violation_is_found(tmp_path: Path, rule: Rule, path: str, text: str) -> None:
    plant(tmp_path, path, text)
    found = rule(tmp_path)
    assert found
    assert all(line.startswith(path.split("/", maxsplit=1)[0]) for line in found)


INNOCENT = [
    (rules.import_rules, "plugins/module_utils/clouds/aws/vms.py", "from . import tags\nfrom ..interface import Store"),
    (
        rules.import_rules,
        "plugins/module_utils/engine/plan.py",
        "from ..model.vm import VmState\nfrom .wait import wait",
    ),
    (
        rules.import_rules,
        "plugins/modules/aws_vm.py",
        f"from {UTILS}.run import run\nfrom {UTILS}.clouds.aws.vms import VMS",
    ),
    (rules.import_rules, "plugins/inventory/aws_vm.py", f"from {UTILS}.clouds.aws.vms import find"),
    (rules.foreign_imports, "plugins/module_utils/clouds/aws/session.py", "def f():\n    import boto3"),
    (rules.foreign_imports, "plugins/module_utils/model/vm.py", CODE),
    (rules.foreign_imports, "plugins/plugin_utils/inventory.py", "from ansible.plugins.inventory import Cacheable"),
    (rules.check_mode_elsewhere, "plugins/modules/aws_vm.py", 'DOCUMENTATION = """\ncheck_mode: full\n"""\n'),
    (rules.check_mode_elsewhere, "plugins/module_utils/run.py", "module.check_mode"),
    (rules.check_mode_elsewhere, "plugins/doc_fragments/attributes.py", 'X = "check_mode"'),
    (rules.long_files, "plugins/modules/aws_vm.py", FACADE + "x = 1\n" * 30 + "# why\n\n" * 20),
    (rules.long_files, "plugins/modules/gpu_facts.py", "x = 1\n" * 300),
    (rules.check_mode_elsewhere, "plugins/modules/gpu_facts.py", "AnsibleModule(supports_check_mode=True)"),
    (rules.ansible_module_elsewhere, "plugins/modules/gpu_facts.py", "AnsibleModule()"),
    (rules.long_files, "plugins/module_utils/clouds/aws/shape_table.py", LONG * 2),
    (rules.long_files, "plugins/module_utils/clouds/aws/vms.py", LONG),
    (
        rules.sandbox_imports_plugins,
        "sandbox/aws/front.py",
        "import boto3\nfrom . import wire\nfrom sandbox import faults",
    ),
]


@pytest.mark.parametrize(("rule", "path", "text"), INNOCENT, ids=lambda value: getattr(value, "__name__", None))
def test_what_is_allowed_passes(tmp_path: Path, rule: Rule, path: str, text: str) -> None:
    plant(tmp_path, path, text)
    assert rule(tmp_path) == []


def test_a_complete_role_passes(tmp_path: Path) -> None:
    for name in rules.ANATOMY:
        plant(tmp_path, f"roles/python/{name}", "---\n")
    assert rules.role_anatomy(tmp_path) == []
