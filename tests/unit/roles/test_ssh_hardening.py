"""The pure parts of the program that ssh_hardening runs on a host: texts, rules and samples. Molecule proves the rest."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest
import yaml

ROLE = Path(__file__).resolve().parents[3] / "roles/ssh_hardening"


@pytest.fixture(scope="module")
def part():
    """Imports a part of the program by its name."""
    sys.path.insert(0, str(ROLE / "files"))
    yield lambda name: importlib.import_module(f"aienv_ssh.{name}")
    sys.path.remove(str(ROLE / "files"))


REQUEST = {"exempt": [], "match": []}
PROMISES = {"PasswordAuthentication": ["no"], "HostKey": ["/a", "/b"], "AllowTcpForwarding": ["local"]}


def test_the_parts_are_named_in_the_order_of_who_needs_whom():
    parts = yaml.safe_load((ROLE / "vars/main.yml").read_text())["__ssh_hardening_parts"]
    assert sorted(parts) == sorted(path.stem for path in (ROLE / "files/aienv_ssh").glob("*.py"))
    for number, name in enumerate(parts):
        text = (ROLE / f"files/aienv_ssh/{name}.py").read_text()
        assert [late for late in parts[number:] if f"aienv_ssh.{late} import" in text] == []


def test_the_program_arrives_on_standard_input_and_leaves_no_file(tmp_path, capsys):
    scope: dict = {}
    exec((ROLE / "files/start.py").read_text(), scope)
    main = "from greeting_x.words import HELLO\ndef main(request): print(HELLO, request['to'])\n"
    message = {
        "package": "greeting_x",
        "parts": [["words", "HELLO = 'hello'"], ["main", main]],
        "request": {"to": "you"},
    }
    scope["start"](json.dumps(message))
    assert capsys.readouterr().out == "hello you\n"


def test_the_paths_that_keywords_name_are_those_that_are_written(part):
    paths = yaml.safe_load((ROLE / "vars/main.yml").read_text())["__ssh_hardening_paths"]
    plan = part("plan")
    written = {"banner": plan.BANNER, "authorities": plan.AUTHORITIES, "principals": plan.PRINCIPALS}
    assert paths == {name: str(path) for name, path in written.items()}


def test_the_drop_in_ends_with_a_match_that_nobody_overrides(part):
    lines = part("promises").drop_in(PROMISES, REQUEST).splitlines()
    start = lines.index("Match all")
    assert lines[start:] == ["Match all", "    PasswordAuthentication no"]  # forwarding may be stricter elsewhere
    assert {"HostKey /a", "HostKey /b", "AllowTcpForwarding local"} <= set(lines[:start])


def test_own_match_blocks_come_first(part):
    blocks = [{"criteria": "User backup", "settings": {"AllowTcpForwarding": False, "ForceCommand": "internal-sftp"}}]
    lines = part("promises").drop_in(PROMISES, {"exempt": ["ops", "bot"], "match": blocks}).splitlines()
    assert [line for line in lines if line.startswith("Match")] == [
        "Match User ops,bot",
        "Match User backup",
        "Match all",
    ]
    assert "    AllowTcpForwarding no" in lines


def test_a_value_cannot_begin_a_line_of_its_own(part):
    with pytest.raises(part("host").Refused, match="more than one line"):
        part("promises").drop_in(
            PROMISES, {"exempt": [], "match": [{"criteria": "all\nPermitRootLogin yes", "settings": {}}]}
        )


@pytest.mark.parametrize(
    ("held", "sentences"),
    [
        ({"passwordauthentication": ["no"]}, 0),
        ({"passwordauthentication": ["yes"]}, 1),
        ({"allowtcpforwarding": ["no"]}, 0),  # stricter
        ({"allowtcpforwarding": ["yes"]}, 1),
        ({"authenticationmethods": ["publickey,password"]}, 1),  # which is off: nobody could come in
        ({"authenticationmethods": ["publickey,password publickey"]}, 0),
    ],
)
def test_differences(part, held, sentences):
    promises = part("promises")
    base = {"passwordauthentication": ["no"], "allowtcpforwarding": ["local"], "kbdinteractiveauthentication": ["no"]}
    base |= {"authenticationmethods": ["any"]}
    asked = {"PasswordAuthentication": ["no"], "AllowTcpForwarding": ["local"]}
    assert len(promises.differences(asked, base, {**base, **held})) == sentences


@pytest.mark.parametrize(
    ("criteria", "context"),
    [
        ("all", {}),
        ("User visitor", {"user": "visitor"}),
        ("User !root,deploy*", {"user": "deploy1"}),
        ("Address 10.1.0.0/16 LocalPort 2222", {"addr": "10.1.0.0", "lport": "2222"}),
        ("Group root", {"user": "root"}),
        ("Group nobody-has-this", None),
        ("exec true", None),
    ],
)
def test_a_connection_for_a_match_line(part, criteria, context):
    assert part("matches").sample(criteria.split()) == context


def test_match_lines_are_found_with_their_place(part, tmp_path):
    path = tmp_path / "sshd_config"
    path.write_text('Port 22\n# Match User nobody\nmatch user "ann" # why\n  X11Forwarding no\n')
    assert part("matches").contexts([path]) == {f"{path}:3": {"user": "ann"}}


def test_the_firewall_keeps_ssh_open_on_the_ports_that_it_really_has(part):
    text = part("firewall").ruleset([], [2222, 22])
    assert "policy drop;" in text
    assert "tcp dport { 2222, 22 } accept" in text


def test_a_rule_for_ssh_narrows_it(part):
    firewall = part("firewall")
    rules = [{"service": "ssh", "sources": ["203.0.113.0/24", "2001:db8::/32"]}]
    text = firewall.ruleset(rules, [22])
    assert "ip saddr 203.0.113.0/24 tcp dport 22 accept" in text
    assert "ip6 saddr 2001:db8::/32 tcp dport 22 accept" in text
    assert "\n    tcp dport 22 accept" not in text
    assert firewall.admits(rules, "203.0.113.9")
    assert not firewall.admits(rules, "198.51.100.1")
    assert firewall.admits([], "198.51.100.1")


def test_the_words_of_the_firewall_modules(part):
    rules = [
        {"protocol": "tcp", "ports": ["443", "8000-8100"], "sources": ["0.0.0.0/0"], "description": "web"},
        {"service": "rdp", "sources": ["10.0.0.0/8", "192.168.0.0/16"]},
        {"protocol": "icmp", "sources": ["0.0.0.0/0"]},
        {"protocol": "all", "sources": ["10.9.0.0/16"]},
    ]
    text = part("firewall").ruleset(rules, [22])
    assert "meta nfproto ipv4 tcp dport { 443, 8000-8100 } accept" in text
    assert "ip saddr { 10.0.0.0/8, 192.168.0.0/16 } tcp dport 3389 accept" in text
    assert "meta nfproto ipv4 meta l4proto icmp accept" in text
    assert "ip saddr 10.9.0.0/16 accept" in text


@pytest.mark.parametrize(
    "rule",
    [
        {"service": "ssh", "sources": []},
        {"service": "telnet", "sources": ["10.0.0.0/8"]},
        {"service": "ssh", "protocol": "tcp", "sources": ["10.0.0.0/8"]},
        {"protocol": "tcp", "sources": ["10.0.0.0/8"]},
        {"protocol": "icmp", "ports": ["1"], "sources": ["10.0.0.0/8"]},
        {"protocol": "tcp", "ports": ["22; drop"], "sources": ["10.0.0.0/8"]},
        {"protocol": "tcp", "ports": ["22"], "sources": ["web-servers"]},
        {"protocol": "tcp", "ports": ["22"], "sources": ["10.0.0.0/8"], "port": 22},
    ],
)
def test_a_rule_that_says_nothing_sensible_is_refused(part, rule):
    with pytest.raises(part("host").Refused, match="ssh_hardening_firewall_rules"):
        part("firewall").ruleset([rule], [22])


def test_the_mark_of_the_firewall_changes_with_its_rules(part):
    firewall = part("firewall")
    first, second = (firewall.ruleset([], ports).splitlines()[3] for ports in ([22], [2222]))
    assert first.strip().startswith("comment")
    assert first != second


def test_pam_asks_for_the_code_and_is_put_back_as_it_was(part):
    pam, plan = "# sshd\n@include common-auth\naccount required pam_nologin.so\n", part("plan")
    changed = plan.pam(pam, code=True)
    assert "@include common-auth" not in changed
    assert "SSH_AUTH_INFO_0" in changed
    assert plan.pam(changed, code=True) == changed
    assert plan.pam(changed, code=False) == pam
    assert plan.pam("", code=True) is None
    with pytest.raises(part("host").Refused, match="could stand in for"):
        plan.pam("auth required pam_sss.so\n", code=True)


def test_ports_that_files_alone_make(part, tmp_path):
    server = part("server")
    (tmp_path / "a").write_text("Port 22\n#Port 1\n  port=2200\n")
    assert server.declared_ports([tmp_path / "a"]) == [22, 2200]
    assert server.declared_ports([]) == [22]
