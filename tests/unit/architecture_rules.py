"""The rules of the house as functions: each takes a repository's root and answers with the violations it found.

test_architecture.py holds the repository against them, and them against planted violations.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

COLLECTION = "ansible_collections.aienv.cloud."
DOCUMENTS = {"DOCUMENTATION", "EXAMPLES", "RETURN"}
SDKS = {"azure", "boto3", "botocore", "google", "googleapiclient", "msgraph", "requests"}

# Who may import whom. `{cloud}` is the importer's own cloud. The engine knows a store by its contract alone. The façade
# hands its cloud's resource to `run`, so that `run` needs to know no cloud.
ALLOWED = {
    "modules": {"run", "offers", "clouds/{cloud}"},
    # The one that compares the clouds, and so the one that knows them all.
    "offers": {"model", "clouds/interface", "clouds/aws", "clouds/azure", "clouds/gcp"},
    "lookup": {"offers", "model"},
    "run": {"engine", "model", "clouds/interface", "clouds/errors"},
    "engine": {"engine", "model", "clouds/interface"},
    "model": {"model"},
    "clouds/interface": {"model", "clouds/errors"},
    "clouds/errors": {"model"},
    "clouds/fetch": {"clouds/interface", "model"},
    "clouds/{cloud}": {"clouds/{cloud}", "clouds/interface", "clouds/errors", "clouds/fetch", "model"},
    "inventory": {"plugin_utils/inventory", "clouds/{cloud}"},
    "plugin_utils/inventory": {"model", "clouds/interface", "clouds/errors"},
    "filter": {"model"},
    "doc_fragments": set(),
}
# Which parts may import what is neither the standard library nor ours.
ANSIBLE_FOR = {
    "run": ("ansible.module_utils",),
    "clouds/fetch": ("ansible.module_utils.urls",),
    "inventory": ("ansible",),
    "filter": ("ansible", "rich"),
    "lookup": ("ansible",),
    "plugin_utils/inventory": ("ansible",),
}

FACADE_LINES = 30
MODULE_UTILS_LINES = 300
ADAPTER_LINES = 400
FUNCTION_LINES = 40
TASK_FILE_LINES = 80

# Modules that run on the managed hosts, not on the controller: one self-contained file each, for their Python, that speaks
# to Ansible itself because there is nothing of ours beside it.
TARGET_MODULES = ("plugins/modules/gpu_facts.py",)
TARGET_PYTHON = (3, 9)

# Its tasks are the states of a fleet on a cloud, not the steps of one host.
NO_HOST_ROLES = {"provision": ("tasks/configure.yml", "tasks/install.yml")}
ANATOMY = (
    "README.md",
    "defaults/main.yml",
    "handlers/main.yml",
    "meta/argument_specs.yml",
    "meta/main.yml",
    "tasks/configure.yml",
    "tasks/install.yml",
    "tasks/main.yml",
    "tasks/preflight.yml",
    "tasks/verify.yml",
    "vars/main.yml",
)


def python_files(root: Path, *folders: str) -> Iterator[tuple[str, str]]:
    """Path (relative to the root) and text of every Python file below the folders."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            yield path.relative_to(root).as_posix(), path.read_text()


def part_of(path: str) -> str:
    """The part of the house that a file belongs to: `modules`, `model`, `clouds/aws`, `plugin_utils/inventory` …"""
    names = path.removeprefix("plugins/").removesuffix(".py").split("/")
    if names[0] == "module_utils":
        names = names[1:]
        return "/".join(names[:2]) if names[0] == "clouds" else names[0]
    return "/".join(names[:2]) if names[0] == "plugin_utils" else names[0]


def cloud_of(path: str) -> str:
    """aws for clouds/aws/vms.py, modules/aws_vm.py and inventory/aws_vm.py."""
    part = part_of(path)
    return part.split("/")[1] if part.startswith("clouds/") else path.rsplit("/", 1)[-1].split("_")[0]


def allowed_for(path: str) -> set[str] | None:
    """The parts that a file may import; None when the file belongs to no known part."""
    part, cloud = part_of(path), cloud_of(path)
    rule = ALLOWED.get(part)
    if rule is None and part.startswith("clouds/"):
        rule = ALLOWED["clouds/{cloud}"]
    return None if rule is None else {name.format(cloud=cloud) for name in rule}


def imports(path: str, tree: ast.AST) -> Iterator[tuple[int, str, bool]]:
    """Line, absolute dotted name and whether it stands inside a function, of every import."""
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    package = path.removesuffix(".py").split("/")
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, id(node) in inside
        elif isinstance(node, ast.ImportFrom):
            base = COLLECTION + ".".join(package[: -node.level]) if node.level else ""
            name = ".".join(piece for piece in (base, node.module) if piece)
            # `from . import tags` names a module, `from .tags import KEY` a thing in one: the first needs the name.
            for alias in node.names:
                yield node.lineno, name if node.module else f"{name}.{alias.name}", id(node) in inside


def own_part(name: str) -> str | None:
    """The part that a dotted name of ours lies in; None for a foreign one."""
    if not f"{name}.".startswith(COLLECTION):
        return None
    path = name.removeprefix(COLLECTION).replace(".", "/")
    return part_of(path + ".py")


def import_rules(root: Path) -> list[str]:
    found = []
    for path, text in python_files(root, "plugins"):
        allowed = set() if path in TARGET_MODULES else allowed_for(path)
        if allowed is None:
            found.append(f"{path}: lies in no known part of the house")
            continue
        for line, name, _ in imports(path, ast.parse(text)):
            target = own_part(name)
            if target is not None and target not in allowed:
                found.append(f"{path}:{line} imports {target}; it may import {', '.join(sorted(allowed)) or 'nothing'}")
    return found


