"""What is said when two networks want the same addresses."""

from __future__ import annotations

import pytest

from sandbox.docker import OWNER_LABEL, DockerError
from sandbox.errors import SandboxError
from sandbox.machines import networks


@pytest.fixture
def docker(monkeypatch):
    """A Docker that has one network, 10.20.0.0/16; its labels may be changed."""
    has = {"Name": "theirs", "Labels": {}, "IPAM": {"Config": [{"Subnet": "10.20.0.0/16"}]}}

    def act(kind, verb, *_):
        if verb == "create":
            raise DockerError((kind, verb), "Pool overlaps with other one on this address space")
        return "theirs"

    monkeypatch.setattr(networks, "docker", act)
    monkeypatch.setattr(networks, "inspect", lambda kind, *names: [has] if names == ("theirs",) else [])
    return has


def refusal(cidr="10.20.0.0/24"):
    with pytest.raises(SandboxError) as caught:
        networks.Networks("/here/.sandbox/gcp").ensure("main", cidr)
    return str(caught.value)


def test_another_sandbox_is_named_with_the_way_to_stop_it(docker):
    docker["Labels"] = {OWNER_LABEL: "/here/.sandbox/aws"}
    assert refusal() == (
        "subnet main is 10.20.0.0/24, which overlaps with the Docker network theirs (10.20.0.0/16, of the sandbox in "
        "/here/.sandbox/aws): use another cidr for the emulated network, or stop the other sandbox "
        "(python -m sandbox down --state /here/.sandbox/aws)."
    )


def test_somebody_elses_network_is_named_too(docker):
    assert refusal().endswith(
        "(10.20.0.0/16): use another cidr for the emulated network, or remove that Docker network."
    )


def test_our_own_other_network_is_no_other_sandbox(docker):
    docker["Labels"] = {OWNER_LABEL: "/here/.sandbox/gcp"}
    assert refusal().endswith("use another cidr for the emulated network, or delete the other one.")
