"""Writes the generated part of every role's README.md from its argument_specs.yml.

Usage: role_readme.py [--check] [ROLE…]   (--check writes nothing and fails where a file is behind)
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import yaml

ROLES = Path(__file__).resolve().parent.parent / "roles"
BEGIN = "<!-- begin: generated from meta/argument_specs.yml by scripts/role_readme.py -->"
END = "<!-- end -->"
#: Ansible's markup in descriptions -> Markdown.
MARKUP = [
    (re.compile(r"\b[CVE]\(([^)]*)\)"), r"`\1`"),
    (re.compile(r"O\((?:main:)?([^)]*)\)"), r"`\1`"),
    (re.compile(r"B\(([^)]*)\)"), r"**\1**"),
    (re.compile(r"I\(([^)]*)\)"), r"*\1*"),
]


def plain(description: str | list[str]) -> str:
    """A description as one Markdown paragraph that is safe in a table."""
    text = " ".join([description] if isinstance(description, str) else description)
    for pattern, replacement in MARKUP:
        text = pattern.sub(replacement, text)
    return text.replace("|", "\\|")


def literal(value: Any) -> str:
    """A default as YAML would have it."""
    return "`" + yaml.safe_dump(value, default_flow_style=True, width=1000).removesuffix("\n...\n").strip() + "`"


def kind(option: dict[str, Any]) -> str:
    """Type, what a list holds, and the choices."""
    name = f"{option['type']} of {option['elements']}" if "elements" in option else option["type"]
    choices = ", ".join(f"`{choice}`" for choice in option.get("choices", []))
    return f"{name}: {choices}" if choices else name


def default(option: dict[str, Any]) -> str:
    if option.get("required"):
        return "required"
    return literal(option["default"]) if "default" in option else ""


def rows(options: dict[str, Any], prefix: str = "") -> list[str]:
    """A table row for each option and, below it, for what its entries consist of."""
    lines = []
    for name, option in options.items():
        lines.append(f"| `{prefix}{name}` | {kind(option)} | {default(option)} | {plain(option['description'])} |")
        inner = f"{prefix}{name}[]." if option["type"] == "list" else f"{prefix}{name}."
        lines += rows(option.get("options", {}), inner)
    return lines


def generated(role: Path) -> str:
    """The part of the README between the markers, markers included."""
    main = yaml.safe_load((role / "meta/argument_specs.yml").read_text())["argument_specs"]["main"]
    description = [plain(sentence) for sentence in main["description"]]
    table = ["| variable | type | default | meaning |", "|---|---|---|---|", *rows(main["options"])]
    return "\n".join([BEGIN, "", *description, "", "## Variables", "", *table, "", END])


def readme(role: Path) -> str:
    """The whole README as it should be: what people wrote, with the generated part brought up to date."""
    text = current(role) or f"# aienv.cloud.{role.name}\n\n{BEGIN}\n{END}\n"
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"{role.name}/README.md lacks the marker {BEGIN!r} or {END!r}")
    return before + generated(role) + after


def current(role: Path) -> str:
    path = role / "README.md"
    return path.read_text() if path.exists() else ""


def roles() -> list[Path]:
    return sorted(path.parent.parent for path in ROLES.glob("*/meta/argument_specs.yml"))


def main(arguments: list[str]) -> int:
    check, names = "--check" in arguments, [name for name in arguments if name != "--check"]
    behind = [role for role in roles() if role.name in (names or [role.name]) and readme(role) != current(role)]
    for role in behind:
        if not check:
            (role / "README.md").write_text(readme(role))
        print(f"roles/{role.name}/README.md", "is behind; run scripts/role_readme.py" if check else "written")
    return 1 if behind and check else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
