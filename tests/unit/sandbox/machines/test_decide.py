"""The watcher's decisions, as a table of what the cloud wants and what Docker has."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.machines.decide import REBOOTED, Action, decide
from sandbox.machines.machine import Container, Machine

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MACHINE = Machine("i-1", "box", "running", "t3.micro", "ami-1", "10.0.0.4", "subnet-1", ("sg-1",), "key", NOW, "box")


def machine(state):
    return replace(MACHINE, state=state) if state else None


def container(state, exit_code=0, settled=False):
    return Container("c1", "i-1", state, exit_code, settled, NOW) if state else None


@pytest.mark.parametrize(
    ("wanted", "has", "action"),
    [
        ("pending", container(None), Action.NOTHING),
        ("running", container(None), Action.CREATE),
        ("running", container("created"), Action.RECREATE),
        ("running", container("running"), Action.NOTHING),
        ("running", container("running", settled=True), Action.UNSETTLE),
        ("running", container("exited", 130), Action.REPORT_OFF),
        ("running", container("exited", 0), Action.REPORT_OFF),
        ("running", container("exited", 137), Action.REPORT_OFF),
        ("running", container("exited", REBOOTED), Action.START),
        ("running", container("exited", 130, settled=True), Action.START),
        ("running", container("paused"), Action.NOTHING),
        ("running", container("removing"), Action.NOTHING),
        ("stopping", container("running"), Action.STOP),
        ("stopped", container("running"), Action.STOP),
        ("stopped", container("exited", 130), Action.SETTLE),
        ("stopped", container("exited", 130, settled=True), Action.NOTHING),
        ("stopped", container(None), Action.NOTHING),
        ("stopped", container("created"), Action.NOTHING),
        ("shutting-down", container("running"), Action.REMOVE),
        ("terminated", container("exited", settled=True), Action.REMOVE),
        ("terminated", container(None), Action.NOTHING),
        (None, container("running"), Action.REMOVE),
        (None, container("created"), Action.REMOVE),
        (None, container(None), Action.NOTHING),
    ],
)
def test_table(wanted, has, action):
    assert decide(machine(wanted), has) is action


def test_a_reboot_asked_for_after_the_start_restarts():
    later, earlier = NOW + timedelta(seconds=5), NOW - timedelta(seconds=5)
    assert decide(machine("running"), container("running"), later) is Action.RESTART
    assert decide(machine("running"), container("running"), earlier) is Action.NOTHING
    assert decide(machine("stopped"), container("exited", settled=True), later) is Action.NOTHING


def test_a_stop_and_a_start_between_two_watchers_is_no_self_made_stop():
    """Each step is followed as an unlucky sequence of kills would have it."""
    # The machine was stopped by the cloud; the watcher dies right after "docker stop".
    assert decide(machine("stopped"), container("exited", 130)) is Action.SETTLE
    # The next one remembered it; it dies, the cloud starts the machine, a third watcher comes.
    assert decide(machine("running"), container("exited", 130, settled=True)) is Action.START
    # It dies right after "docker start".
    assert decide(machine("running"), container("running", settled=True)) is Action.UNSETTLE
