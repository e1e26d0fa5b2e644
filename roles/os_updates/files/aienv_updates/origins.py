"""Where a package comes from, in apt's words, and whether updates from there are wanted: pure functions of apt-cache's texts."""

from __future__ import annotations

import fnmatch
import re
from pathlib import Path

#: Letters of `apt-cache policy` -> the words of unattended-upgrades' patterns.
LETTERS = {"o": "origin", "a": "archive", "n": "codename", "l": "label", "c": "component"}
ALIASES = {"suite": "archive", "a": "archive", "o": "origin", "n": "codename", "l": "label", "c": "component"}
SOURCE = re.compile(r"^ {1,}-?\d+ (\S.*)$")
VERSION = re.compile(r"^ (\*\*\*|   ) (\S+) (-?\d+)$")
#: What the role nvidia_driver's pin gives to other versions of the driver's branch; the installed one has more.
KIN = 995


def words_of_the_system(path: str = "/etc/os-release") -> dict[str, str]:
    """What ${distro_id} and ${distro_codename} stand for."""
    text = Path(path).read_text() if Path(path).exists() else ""
    release = dict(line.replace('"', "").split("=", 1) for line in text.splitlines() if "=" in line)
    return {"distro_id": release.get("ID", "").capitalize(), "distro_codename": release.get("VERSION_CODENAME", "")}


def sources(policy: str) -> dict[str, dict[str, str]]:
    """`apt-cache policy` -> the line of each source -> {origin, label, archive, codename, component, site}."""
    found: dict[str, dict[str, str]] = {}
    line = ""
    for text in policy.splitlines():
        words = text.split()
        if SOURCE.match(text):
            line = text.split(maxsplit=1)[1]
            found[line] = {}
        elif words[:1] == ["release"] and line:
            pairs = [pair.partition("=") for pair in text.split("release ", 1)[1].split(",")]
            found[line].update({LETTERS[key]: value for key, _sign, value in pairs if key in LETTERS})
        elif words[:1] == ["origin"] and line:
            found[line]["site"] = words[1] if len(words) > 1 else ""
    return found


def is_allowed(source: dict[str, str], patterns: list[str], words: dict[str, str]) -> bool:
    """Whether one of the patterns, as `origin=Debian,label=Debian-Security`, means this source; as unattended-upgrades does."""
    return any(fits(source, pattern, words) for pattern in patterns)


def fits(source: dict[str, str], pattern: str, words: dict[str, str]) -> bool:
    for part in re.split(r"(?<!\\),", pattern):
        key, _sign, value = part.strip().partition("=")
        for word, meaning in words.items():
            value = value.replace("${" + word + "}", meaning)
        if not fnmatch.fnmatchcase(source.get(ALIASES.get(key, key), ""), value.replace("\\,", ",")):
            return False
    return True


def newer(policy: str, known: dict[str, dict[str, str]], allowed: list[str], words: dict[str, str]) -> dict[str, str]:
    """`apt-cache policy NAME…` -> name -> the newest version above the installed one that may be taken.

    Without `allowed` any source will do. What a pin of somebody's ranks below apt's own candidate is never taken. A driver that
    nvidia_driver pins goes to the newest version of its branch that all its parts have.
    """
    chosen: dict[str, str] = {}
    pinned: dict[str, tuple[str, list[str]]] = {}
    for name, candidate, rows in tables(policy):
        rank = max((row["priority"] for row in rows if row["version"] == candidate), default=0)
        here = next((index for index, row in enumerate(rows) if row["installed"]), len(rows))
        may = [row for row in rows[:here] if may_be_taken(row, known, allowed, words)]
        best = next((row["version"] for row in may if row["priority"] >= max(rank, 0)), "")
        if best:
            chosen[name] = best
        if rows[here:] and rows[here]["priority"] > KIN:
            pinned[name] = rows[here]["version"], [row["version"] for row in may if row["priority"] == KIN]
    return {**chosen, **in_step(pinned)}


def may_be_taken(row: dict, known: dict[str, dict[str, str]], allowed: list[str], words: dict[str, str]) -> bool:
    places = [known[place] for place in row["places"] if "site" in known.get(place, {})]
    return bool(places) and (not allowed or any(is_allowed(place, allowed, words) for place in places))


def in_step(pinned: dict[str, tuple[str, list[str]]]) -> dict[str, str]:
    """name -> (installed, newer ones, the newest first) -> name -> version, of one upstream version for all of the driver; {} where they share none."""
    versions = {upstream(here) for here, others in pinned.values() if others}
    parts = {name: others for name, (here, others) in pinned.items() if upstream(here) in versions}
    shared = (
        set.intersection(*({upstream(version) for version in others} for others in parts.values())) if parts else set()
    )
    newest = next(
        (upstream(version) for others in parts.values() for version in others if upstream(version) in shared), ""
    )
    steps = {name: next((v for v in others if upstream(v) == newest), "") for name, others in parts.items()}
    return steps if newest else {}


def upstream(version: str) -> str:
    """`1:580.95.05-1ubuntu2` -> `580.95.05`."""
    return version.split(":")[-1].split("-")[0]


def tables(policy: str) -> list[tuple[str, str, list[dict]]]:
    """(name, candidate, rows), a row {version, priority, installed, places} for each version, the newest first."""
    found: list[tuple[str, str, list[dict]]] = []
    for block in re.split(r"^(?=\S)", policy, flags=re.MULTILINE):
        name, rows, candidate = block.partition("\n")[0].rstrip(":").split(":")[0], [], ""
        for text in block.splitlines()[1:]:
            version, source = VERSION.match(text), SOURCE.match(text)
            if text.startswith("  Candidate: "):
                candidate = text.split()[1]
            elif version:
                star, word, priority = version.groups()
                rows.append({"version": word, "priority": int(priority), "installed": star == "***", "places": []})
            elif source and rows:
                rows[-1]["places"].append(source.group(1))
        if rows:
            found.append((name, candidate, rows))
    return found
