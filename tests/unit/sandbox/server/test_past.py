"""What lists showed in the past."""

from __future__ import annotations

from sandbox.server.past import Past


def test_a_place_is_seen_as_it_was():
    now = [0.0]
    past = Past(lambda: now[0])
    before, between = {}, {"vm-1": "starting"}
    now[0] = 10.0
    past.remember("here", before)  # something appears at 10
    now[0] = 20.0
    past.remember("here", between)  # and changes at 20
    now[0] = 25.0
    assert past.sight("here", 20) is before
    assert past.sight("here", 10) is between
    assert past.sight("here", 4) is None
    assert past.sight("there", 20) is None


def test_a_reset_leaves_no_past():
    past = Past(lambda: 1.0)
    past.remember("here", "old")
    past.clear()
    assert past.sight("here", 1) is None
