"""The program of the role `python` that keeps JupyterLab: what it takes for loopback, and for a token. The service itself: Molecule."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest

from tests.programs import module_of

PROGRAM = Path(__file__).resolve().parents[3] / "roles/python/files/jupyter.py"
HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


@pytest.fixture
def service(monkeypatch, tmp_path):
    module = module_of(PROGRAM)
    monkeypatch.setattr(module, "NET", tmp_path)
    monkeypatch.setattr(module, "UNIT", tmp_path / "aienv-jupyter.service")
    states = {"is-enabled": "enabled", "is-active": "active"}
    monkeypatch.setattr(module, "systemctl", lambda verb, *_: states.get(verb, ""))
    monkeypatch.setattr(module.Service, "status", lambda self, token: 200 if token else 403)
    request = {"unit": "[Unit]\n", "port": 8888, "token": str(tmp_path / "etc/token"), "owner": getpass.getuser()}
    service = module.Service(request)
    service.listen = lambda name, *places: (tmp_path / name).write_text(
        HEAD + "".join(f"   0: {place} 00000000:0000 {state} 0\n" for place, state in places)
    )
    return service


def test_a_token_is_made_once_and_is_its_owner_s_alone(service):
    assert service.actions() == [
        f"make a token in {service.token}",
        f"write {service.token.parents[1]}/aienv-jupyter.service",
    ]
    service.configure()
    token = service.token.read_text()
    assert (len(token), service.token.stat().st_mode & 0o777) == (48, 0o600)
    assert service.configure() == []
    assert service.token.read_text() == token


def test_a_token_that_others_can_read_is_replaced(service):
    service.configure()
    token = service.token.read_text()
    service.token.chmod(0o644)
    assert "to be read by nobody else" in service.token_problem()
    assert service.configure() == [f"make a token in {service.token}"]
    assert service.token.read_text() != token


def test_only_loopback_is_loopback(service):
    service.configure()
    service.listen("tcp", ("0100007F:22B8", "0A"), ("0200000A:22B8", "01"), ("00000000:0016", "0A"))
    service.listen("tcp6", ("00000000000000000000000001000000:22B8", "0A"))
    assert service.problems() == []
    service.listen("tcp6", ("00000000000000000000000000000000:22B8", "0A"))
    assert service.problems() == ["port 8888 is open to more than loopback"]


def test_nobody_at_the_port_is_a_problem(service):
    service.configure()
    service.listen("tcp")
    assert "nobody listens on port 8888" in service.problems()[0]
