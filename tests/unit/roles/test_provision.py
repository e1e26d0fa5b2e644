"""What the role provision makes of the VMs that a cloud lists: templates, rendered as Ansible does."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

ROLE = Path(__file__).resolve().parents[3] / "roles/provision"
VM = {
    "id": "i-1", "name": "ai-0", "state": "running", "public_ip": "192.0.2.7", "private_ip": "10.0.0.7", "ssh_user": "admin",
}  # fmt: skip


@pytest.fixture
def render():
    """The text or value of a template of the role, with its own defaults and what is said besides."""
    loader = DataLoader()
    values: dict = {"hostvars": {}}
    for name in ("defaults/main", "vars/main"):
        values |= loader.load_from_file(str(ROLE / f"{name}.yml"), trusted_as_template=True)

    def rendered(template: str, **said: object) -> object:
        return Templar(loader, {**values, **said}).template(trust_as_template(template))

    return rendered


def test_the_members_are_the_running_vms_with_the_address_to_connect_to(render):
    vms = [VM, {**VM, "id": "i-2", "name": "ai-1", "state": "stopped"}]
    (member,) = render("{{ __provision_members }}", __provision_vms=vms, provision_connect_with="private")
    assert member == {**VM, "address": "10.0.0.7", "user": "admin"}
    (member,) = render("{{ __provision_members }}", __provision_vms=vms, provision_ssh_user="me")
    assert (member["address"], member["user"]) == ("192.0.2.7", "me")


def test_the_inventory_s_address_counts_for_the_very_vm_only(render):
    known = {"ai-0": {"ansible_host": "198.51.100.1", "vm_id": "i-1"}}
    (member,) = render("{{ __provision_members }}", __provision_vms=[VM], hostvars=known)
    assert member["address"] == "198.51.100.1"
    (member,) = render("{{ __provision_members }}", __provision_vms=[{**VM, "id": "i-9"}], hostvars=known)
    assert member["address"] == "192.0.2.7"


def test_a_member_that_cannot_be_described_is_an_error_and_not_left_out(render):
    with pytest.raises(AnsibleError, match="nowhere"):
        render("{{ __provision_members }}", __provision_vms=[VM], provision_connect_with="nowhere")


def test_scanned_keys_are_known_by_address_whatever_the_port(render):
    lines = ["# a comment", "192.0.2.7 ssh-ed25519 AAAA", "[192.0.2.8]:2222 ssh-ed25519 BBBB"]
    found = render("{{ __provision_scanned }}", __provision_scan={"stdout_lines": lines}, __provision_hardened={})
    assert found == {"192.0.2.7": "ssh-ed25519 AAAA", "192.0.2.8": "ssh-ed25519 BBBB"}


def test_the_report_is_a_table_of_all_vms(render):
    vms = [{**VM, "machine_type": "g6.xlarge", "gpu_count": 1, "gpu_model": "l4"}]
    text = render((ROLE / "templates/report.j2").read_text(), __provision_vms=vms, provision_ssh_include=True)
    head, row = [line.split() for line in text.splitlines() if line.strip()]
    assert head == ["NAME", "STATE", "TYPE", "GPU", "ADDRESS", "CONNECT"]
    assert row == ["ai-0", "running", "g6.xlarge", "1", "x", "l4", "192.0.2.7", "ssh", "ai-0"]
