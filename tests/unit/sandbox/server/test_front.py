"""The front that all clouds share, in this process and without a cloud."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from sandbox.loopback import WATCHER_AGENT
from sandbox.server.front import Asked, Front
from sandbox.server.refusal import Refusal
from sandbox.server.state import State


class Shelf(State):
    """A cloud that keeps words."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def forget(self) -> None:
        self.words.clear()


class Toy(Front[Shelf]):
    cloud = "toy"

    def identify(self, environ: dict[str, Any], body: bytes) -> Asked:
        return Asked(environ["PATH_INFO"].lstrip("/"), "here")

    def respond(self, environ: dict[str, Any], asked: Asked, body: bytes) -> Response:
        if asked.action == "crash":
            raise ZeroDivisionError
        if asked.action == "refuse":
            raise Refusal("NoSuchWord", "There is no such word.", 404)
        self.state.words.append(body.decode())
        return Response(json.dumps(self.state.words))

    def refuse(self, refusal: Refusal, asked: Asked) -> Response:
        headers = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
        return Response(refusal.code, refusal.status, headers)

    def throttled(self, asked: Asked, retry_after: int) -> Refusal:
        return Refusal("SlowDown", "Too many calls.", 429, retry_after)


@pytest.fixture
def toy() -> Toy:
    return Toy(Shelf())


@pytest.fixture
def client(toy: Toy) -> Client:
    return Client(toy)


def break_with(client: Client, **rule: Any) -> None:
    assert client.put("/_sandbox/faults", json={"rules": [rule]}).status_code == 200


def test_calls_are_counted_with_their_status(client):
    client.post("/say", data="one")
    client.post("/refuse")
    client.post("/crash")
    calls = client.get("/_sandbox/calls").get_json()
    assert calls["total"] == 3
    assert calls["actions"] == {"crash": 1, "refuse": 1, "say": 1}
    assert [entry["status"] for entry in calls["log"]] == [200, 404, 500]


def test_the_watcher_works_on_the_same_records_unseen(client, toy):
    break_with(client, kind="throttle")
    assert client.post("/say", data="one", headers={"User-Agent": WATCHER_AGENT}).get_json(force=True) == ["one"]
    assert toy.state.words == ["one"]
    assert client.get("/_sandbox/calls").get_json()["total"] == 0


def test_throttling_says_when_to_come_back(client, toy):
    break_with(client, kind="throttle", retry_after=7, times=1)
    answer = client.post("/say", data="one")
    assert (answer.status_code, answer.text, answer.headers["Retry-After"]) == (429, "SlowDown", "7")
    assert toy.state.words == []
    assert client.post("/say", data="one").status_code == 200


def test_an_error_strikes_before_and_a_lost_answer_after_the_work(client, toy):
    break_with(client, kind="error", code="Broken", status=503, operations=["say"])
    assert client.post("/say").status_code == 503
    assert toy.state.words == []
    break_with(client, kind="lost_answer")
    with pytest.raises(ConnectionAbortedError):
        client.post("/say", data="one")
    assert toy.state.words == ["one"]
    assert client.get("/_sandbox/calls").get_json()["log"][-1]["status"] == 0


def test_a_reset_forgets_everything(client, toy):
    break_with(client, kind="latency", seconds=0)
    client.post("/say", data="one")
    toy.state.reboots["vm"] = 1.0
    assert client.post("/_sandbox/reset").status_code == 200
    assert toy.state.words == []
    assert client.get("/_sandbox/reboots").get_json() == {}
    assert client.get("/_sandbox/calls").get_json()["total"] == 0
    assert client.get("/_sandbox/faults").get_json()["rules"] == []


def test_a_plan_that_makes_no_sense_is_refused(client):
    answer = client.put("/_sandbox/faults", json={"rules": [{"kind": "gremlins"}]})
    assert answer.status_code == 400
    assert "kind must be one of" in answer.get_json()["error"]
    assert client.get("/_sandbox/health").get_json() == {"status": "ok", "cloud": "toy"}
    assert client.get("/_sandbox/nothing").status_code == 404
