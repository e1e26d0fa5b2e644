"""The fault layer by itself: plans, selectors, chance, counters."""

from __future__ import annotations

import pytest

from sandbox.faults import FaultError, Faults, parse


def plan(*rules, seed=0):
    faults = Faults()
    faults.set({"seed": seed, "rules": list(rules)})
    return faults


def strikes(faults, kind, tries, **facts):
    return [faults.take(kind, **facts) is not None for _ in range(tries)]


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([{"kind": "flood"}], "rule 1: kind must be one of latency"),
        ([{"kind": "latency", "seconds": 1}, {"kind": "latency"}], "rule 2 (latency): seconds is missing"),
        ([{"kind": "throttle", "seconds": 1}], "rule 1 (throttle): unknown key 'seconds'; it may have after, fraction"),
        ([{"kind": "throttle", "fraction": 1.5}], "fraction must be a number from 0 to 1"),
        ([{"kind": "throttle", "fraction": True}], "fraction must be a number"),
        ([{"kind": "capacity", "zones": "us-east-1a"}], "zones must be a list of strings"),
        ([{"kind": "quota", "markets": ["cheap"]}], "markets are on_demand, spot, reserved, not 'cheap'"),
        ([{"kind": "error", "code": "X", "status": 200}], "status must be an integer from 400 to 599"),
        ([{"kind": "throttle", "times": 0}], "times must be an integer from 1"),
        (["throttle"], "rule 1 must be an object"),
        ({"kind": "throttle"}, "rules must be a list"),
    ],
)
def test_a_plan_that_makes_no_sense_says_where(rules, words):
    with pytest.raises(FaultError, match="rule") as seen:
        parse({"rules": rules})
    assert words in str(seen.value)


@pytest.mark.parametrize("bad", [[], "x", {"faults": []}, {"seed": "x"}])
def test_a_plan_has_a_form(bad):
    with pytest.raises(FaultError):
        parse(bad)


def test_a_bad_plan_leaves_the_one_in_force():
    faults = plan({"kind": "throttle"})
    with pytest.raises(FaultError):
        faults.set({"rules": [{"kind": "flood"}]})
    assert faults.take("throttle")


def test_times_and_after():
    assert strikes(plan({"kind": "throttle", "times": 2}), "throttle", 4) == [True, True, False, False]
    assert strikes(plan({"kind": "throttle", "after": 2, "times": 1}), "throttle", 4) == [False, False, True, False]


def test_selectors_all_have_to_match():
    faults = plan({"kind": "error", "code": "X", "operations": ["Run*"], "regions": ["us-*"]})
    assert faults.take("error", operation="RunInstances", region="us-east-1")
    assert not faults.take("error", operation="RunInstances", region="eu-west-1")
    assert not faults.take("error", operation="StopInstances", region="us-east-1")
    assert not faults.take("error", operation="RunInstances")


def test_chance_is_the_seeds():
    rule = {"kind": "throttle", "fraction": 0.3}
    first = strikes(plan(rule, seed=1), "throttle", 1000)
    assert first == strikes(plan(rule, seed=1), "throttle", 1000)
    assert first != strikes(plan(rule, seed=2), "throttle", 1000)
    assert 250 < sum(first) < 350


def test_room_runs_out_with_use():
    faults = plan({"kind": "capacity", "zones": ["a"], "available": 5})
    assert faults.room("capacity", 3, zone="a") == 3
    faults.use(3, zone="a")
    assert faults.room("capacity", 3, zone="a") == 2
    assert faults.room("capacity", 3, zone="b") == 3
    assert not faults.peek("capacity", 3, zone="a")
    assert faults.peek("capacity", 2, zone="a")


def test_the_plan_reads_back_with_its_counts():
    faults = plan({"kind": "throttle", "operations": ["Run*"], "times": 2}, seed=9)
    faults.take("throttle", operation="RunInstances")
    assert faults.as_json() == {
        "seed": 9,
        "rules": [{"kind": "throttle", "operations": ["Run*"], "times": 2, "struck": 1}],
    }
