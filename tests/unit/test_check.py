"""The runner of `make test`: what it starts when, what it makes of results, and that a failure is never lost."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("check", ROOT / "scripts" / "check.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "check", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "LOGS", tmp_path)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return module


def shell(check: ModuleType, name: str, script: str, weight: int = 1, needs: tuple[str, ...] = ()) -> object:
    return check.Part(name, ("/bin/sh", "-c", script), weight, needs)


def outcome(check: ModuleType, parts: list[object], capacity: int = 4) -> tuple[dict[str, bool], list[str], bool]:
    ran, skipped = check.run_all(parts, capacity)
    return (
        {running.part.name: running.ok for running in ran},
        [part.name for part in skipped],
        check.summarise(ran, skipped, 1.0),
    )


def test_all_well(check: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    parts = [
        shell(check, "tests", "echo '=== 3 passed, 1 skipped in 0.10s ==='"),
        shell(check, "gate", "echo clean"),
    ]
    assert outcome(check, parts) == ({"tests": True, "gate": True}, [], True)
    assert capsys.readouterr().out.splitlines()[-1] == "4 passed, 0 failed, 1 skipped"


def test_a_failure_fails_the_whole_and_shows_its_log(check: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    parts = [shell(check, "good", "true"), shell(check, "bad", "echo the reason; exit 3")]
    assert outcome(check, parts) == ({"good": True, "bad": False}, [], False)
    printed = capsys.readouterr().out
    assert "| the reason" in printed
    assert printed.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"


def test_a_part_that_fails_after_its_tests_passed_still_counts_as_failed(check: ModuleType) -> None:
    parts = [shell(check, "tests", "echo '=== 3 passed in 0.10s ==='; exit 1")]
    assert outcome(check, parts)[2] is False


def test_a_part_whose_need_failed_is_not_run_and_counts_as_failed(check: ModuleType, tmp_path: Path) -> None:
    parts = [
        shell(check, "images", "exit 1"),
        shell(check, "molecule", f"touch {tmp_path}/ran", needs=("images",)),
        shell(check, "other", "true"),
    ]
    assert outcome(check, parts) == ({"images": False, "other": True}, ["molecule"], False)
    assert not (tmp_path / "ran").exists()


def test_a_need_is_done_before(check: ModuleType, tmp_path: Path) -> None:
    parts = [
        shell(check, "second", f"test -e {tmp_path}/first", needs=("first",)),
        shell(check, "first", f"sleep 0.3; touch {tmp_path}/first"),
    ]
    assert outcome(check, parts)[0] == {"first": True, "second": True}


def test_weights_keep_the_load_within_the_capacity(check: ModuleType, tmp_path: Path) -> None:
    """Two busy parts fill the capacity of 4: the third sees at most one other still running."""
    script = (
        f"touch {tmp_path}/run-$$; ls {tmp_path} | grep -c ^run- >>{tmp_path}/most; sleep 0.3; rm {tmp_path}/run-$$"
    )
    outcome(check, [shell(check, f"busy{number}", script, weight=2) for number in range(4)])
    assert max(int(line) for line in (tmp_path / "most").read_text().split()) == 2


def test_an_overdue_part_is_ended_with_its_children(
    check: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(check, "LIMIT_SECONDS", 0.5)
    parts = [shell(check, "stuck", f"sleep 600 & echo $! >{tmp_path}/pid; wait")]
    assert outcome(check, parts) == ({"stuck": False}, [], False)
    child = (tmp_path / "pid").read_text().strip()
    state = subprocess.run(["ps", "-o", "stat=", "-p", child], capture_output=True, text=True, check=False).stdout
    assert state.strip() in {"", "Z"}
    assert "ended by check.py" in (tmp_path / "stuck.log").read_text()


def test_a_termination_ends_the_parts(tmp_path: Path) -> None:
    """As CI does at its limit, or a person with ctrl-c."""
    program = (
        "import sys, pathlib; sys.path.insert(0, sys.argv[1]); import check; here = sys.argv[2]\n"
        "check.ROOT = check.LOGS = pathlib.Path(here)\n"
        "check.parts = lambda: [check.Part('stuck', ('/bin/sh', '-c', f'echo $$ >{here}/pid; sleep 600'), 1)]\n"
        "sys.argv = ['check.py']\n"
        "sys.exit(check.main())\n"
    )
    command = [sys.executable, "-c", program, str(ROOT / "scripts"), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as runner:
        pid = tmp_path / "pid"
        deadline = time.monotonic() + 20
        while not (pid.exists() and pid.read_text().strip()) and time.monotonic() < deadline:
            time.sleep(0.05)
        runner.send_signal(signal.SIGTERM)
        assert runner.wait(timeout=20) == 143
    assert not Path(f"/proc/{pid.read_text().strip()}").exists()


@pytest.mark.parametrize(
    ("log", "counts"),
    [
        ("==== 40 passed in 2.31s ====", {"passed": 40}),
        ("==== 3 failed, 40 passed, 2 warnings, 1 error in 65.31s (0:01:05) ====", {"failed": 4, "passed": 40}),
        ("2 passed in 0.10s\nlater\n= 1 passed, 1 skipped in 0.20s =", {"passed": 3, "skipped": 1}),
        ("it said 5 passed somewhere", {}),
    ],
)
def test_counts_of_closing_lines(check: ModuleType, log: str, counts: dict[str, int]) -> None:
    assert check.counts(log) == counts


def test_an_unknown_part_is_refused_with_the_names_there_are(check: ModuleType) -> None:
    with pytest.raises(SystemExit, match="no such part: typo; there are: images, unit"):
        check.select(["typo"])


def test_what_a_part_needs_comes_with_it(check: ModuleType) -> None:
    assert [part.name for part in check.select(["newest"])] == ["images", "newest"]