def foreign_imports(root: Path) -> list[str]:
    """SDKs only inside functions of clouds/<cloud>/session.py; Ansible only where it is met; nothing else foreign."""
    found = []
    for path, text in python_files(root, "plugins"):
        session = re.fullmatch(r"plugins/module_utils/clouds/\w+/session\.py", path)
        for line, name, inside in imports(path, ast.parse(text)):
            top = name.split(".")[0]
            if own_part(name) is not None or top in sys.stdlib_module_names:
                continue
            if top in SDKS and session and inside:
                continue
            part = "run" if path in TARGET_MODULES else part_of(path)
            if any(f"{name}.".startswith(f"{prefix}.") for prefix in ANSIBLE_FOR.get(part, ())):
                continue
            found.append(f"{path}:{line} imports {name}")
    return found


def without_documents(text: str) -> list[str]:
    """The lines of a file outside its DOCUMENTATION, EXAMPLES and RETURN."""
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and {getattr(target, "id", "") for target in node.targets} & DOCUMENTS:
            for number in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[number] = ""
    return lines


def check_mode_elsewhere(root: Path) -> list[str]:
    """No module implements check mode; those on hosts only look. doc_fragments hold documentation and no code."""
    return [
        f"{path}:{number} speaks of check_mode; only run.py may"
        for path, text in python_files(root, "plugins")
        if path != "plugins/module_utils/run.py" and not path.startswith("plugins/doc_fragments/")
        for number, line in enumerate(without_documents(text), 1)
        if "check_mode" in (line.replace("supports_check_mode=True", "") if path in TARGET_MODULES else line)
    ]


def ansible_module_elsewhere(root: Path) -> list[str]:
    return [
        f"{path}:{number} speaks of AnsibleModule; only run.py may"
        for path, text in python_files(root, "plugins")
        if path != "plugins/module_utils/run.py" and path not in TARGET_MODULES
        for number, line in enumerate(without_documents(text), 1)
        if "AnsibleModule" in line
    ]


def sandbox_known(root: Path) -> list[str]:
    """What users run does not know that the sandbox exists; its only bridge is endpoint_url."""
    found = []
    for folder in ("plugins", "roles", "playbooks", "inventories/aws", "inventories/gcp", "inventories/azure"):
        for path in sorted((root / folder).rglob("*")):
            if not path.is_file() or path.suffix == ".pyc":
                continue
            for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
                if "sandbox" in line.lower():
                    found.append(f"{path.relative_to(root)}:{number} mentions the sandbox")
    return found


def sandbox_imports_plugins(root: Path) -> list[str]:
    """The emulator shares no code with what it judges."""
    return [
        f"{path}:{line} imports {name}"
        for path, text in python_files(root, "sandbox")
        for line, name, _ in imports(path, ast.parse(text))
        if not name.startswith(f"{COLLECTION}sandbox") and (name.split(".")[0] in {"ansible_collections", "plugins"})
    ]


def budget(path: str) -> int | None:
    """The most lines that a file may have; tables of data have no limit."""
    if path.endswith("_table.py"):
        return None
    if re.match(r"plugins/module_utils/clouds/\w+/", path):
        return ADAPTER_LINES
    if path.startswith(("plugins/module_utils/", "plugins/plugin_utils/", "sandbox/")):
        return MODULE_UTILS_LINES
    return None


def long_files(root: Path) -> list[str]:
    found = []
    for path, text in python_files(root, "plugins", "sandbox"):
        limit, lines = budget(path), len(text.splitlines())
        if limit is not None and lines > limit:
            found.append(f"{path}: {lines} lines, at most {limit}")
        if path.startswith(("plugins/modules/", "plugins/inventory/")):
            code = [line for line in without_documents(text) if line.strip() and not line.lstrip().startswith("#")]
            most = MODULE_UTILS_LINES if path in TARGET_MODULES else FACADE_LINES
            if len(code) > most:
                found.append(f"{path}: {len(code)} lines of code, at most {most}")
    for tasks in sorted(root.glob("roles/*/tasks/*.yml")):
        lines = len(tasks.read_text().splitlines())
        if lines > TASK_FILE_LINES:
            found.append(f"{tasks.relative_to(root)}: {lines} lines, at most {TASK_FILE_LINES}")
    return found


def long_functions(root: Path) -> list[str]:
    found = []
    for path, text in python_files(root, "plugins", "sandbox", "scripts", "tools"):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    found.append(f"{path}:{node.lineno} {node.name} has {lines} lines, at most {FUNCTION_LINES}")
    return found


def too_new_for_hosts(root: Path) -> list[str]:
    """What runs on hosts parses under the oldest Python there; a union of types may stand in annotations only."""
    found = []
    for path in TARGET_MODULES:
        text = (root / path).read_text() if (root / path).is_file() else ""
        try:
            ast.parse(text, feature_version=TARGET_PYTHON)
        except SyntaxError as error:
            found.append(f"{path}:{error.lineno} {error.msg}")
    return found


def role_anatomy(root: Path) -> list[str]:
    """Every role has the same files, so that one who knows one role knows all."""
    return [
        f"{role.relative_to(root)}: has no {name}"
        for role in sorted(path for path in root.glob("roles/*") if path.is_dir())
        for name in ANATOMY
        if not (role / name).is_file() and name not in NO_HOST_ROLES.get(role.name, ())
    ]


RULES = (
    import_rules,
    foreign_imports,
    check_mode_elsewhere,
    ansible_module_elsewhere,
    sandbox_known,
    sandbox_imports_plugins,
    long_files,
    long_functions,
    too_new_for_hosts,
    role_anatomy,
)
