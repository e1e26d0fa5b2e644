"""What the roles proved, collected over hosts: nothing that was asked for may be missing from the report."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.aienv.cloud.plugins.module_utils.model import proof

CUDA = {"proved": ["nvcc compiles."], "not_proved": [{"what": "a kernel on a GPU", "why": "no driver"}]}
NOW = "2026-11-27T07:30:00Z"


def report(**variables: Any) -> dict[str, Any]:
    return proof.collect({"a": variables}, {"a": ["python", "cuda"]}, NOW)


def test_a_role_s_sentences_and_a_role_that_says_none() -> None:
    said = report(cuda_proof=CUDA, verify_passed=["python", "cuda"])
    assert said["hosts"]["a"]["cuda"] == {**CUDA, "failed": ""}
    assert said["hosts"]["a"]["python"]["proved"] == [proof.SETTLED]
    assert said["summary"] == {"proved": 2, "not_proved": 1, "failed": 0}
    assert json.loads(json.dumps(said)) == said
    assert proof.failures(said) == []


def test_a_failure_keeps_what_was_proved_besides() -> None:
    said = report(cuda_proof=CUDA, verify_passed=["python"], verify_failed={"cuda": "nvcc is\n  not there."})
    assert said["hosts"]["a"]["cuda"] == {**CUDA, "failed": "nvcc is not there."}
    assert proof.failures(said) == ["a, cuda: nvcc is not there."]
    assert said["summary"]["failed"] == 1


def test_what_was_asked_for_and_not_reached_is_a_failure() -> None:
    """Also where the proof of an earlier run is still there."""
    said = report(cuda_proof=CUDA, verify_passed=["python"])
    assert said["hosts"]["a"]["cuda"]["failed"] == proof.UNHEARD
    assert proof.collect({}, {"b": ["python"]}, NOW)["hosts"]["b"]["python"]["failed"] == proof.UNHEARD


def test_the_table_has_every_sentence_and_no_long_line() -> None:
    long = " ".join(["word"] * 60)
    said = proof.collect(
        {"host-with-a-name": {"cuda_proof": CUDA, "verify_passed": ["cuda"], "verify_failed": {"python": long}}},
        {"host-with-a-name": ["cuda", "python"]},
        NOW,
    )
    lines = proof.table(said)
    assert max(len(line) for line in lines) <= proof.WIDTH
    assert lines[0].split() == ["HOST", "ROLE", "RESULT", "WHAT"]
    assert lines[1].split()[:3] == ["host-with-a-name", "python", "FAILED"]
    assert "\n".join(lines).count("word") == 60
    assert any(line.endswith("not proved  a kernel on a GPU: no driver") for line in lines)
    assert lines[-1] == "1 proved, 1 could not be proved, 1 failed."
