"""Every role has the same set of files, and its variables stand in defaults and argument_specs alike."""

from __future__ import annotations

import re
from pathlib import Path

import jinja2
import pytest
import yaml

from tests.programs import module_of

ROOT = Path(__file__).resolve().parents[3]
ROLES = sorted(path.parent.parent for path in ROOT.glob("roles/*/tasks/main.yml"))
FILES = [
    "README.md",
    "defaults/main.yml",
    "vars/main.yml",
    "meta/main.yml",
    "meta/argument_specs.yml",
    "tasks/main.yml",
    "tasks/preflight.yml",
    "tasks/install.yml",
    "tasks/configure.yml",
    "tasks/verify.yml",
    "handlers/main.yml",
]
#: The role `provision` works on the controller: no system of its own, nothing that a package manager installs.
ON_THE_CONTROLLER = {"provision"}
TASK_FILE_LINES = 80

#: Keywords whose values are expressions without braces.
CONDITIONS = {"when", "that", "until", "changed_when", "failed_when"}

each_role = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)


def load(path: Path) -> object:
    return yaml.safe_load(path.read_text())


def options(role: Path) -> dict:
    return load(role / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]


def test_there_are_roles_to_look_at():
    assert {"python", "ssh_hardening"} <= {role.name for role in ROLES}


@each_role
def test_has_the_files_of_every_role(role):
    optional = {"tasks/install.yml", "tasks/configure.yml"} if role.name in ON_THE_CONTROLLER else set()
    missing = [name for name in FILES if name not in optional and not (role / name).is_file()]
    assert missing == []


@each_role
def test_defaults_and_argument_specs_agree(role):
    defaults, specs = load(role / "defaults/main.yml") or {}, options(role)
    # Null in defaults is "unset": argument_specs then names no default.
    assert defaults == {name: option.get("default") for name, option in specs.items() if not option.get("required")}


@each_role
def test_order_of_defaults_is_the_order_of_the_documentation(role):
    defaults = list(load(role / "defaults/main.yml") or {})
    assert defaults == [name for name in options(role) if name in defaults]


@each_role
def test_variables_carry_the_role_s_name(role):
    public, private = f"{role.name}_", f"__{role.name}_"
    assert [name for name in load(role / "defaults/main.yml") or {} if not name.startswith(public)] == []
    for path in sorted((role / "vars").glob("*.yml")):
        assert [name for name in load(path) or {} if not name.startswith(private)] == [], path.name


@each_role
def test_every_default_is_used_by_the_role(role):
    code = [
        path
        for part in ("vars", "tasks", "templates", "handlers")
        for path in (role / part).glob("*")
        if path.is_file()
    ]
    text = "\n".join(path.read_text() for path in code)
    assert [name for name in options(role) if not re.search(rf"\b{name}\b", text)] == []


def templates(role: Path) -> list[str]:
    """All texts of a role that Jinja reads: its templates, and the strings of tasks, variables and handlers."""
    found = [path.read_text() for path in role.glob("templates/*")]
    for path in (path for part in ("vars", "tasks", "handlers") for path in role.glob(f"{part}/*.yml")):
        found += in_yaml(load(path))
    return found


def in_yaml(value: object, *, bare: bool = False) -> list[str]:
    """The strings below a value, as templates; `bare` says that they are expressions without braces, as those of `when`."""
    if isinstance(value, dict):
        return [text for key, below in value.items() for text in in_yaml(below, bare=key in CONDITIONS)]
    if isinstance(value, list):
        return [text for below in value for text in in_yaml(below, bare=bare)]
    return [f"{{{{ {value} }}}}" if bare else str(value)]


def uses(role: Path, *types: str) -> set[tuple[str, str, str]]:
    """(word before, option, the two words after) of every use of an option of these types."""
    names = {name for name, option in options(role).items() if option["type"] in types}
    found = set()
    for template in templates(role):
        words = [word for _line, kind, word in jinja2.Environment().lex(template) if kind != "whitespace"] + [""] * 2
        for before, name, *after in zip(words, words[1:], words[2:], words[3:], strict=False):
            found |= {(before, name, " ".join(after))} if name in names else set()
    return found


# argument_specs validates `-e option=false` and `-e option=7`, and leaves them the strings that they are.
@each_role
def test_a_bool_from_the_command_line_is_no_text(role):
    asked = [f"{name} {after}" for _before, name, after in uses(role, "bool")]
    assert [use for use in asked if not use.endswith(("| bool", "is none", "is not"))] == []


@each_role
def test_a_number_from_the_command_line_is_not_reckoned_with_as_text(role):
    signs = {"<", "<=", "==", "!=", ">=", ">", "+", "-", "*", "/", "//"}
    found = uses(role, "int", "float")
    assert [use for use in found if use[0] in signs and use[2] not in ("| int", "| float")] == []
    assert [use for use in found if use[2].split(" ")[0] in signs] == []


@each_role
def test_main_is_a_table_of_contents(role):
    included = [
        next(value for key, value in task.items() if key.endswith(("import_tasks", "include_tasks")))
        for task in load(role / "tasks/main.yml")
    ]
    if role.name in ON_THE_CONTROLLER:
        assert included[0] == "preflight.yml"
    else:
        assert included == ["preflight.yml", "install.yml", "configure.yml", "verify.yml"]


@each_role
def test_task_files_are_short(role):
    long = {
        path.name: n for path in role.glob("tasks/*.yml") if (n := len(path.read_text().splitlines())) > TASK_FILE_LINES
    }
    assert long == {}


@each_role
def test_loops_leave_the_variable_item_to_those_who_include_the_role(role):
    for path in role.glob("tasks/*.yml"):
        for task in load(path) or []:
            if "loop" in task:
                name = task.get("loop_control", {}).get("loop_var", "item")
                assert name.startswith(f"__{role.name}_"), f"{path.name}: {task['name']}"


@pytest.fixture(scope="session")
def generator():
    return module_of(ROOT / "scripts/role_readme.py")


@each_role
def test_readme_is_up_to_date(role, generator):
    assert (role / "README.md").read_text() == generator.readme(role), "run scripts/role_readme.py"


@each_role
def test_every_role_has_a_scenario(role):
    assert (ROOT / "molecule" / role.name / "molecule.yml").is_file() or role.name in ON_THE_CONTROLLER


def test_markup_of_descriptions_becomes_markdown(generator):
    assert generator.plain(["Default is O(main:x_y).", "V(a|b) and C(c)"]) == "Default is `x_y`. `a\\|b` and `c`"
    assert generator.literal("") == "`''`"
    assert generator.literal([]) == "`[]`"
    assert generator.literal(False) == "`false`"


def test_no_template_loses_errors_in_a_value_that_nobody_reads():
    """ansible-core passes errors on as values: `set _ = found.append(…)` drops one, `if found.append(…)` raises it."""
    places = [*ROOT.glob("roles/**/*.yml"), *ROOT.glob("roles/**/*.j2"), *ROOT.glob("playbooks/**/*.[jy]*")]
    lost = re.compile(r"\{%-?\s*set \w+ = \w+\.(append|update|extend)\(")
    assert [str(path.relative_to(ROOT)) for path in places if lost.search(path.read_text())] == []
