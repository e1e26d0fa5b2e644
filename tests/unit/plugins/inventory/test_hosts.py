"""Names, variables and groups of hosts, from observed VMs. Nothing is called."""

from __future__ import annotations

import dataclasses
import random

import pytest
import yaml

from ansible_collections.aienv.cloud.plugins.doc_fragments import aws as aws_fragment
from ansible_collections.aienv.cloud.plugins.doc_fragments import inventory as inventory_fragment
from ansible_collections.aienv.cloud.plugins.inventory import aws_vm
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.inventory import AwsInventoryOptions
from ansible_collections.aienv.cloud.plugins.module_utils.model.inventory import Listing
from ansible_collections.aienv.cloud.plugins.module_utils.model.option import argument_spec
from ansible_collections.aienv.cloud.plugins.module_utils.model.vm import VmState, vm_result
from ansible_collections.aienv.cloud.plugins.plugin_utils.inventory import (
    groups_of,
    host_names,
    host_variables,
    hosts_of,
    plain,
    question,
)

OPTIONS = AwsInventoryOptions()


def vm(name: str, vm_id: str, **words: object) -> VmState:
    """A VM of a fleet of that name, unless told otherwise."""
    base = VmState(
        id=vm_id,
        name=name,
        fleet=name,
        index=None,
        cloud="aws",
        region="us-east-1",
        zone="us-east-1a",
        state="running",
        machine_type="m7i.xlarge",
        created_at="2026-11-20T08:00:00Z",
    )
    return dataclasses.replace(base, **words)  # type: ignore[arg-type]


FOREIGN = {"owned": False, "fleet": ""}


def names(*vms: VmState) -> dict[str, str]:
    return {vm_id: name for (_region, vm_id), name in host_names(vms).items()}


def test_members_are_called_as_they_are() -> None:
    assert names(vm("devbox", "i-1"), vm("train-3", "i-2", fleet="train", index=3)) == {
        "i-1": "devbox",
        "i-2": "train-3",
    }


def test_the_oldest_keeps_the_name_and_order_of_listing_plays_no_role() -> None:
    first = vm("devbox", "i-9", created_at="2026-11-01T00:00:00Z")
    elsewhere = vm("devbox", "i-1", region="eu-west-1", created_at="2026-11-02T00:00:00Z")
    there_too = vm("devbox", "i-2", region="eu-west-1", created_at="2026-11-03T00:00:00Z")
    expected = {"i-9": "devbox", "i-1": "devbox.eu-west-1", "i-2": "devbox.i-2"}
    listed = [first, elsewhere, there_too]
    for seed in range(6):
        random.Random(seed).shuffle(listed)
        assert names(*listed) == expected


def test_a_strangers_older_vm_does_not_take_a_members_name() -> None:
    stranger = vm("devbox", "i-0", **FOREIGN, created_at="2020-01-01T00:00:00Z")
    assert names(stranger, vm("devbox", "i-1")) == {"i-1": "devbox", "i-0": "devbox.us-east-1"}


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("web 1, spare:old", "web-1-spare-old"),
        ("!db*", "db"),
        ("***", "i-1"),
        ("localhost", "localhost.us-east-1"),
        ("all", "all.us-east-1"),
        ("Büro", "Büro"),
    ],
)
def test_names_that_patterns_or_ansible_understand_otherwise(tag: str, expected: str) -> None:
    assert names(vm(tag, "i-1", **FOREIGN)) == {"i-1": expected}


def test_one_id_in_two_regions_of_a_private_endpoint_makes_two_hosts() -> None:
    twins = [vm("a", "i-1", region=region) for region in ("us-east-1", "eu-west-1", "sa-east-1")]
    assert len(set(host_names(twins).values())) == 3


def test_a_stopped_namesake_keeps_the_names_of_those_that_run() -> None:
    stopped = vm("devbox", "i-1", state="stopped", created_at="2026-11-01T00:00:00Z")
    running = vm("devbox", "i-2", region="eu-west-1")
    listed = dict(hosts_of(Listing((stopped, running)), OPTIONS))
    assert list(listed) == ["devbox.eu-west-1"]
    everything = dataclasses.replace(OPTIONS, include_states=("running", "stopped"))
    assert list(dict(hosts_of(Listing((stopped, running)), everything))) == ["devbox", "devbox.eu-west-1"]


