"""What a machine gets before its first start."""

from __future__ import annotations

import io
import json
import re
import tarfile
from datetime import UTC, datetime

from sandbox.machines import firewall, gpu
from sandbox.machines.machine import Machine, container_name, network_name
from sandbox.machines.seed import LOGINS, NOCLOUD, archive, boot_files, seed_files

MACHINE = Machine(
    "i-1",
    "box",
    "running",
    "g6.xlarge",
    "ami-1",
    "10.1.2.3",
    "subnet-1",
    (),
    "key",
    datetime(2026, 11, 23, tzinfo=UTC),
    "ip-10-1-2-3",
)


def test_the_seed_says_what_the_metadata_service_would():
    files = seed_files(MACHINE, b"#!/bin/sh\ntrue\n", {"admin": ["ssh-ed25519 AAAA me\n"]})
    meta = json.loads(files[f"{NOCLOUD}/meta-data"].content)
    assert meta == {
        "instance-id": "i-1",
        "local-hostname": "ip-10-1-2-3",
        "public-keys": ["ssh-ed25519 AAAA me"],
    }
    assert files[f"{NOCLOUD}/user-data"].content == b"#!/bin/sh\ntrue\n"


def test_the_first_login_is_the_machines_own_user_and_the_others_come_beside_it():
    files = seed_files(MACHINE, b"", {"me": ["ssh-ed25519 AAAA me"], "you": ["ssh-ed25519 BBBB you", "ssh-rsa C you"]})
    config = json.loads(files[LOGINS].content)
    own = config["system_info"]["default_user"]
    assert (own["name"], own["sudo"], own["lock_passwd"]) == ("me", ["ALL=(ALL) NOPASSWD:ALL"], True)
    default, you = config["users"]
    assert default == "default"
    assert (you["name"], you["ssh_authorized_keys"]) == ("you", ["ssh-ed25519 BBBB you", "ssh-rsa C you"])
    assert you["sudo"] == own["sudo"]
    assert json.loads(files[f"{NOCLOUD}/meta-data"].content)["public-keys"] == ["ssh-ed25519 AAAA me"]


def test_a_machine_without_logins_has_no_user():
    """GCP without any key: people may come by other ways, such as OS Login, which is not emulated."""
    files = seed_files(MACHINE, b"", {})
    assert json.loads(files[LOGINS].content) == {"users": []}
    assert json.loads(files[f"{NOCLOUD}/meta-data"].content)["public-keys"] == []


def test_user_data_is_for_root_only_and_never_empty():
    user_data = seed_files(MACHINE, b"", {"admin": []})[f"{NOCLOUD}/user-data"]
    assert user_data.mode == 0o600
    assert user_data.content == b"#cloud-config\n"


def test_only_gpu_machines_get_the_fake_programs():
    assert set(boot_files("rules", [])) == {firewall.PATH}
    files = boot_files("rules", gpu.list_gpus([gpu.Board("T4", 16384, 1)], "i-1"))
    assert set(files) == {firewall.PATH, gpu.DATA, "/usr/local/bin/nvidia-smi", "/usr/local/bin/lspci"}
    assert files["/usr/local/bin/nvidia-smi"].mode == 0o755


def test_the_archive_belongs_to_root_and_holds_files_alone():
    """A folder in it would give the machine's own folder another owner or mode."""
    files = seed_files(MACHINE, b"x", {"admin": []}) | boot_files("rules", [])
    with tarfile.open(fileobj=io.BytesIO(archive(files))) as tar:
        entries = {entry.name: entry for entry in tar}
        assert set(entries) == {path.lstrip("/") for path in files}
        assert all(entry.isfile() and (entry.uid, entry.gid) == (0, 0) for entry in entries.values())
        assert tar.extractfile(firewall.PATH.lstrip("/")).read() == b"rules"


def test_two_sandboxes_never_share_a_name():
    assert container_name("/a/.sandbox", "i-1") != container_name("/b/.sandbox", "i-1")
    assert network_name("/a/.sandbox", "subnet-1") != network_name("/b/.sandbox", "subnet-1")


def test_a_path_becomes_a_name_that_docker_takes():
    one, two = (network_name("/a/.sandbox", f"/groups/{group}/subnets/main net") for group in ("one", "two"))
    assert one != two
    assert re.fullmatch(r"aienv-[0-9a-f]{8}-mainnet-[0-9a-f]{8}", one)