def test_members_are_listed_by_number() -> None:
    members = [vm(f"t-{n}", f"i-{n}", fleet="t", index=n) for n in (10, 2, 1)]
    assert [name for name, _variables in hosts_of(Listing(tuple(members)), OPTIONS)] == ["t-1", "t-2", "t-10"]


@pytest.mark.parametrize(
    ("public", "private", "with_auto", "with_public", "with_private"),
    [
        ("203.0.113.5", "10.0.0.5", "203.0.113.5", "203.0.113.5", "10.0.0.5"),
        (None, "10.0.0.5", "10.0.0.5", None, "10.0.0.5"),
        ("203.0.113.5", None, "203.0.113.5", "203.0.113.5", None),
        (None, None, None, None, None),
    ],
)
def test_the_address_to_connect_to(public, private, with_auto, with_public, with_private) -> None:
    observed = vm("a", "i-1", public_ip_address=public, private_ip=private)
    found = {word: host_variables(observed, word, True).get("ansible_host") for word in ("auto", "public", "private")}
    assert found == {"auto": with_auto, "public": with_public, "private": with_private}


def test_hosts_have_the_keys_of_a_modules_result() -> None:
    observed = vm("a", "i-1", labels={"team": "vision"})
    variables = host_variables(observed, "auto", True)
    assert {key: variables.pop(f"vm_{key}") for key in vm_result(observed)} == vm_result(observed)
    assert variables == {"vm_inventory_complete": True}


def test_the_recorded_login_is_used() -> None:
    assert host_variables(vm("a", "i-1", ssh_user="admin"), "auto", True)["ansible_user"] == "admin"


def test_ready_groups_of_members_and_strangers() -> None:
    member = host_variables(vm("train-0", "i-1", fleet="train", index=0), "auto", True) | {"vm_gpu_model": "a100-80gb"}
    assert set(groups_of(member)) == {"cloud_aws", "region_us-east-1", "fleet_train", "gpu_a100-80gb"}
    stranger = host_variables(vm("web", "i-2", **FOREIGN), "auto", True)
    assert set(groups_of(stranger)) == {"cloud_aws", "region_us-east-1"}


@pytest.mark.parametrize("text", ["{{ 1 }}", "{% if x %}", "{# x #}", "10.0.0.1 {{ 1 }}", "a\n{{ 1 }}"])
def test_text_that_could_be_a_template_is_never_trusted(text: str) -> None:
    from ansible._internal._datatag._tags import TrustedAsTemplate

    assert not TrustedAsTemplate.is_tagged_on(plain(text))
    assert TrustedAsTemplate.is_tagged_on(plain("10.0.0.1"))


def test_a_cache_belongs_to_its_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "one")
    asked = question(OPTIONS)
    assert question(AwsInventoryOptions()) == asked
    assert question(AwsInventoryOptions(fleets=("a",))) != asked
    monkeypatch.setenv("AWS_PROFILE", "two")
    assert question(OPTIONS) != asked


def test_the_documentation_declares_the_options_as_the_code_does() -> None:
    fragments = [part.ModuleDocFragment.DOCUMENTATION for part in (inventory_fragment, aws_fragment)]
    documented: dict[str, dict[str, object]] = {}
    for text in (aws_vm.DOCUMENTATION, *fragments):
        documented |= yaml.safe_load(text)["options"]
    del documented["plugin"]
    words = ("type", "elements", "choices", "default")
    shown = {name: {word: one[word] for word in words if word in one} for name, one in documented.items()}
    for one in shown.values():
        one.pop("choices", None) if one.get("choices") is None else one["choices"].sort()
    declared = argument_spec(AwsInventoryOptions)
    for one in declared.values():
        if "choices" in one:
            one["choices"] = sorted(one["choices"])
    assert shown == declared
