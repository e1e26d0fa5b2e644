"""Fleets on the emulated Compute Engine: what is looked up, what is counted, what is shown to other people."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp import vms
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError, InvalidOption
from tests.unit.plugins.builders import OTHER_KEY, PUBLIC_KEY
from tests.unit.plugins.clouds.contract import SSH, listed
from tests.unit.plugins.clouds.gcp.account import GcpAccount

ZONE = "us-central1-a"


def only(found: list[Any]) -> Any:
    assert len(found) == 1
    return found[0]


def metadata(instance: dict[str, Any]) -> dict[str, str]:
    return {item["key"]: item["value"] for item in instance["metadata"]["items"]}


def name_of(url: str) -> str:
    return url.rsplit("/", 1)[-1]


# reservations


def reserve(account: GcpAccount, zone: str, machine_type: str, name: str = "booked") -> None:
    wanted = {"count": "4", "instanceProperties": {"machineType": machine_type}}
    body = {"name": name, "specificReservation": wanted, "specificReservationRequired": True}
    account.ask("POST", f"zones/{zone}/reservations", body)


def test_a_reservation_says_in_which_zone_its_vms_are_made(account: GcpAccount) -> None:
    reserve(account, "us-central1-b", account.vm_type)
    reserve(account, "us-central1-a", account.vm_type, name="another")
    words = {"market": "reserved", "reservation_id": "booked", "count": 2}
    result = account.vms(**words)
    assert [(one.zone, one.code) for one in result.attempts] == [("us-central1-b", None)]
    assert {(vm.zone, vm.market) for vm in result.states} == {("us-central1-b", "reserved")}
    assert not account.vms(**words).changed


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("booked", "unsupported", "the reservation 'booked' holds g2-standard-8, not g2-standard-4"),
        ("nobody", "not_found", "no reservation 'nobody' in us-central1"),
    ],
)
def test_a_reservation_that_does_not_fit_is_told_before_anything_is_made(
    account: GcpAccount, name: str, code: str, said: str
) -> None:
    reserve(account, "us-central1-a", account.other_type)
    with pytest.raises(CloudError, match=said) as caught:
        account.vms(market="reserved", reservation_id=name)
    assert caught.value.code == code
    assert not account.vms(state="absent").changed


# what other people see


def test_an_instance_as_others_see_it(account: GcpAccount) -> None:
    account.network(name="lan")
    account.firewall(name="gate", network="lan", rules=[SSH])
    account.vms(
        network="lan",
        firewalls=["gate"],
        zones=["us-central1-b"],
        ssh_public_key=PUBLIC_KEY,
        user_data="#cloud-config\n",
        labels={"team": "red"},
        disk_gb=40,
    )
    seen = only(account.instances())
    assert (seen["name"], name_of(seen["zone"]), name_of(seen["machineType"])) == (
        "fleet",
        "us-central1-b",
        "g2-standard-4",
    )
    assert seen["tags"]["items"] == ["aienv-gate"]
    assert name_of(seen["networkInterfaces"][0]["subnetwork"]) == "lan"
    assert seen["networkInterfaces"][0]["networkIP"].startswith("10.20.")
    assert seen["networkInterfaces"][0]["accessConfigs"][0]["natIP"]
    assert seen["scheduling"]["onHostMaintenance"] == "TERMINATE"
    assert seen["shieldedInstanceConfig"] == {
        "enableSecureBoot": False,
        "enableVtpm": True,
        "enableIntegrityMonitoring": True,
    }
    assert {
        k: v for k, v in seen["labels"].items() if k in ("aienv-fleet", "aienv-image", "team", "aienv-ssh-user")
    } == {
        "aienv-fleet": "fleet",
        "aienv-image": "ubuntu-24_04",
        "aienv-ssh-user": "ubuntu",
        "team": "red",
    }
    assert metadata(seen)["user-data"] == "#cloud-config\n"
    assert metadata(seen)["ssh-keys"].startswith("ubuntu:ssh-ed25519 ")
    disk = only([d for d in account.every("disks") if d["name"] == "fleet"])
    assert (disk["sizeGb"], name_of(disk["type"]), disk["labels"]["aienv-fleet"]) == ("40", "pd-balanced", "fleet")
    assert seen["disks"][0]["autoDelete"] is True


def test_user_data_unset_is_no_user_data(account: GcpAccount) -> None:
    account.vms()
    assert "user-data" not in metadata(only(account.instances()))


@pytest.mark.parametrize(
    ("image", "machine_type", "family", "user"),
    [
        ("debian-12", "g2-standard-4", "debian-12-bookworm", "admin"),
        ("debian-13", "g2-standard-4", "debian-13-trixie", "admin"),
        ("debian-12", "t2a-standard-1", "debian-12-bookworm-arm64", "admin"),
        ("ubuntu-22.04", "g2-standard-4", "ubuntu-2204-jammy", "ubuntu"),
        ("ubuntu-24.04", "g2-standard-4", "ubuntu-2404-noble-amd64", "ubuntu"),
        ("ubuntu-26.04", "g2-standard-4", "ubuntu-2604-resolute-amd64", "ubuntu"),
        ("ubuntu-24.04", "t2a-standard-4", "ubuntu-2404-noble-arm64", "ubuntu"),
        ("deep-learning", "g2-standard-4", "common-cu129-ubuntu-2204-nvidia-580", "ubuntu"),
    ],
)
def test_a_friendly_image_is_of_its_publisher_s_family(
    account: GcpAccount, image: str, machine_type: str, family: str, user: str
) -> None:
    vm = only(list(account.vms(image=image, machine_type=machine_type).states))
    disk = only([d for d in account.every("disks") if d["name"] == "fleet"])
    assert name_of(disk["sourceImage"]).startswith(family)
    assert (vm.image, vm.ssh_user) == ((image,), user)
    assert not account.vms(image=image, machine_type=machine_type).changed


def test_an_image_by_its_path(account: GcpAccount) -> None:
    path = "projects/debian-cloud/global/images/family/debian-12"
    account.vms(image=path)
    assert not account.vms(image=path).changed
    with pytest.raises(CloudError) as caught:
        account.vms(name="other", image="projects/debian-cloud/global/images/family/none-such")
    assert "none-such" in str(caught.value)
    assert account.instances("other") == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (
            {"network": "nowhere"},
            "not_found",
            "no network 'nowhere' in the project sandbox-project; make it with gcp_network",
        ),
        ({"firewalls": ["gate", "nobody"]}, "not_found", "firewalls gate, nobody do not exist"),
        ({"placement_group": "near"}, "not_found", "there is no placement policy 'near' in us-central1"),
    ],
    ids=["network", "firewall", "placement"],
)
def test_words_that_the_project_does_not_know(account: GcpAccount, words: dict[str, Any], code: str, said: str) -> None:
    with pytest.raises(CloudError) as caught:
        account.vms(**words)
    assert caught.value.code == code
    assert said in str(caught.value)
    assert not any(name.endswith("nsert") for name in account.counted())


def test_a_reservation_that_does_not_exist(account: GcpAccount) -> None:
    with pytest.raises(CloudError) as caught:
        account.vms(market="reserved", reservation_id="none-such")
    assert "none-such" in str(caught.value)
    assert account.instances() == []


def test_without_a_default_network_the_sentence_tells_what_to_make(account: GcpAccount) -> None:
    for rule in account.ask("GET", "global/firewalls").get("items", []):
        account.ask("DELETE", f"global/firewalls/{rule['name']}")
    account.ask("DELETE", "global/networks/default")
    with pytest.raises(CloudError, match="has no default network; make one with gcp_network"):
        account.vms()


def test_reserved_capacity_is_used_and_known_again(account: GcpAccount) -> None:
    body = {
        "name": "mine",
        "specificReservationRequired": True,
        "specificReservation": {"count": "2", "instanceProperties": {"machineType": "g2-standard-4"}},
    }
    account.ask("POST", "zones/us-central1-c/reservations", body)
    words = {"market": "reserved", "reservation_id": "mine", "zones": ["us-central1-c"], "count": 2}
    assert {vm.market for vm in account.vms(**words).states} == {"reserved"}
    assert not account.vms(**words).changed
    with pytest.raises(CloudError):
        account.vms(**{**words, "count": 3})
    assert len(account.instances()) == 2


def test_a_placement_group_is_known_again(account: GcpAccount) -> None:
    policy = {"name": "near", "groupPlacementPolicy": {"collocation": "COLLOCATED"}}
    account.ask("POST", "regions/us-central1/resourcePolicies", policy)
    words = {"machine_type": "c2-standard-4", "placement_group": "near", "count": 2, "zones": [ZONE]}
    assert {vm.placement_group for vm in account.vms(**words).states} == {"near"}
    assert not account.vms(**words).changed
    assert all(name_of(i["resourcePolicies"][0]) == "near" for i in account.instances())


def test_a_need_for_a_t4_is_an_n1_with_one_attached(account: GcpAccount) -> None:
    vm = only(list(account.vms(gpu_model="t4").states))
    assert (vm.machine_type, vm.shape.gpu_model, vm.shape.vcpus) == ("n1-standard-4+t4", "t4", 4)
    seen = only(account.instances())
    assert name_of(seen["machineType"]) == "n1-standard-4"
    assert [(name_of(a["acceleratorType"]), a["acceleratorCount"]) for a in seen["guestAccelerators"]] == [
        ("nvidia-tesla-t4", 1)
    ]
    assert not account.vms(gpu_model="t4").changed
    assert not account.vms(machine_type="n1-standard-4+t4").changed


@pytest.mark.parametrize(
    ("first", "then", "base", "accelerators"),
    [
        ("n1-standard-4+t4", "n1-standard-8+2xt4", "n1-standard-8", [("nvidia-tesla-t4", 2)]),
        ("n1-standard-4+t4", "n1-standard-8+t4", "n1-standard-8", [("nvidia-tesla-t4", 1)]),
        ("n1-standard-4+t4", "n1-standard-4", "n1-standard-4", []),
        ("e2-standard-4", "n1-standard-4+t4", "n1-standard-4", [("nvidia-tesla-t4", 1)]),
        ("e2-standard-4", "e2-standard-8", "e2-standard-8", []),
    ],
)
def test_sizes_and_attached_gpus_change_with_consent(
    account: GcpAccount, first: str, then: str, base: str, accelerators: list[Any]
) -> None:
    before = only(list(account.vms(machine_type=first, zones=[ZONE]).states))
    with pytest.raises(CloudError, match="allow_restart"):
        account.vms(machine_type=then)
    after = only(list(account.vms(machine_type=then, allow_restart=True).states))
    assert (after.id, after.machine_type, after.state) == (before.id, then, "running")
    seen = only(account.instances())
    assert name_of(seen["machineType"]) == base
    got = [(name_of(a["acceleratorType"]), a["acceleratorCount"]) for a in seen.get("guestAccelerators", ())]
    assert got == accelerators
    if accelerators:
        assert seen["scheduling"]["onHostMaintenance"] == "TERMINATE"


# drift and identity


def test_a_newer_image_is_no_second_vm(account: GcpAccount) -> None:
    old = only(list(account.vms(image="debian-12").states))
    with pytest.raises(CloudError) as caught:
        account.vms(image="debian-13")
    assert caught.value.code == "refused"
    assert [i["id"] for i in account.instances()] == [old.id]
    new = only(list(account.vms(image="debian-13", allow_replace=True).states))
    assert new.id != old.id
    assert [i["id"] for i in account.instances()] == [new.id]


def foreign(account: GcpAccount, name: str, zone: str = ZONE, **more: Any) -> str:
    """A VM that somebody made by hand."""
    disk = {"boot": True, "initializeParams": {"sourceImage": "projects/debian-cloud/global/images/family/debian-12"}}
    body = {
        "name": name,
        "machineType": f"zones/{zone}/machineTypes/e2-medium",
        "disks": [disk],
        "networkInterfaces": [{"network": "global/networks/default"}],
        **more,
    }
    account.ask("POST", f"zones/{zone}/instances", body)
    return str(account.ask("GET", f"zones/{zone}/instances/{name}")["id"])


def test_a_vm_of_a_member_s_name_that_is_not_ours_is_an_error_and_not_touched(account: GcpAccount) -> None:
    theirs = foreign(account, "fleet-1")
    with pytest.raises(CloudError) as caught:
        account.vms(count=3, zones=[ZONE])
    assert caught.value.code == "ambiguous"
    assert "fleet-1" in str(caught.value)
    assert "it is not touched" in str(caught.value)
    assert account.instances() == []
    account.vms(state="absent")
    assert account.ask("GET", f"zones/{ZONE}/instances/fleet-1")["id"] == theirs


def test_a_disk_of_a_member_s_name_is_an_error_and_not_touched(account: GcpAccount) -> None:
    account.ask("POST", f"zones/{ZONE}/disks", {"name": "fleet", "sizeGb": "10"})
    with pytest.raises(CloudError, match="a VM or a disk of that name exists in us-central1-a"):
        account.vms(zones=[ZONE])
    account.vms(state="absent")
    assert account.ask("GET", f"zones/{ZONE}/disks/fleet")["sizeGb"] == "10"


def test_a_vm_of_another_fleet_that_has_the_name_is_said(account: GcpAccount) -> None:
    account.vms(name="fleet-0", zones=[ZONE])
    with pytest.raises(CloudError, match="is not one of this fleet"):
        account.vms(name="fleet", count=1, zones=[ZONE])
    assert [i["name"] for i in account.instances("fleet-0")] == ["fleet-0"]


def test_a_copy_that_bears_our_labels_is_not_a_member(account: GcpAccount) -> None:
    """Google's console offers to make a similar VM, labels included."""
    account.vms(count=2)
    copy = foreign(account, "fleet-copy", labels={"aienv-fleet": "fleet"})
    assert not account.vms(count=2).changed
    account.vms(state="absent")
    assert [i["id"] for i in account.instances()] == [copy]


def test_a_twin_in_another_zone_is_found(account: GcpAccount) -> None:
    account.vms(count=2, zones=["us-central1-b"])
    assert not account.vms(count=2, zones=[ZONE]).changed
    foreign(account, "fleet-0", labels={"aienv-fleet": "fleet"})
    with pytest.raises(CloudError) as caught:
        account.vms(count=2, zones=[ZONE])
    assert caught.value.code == "ambiguous"


def test_the_same_name_in_another_region_is_another_fleet(account: GcpAccount) -> None:
    account.vms(count=2, zones=[ZONE])
    there = foreign(account, "fleet-0", "europe-west4-a", labels={"aienv-fleet": "fleet"})
    assert not account.vms(count=2).changed
    account.vms(state="absent")
    assert [i["id"] for i in account.instances()] == [there]


def test_labels_and_tags_and_keys_of_others_stay(account: GcpAccount) -> None:
    for name in ("one", "two", "three"):
        account.firewall(name=name, rules=[])
    vm = only(list(account.vms(firewalls=["one", "two"], ssh_public_key=PUBLIC_KEY, labels={"team": "red"}).states))
    path = f"zones/{vm.zone}/instances/fleet"
    raw = account.ask("GET", path)
    account.ask(
        "POST",
        f"{path}/setTags",
        {"items": [*raw["tags"]["items"], "http-server"], "fingerprint": raw["tags"]["fingerprint"]},
    )
    account.ask(
        "POST",
        f"{path}/setLabels",
        {"labels": {**raw["labels"], "cost": "7"}, "labelFingerprint": raw["labelFingerprint"]},
    )
    theirs = f"{metadata(raw)['ssh-keys']}\nbob:{OTHER_KEY}"
    items = [
        *[i for i in raw["metadata"]["items"] if i["key"] != "ssh-keys"],
        {"key": "ssh-keys", "value": theirs},
        {"key": "mine", "value": "1"},
    ]
    account.ask("POST", f"{path}/setMetadata", {"items": items, "fingerprint": raw["metadata"]["fingerprint"]})
    words = {"firewalls": ["two", "three"], "ssh_public_key": OTHER_KEY, "labels": {"team": "blue"}}
    assert not account.vms(firewalls=["one", "two"], ssh_public_key=PUBLIC_KEY).changed
    assert account.vms(**words).changed
    assert not account.vms(**words).changed
    after = account.ask("GET", path)
    assert sorted(after["tags"]["items"]) == ["aienv-three", "aienv-two", "http-server"]
    assert (after["labels"]["cost"], after["labels"]["team"]) == ("7", "blue")
    lines = metadata(after)["ssh-keys"].splitlines()
    assert lines[0] == f"bob:{OTHER_KEY}"
    assert lines[1].startswith("ubuntu:" + " ".join(OTHER_KEY.split()[:2]))
    assert len(lines) == 2
    assert metadata(after)["mine"] == "1"
    account.vms(state="stopped")
    account.vms(state="started", image=None, machine_type=None)
    again = account.ask("GET", path)
    assert (again["labels"], again["tags"]["items"]) == (after["labels"], after["tags"]["items"])


@pytest.mark.parametrize("method", ["setLabels", "setTags", "setMetadata"])
def test_what_somebody_writes_in_between_is_not_lost(
    account: GcpAccount, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """Between our look and our write somebody else writes: Google answers 412, and we look again."""
    account.firewall(name="gate", rules=[])
    vm = only(list(account.vms(labels={"team": "red"}).states))
    path = f"zones/{vm.zone}/instances/fleet"
    call, struck = account.session.call, []

    def meddled(name: str, body: Any = None, **params: Any) -> Any:
        if name == f"instances.{method}" and not struck:
            struck.append(name)
            raw = account.ask("GET", path)
            theirs = {
                "setLabels": {"labels": {**raw["labels"], "cost": "7"}, "labelFingerprint": raw["labelFingerprint"]},
                "setTags": {"items": ["http-server"], "fingerprint": raw["tags"]["fingerprint"]},
                "setMetadata": {
                    "items": [*raw["metadata"]["items"], {"key": "mine", "value": "1"}],
                    "fingerprint": raw["metadata"]["fingerprint"],
                },
            }[method]
            account.ask("POST", f"{path}/{method}", theirs)
        return call(name, body, **params)

    monkeypatch.setattr(account.session, "call", meddled)
    account.vms(labels={"team": "blue"}, firewalls=["gate"], ssh_public_key=PUBLIC_KEY)
    assert struck
    after = account.ask("GET", path)
    seen = {
        "setLabels": after["labels"].get("cost"),
        "setTags": "http-server" in after["tags"]["items"],
        "setMetadata": metadata(after).get("mine"),
    }
    assert seen[method]
    assert after["labels"]["team"] == "blue"
    assert "aienv-gate" in after["tags"]["items"]


def test_os_login_and_a_service_account(account: GcpAccount) -> None:
    account.vms(os_login=True)
    assert metadata(only(account.instances()))["enable-oslogin"] == "TRUE"
    assert account.vms(os_login=False).changed
    assert metadata(only(account.instances()))["enable-oslogin"] == "FALSE"
    with pytest.raises(CloudError, match="allow_restart"):
        account.vms(service_account="default")
    robot = "robot@sandbox-project.iam.gserviceaccount.com"
    account.vms(service_account=robot, allow_restart=True)
    assert only(account.instances())["serviceAccounts"][0]["email"] == robot
    assert not account.vms(service_account=robot).changed


def test_the_default_account_is_the_one_that_google_shows_for_it(account: GcpAccount) -> None:
    account.vms(service_account="default")
    assert only(account.instances())["serviceAccounts"][0]["email"].endswith("-compute@developer.gserviceaccount.com")
    assert not account.vms(service_account="default").changed


def test_a_firewall_that_does_not_exist_is_refused_for_a_vm_that_does(account: GcpAccount) -> None:
    account.firewall(name="gate", rules=[])
    account.vms(firewalls=["gate"])
    with pytest.raises(CloudError, match="firewalls gaet do not exist"):
        account.vms(firewalls=["gaet"])
    assert only(account.instances())["tags"]["items"] == ["aienv-gate"]


def test_the_key_goes_with_its_user(account: GcpAccount) -> None:
    account.vms(ssh_public_key=PUBLIC_KEY, ssh_user="ada")
    account.vms(ssh_user="bob")
    line = metadata(only(account.instances()))["ssh-keys"]
    assert line.startswith("bob:ssh-ed25519 ")
    assert not account.vms(ssh_public_key=PUBLIC_KEY, ssh_user="bob").changed


def test_another_time_to_live_is_given_to_google_too(account: GcpAccount) -> None:
    account.vms(ttl_hours=4)
    assert only(account.instances())["scheduling"]["maxRunDuration"]["seconds"] == "14400"
    with pytest.raises(CloudError, match="allow_restart"):
        account.vms(ttl_hours=8)
    vm = only(list(account.vms(ttl_hours=8, allow_restart=True).states))
    assert (vm.ttl_hours, vm.state) == (8, "running")
    assert vm.expires_at is not None
    seen = only(account.instances())["scheduling"]
    assert (seen["maxRunDuration"]["seconds"], seen["onHostMaintenance"]) == ("28800", "TERMINATE")
    assert not account.vms(ttl_hours=8).changed


def test_a_disk_that_has_grown_is_no_difference_later(account: GcpAccount) -> None:
    account.vms(disk_gb=20)
    assert account.vms(disk_gb=30).changed
    assert not account.vms(disk_gb=30).changed
    assert only([d for d in account.every("disks") if d["name"] == "fleet"])["sizeGb"] == "30"
    with pytest.raises(CloudError, match="grow but not shrink"):
        account.vms(disk_gb=20)


def test_a_fleet_that_is_being_deleted_elsewhere_is_waited_for(account: GcpAccount) -> None:
    """Another run's deletion shows as STOPPING; its names cannot be used before it has ended."""
    account.server.faults({"kind": "slow_stop", "seconds": 1.5})
    before = {vm.id for vm in account.vms(count=2, zones=[ZONE]).states}
    account.vms(state="absent", wait=False)
    account.server.faults()
    after = account.vms(count=2, zones=[ZONE])
    assert {vm.state for vm in after.states} == {"running"}
    assert not before & {vm.id for vm in after.states}
    assert len(account.instances()) == 2


def test_a_vm_that_is_being_stopped_is_not_taken_for_a_deleted_one(account: GcpAccount) -> None:
    account.vms()
    account.server.faults({"kind": "slow_stop", "seconds": 60})
    account.vms(state="stopped", wait=False)
    options = account.vm_options()
    store = account.vm_store(options)
    assert [vm.state for vm in listed(store, "fleet")] == ["stopping"]


def test_the_info_module_finds_one_fleet_or_all(account: GcpAccount) -> None:
    account.vms(name="one", count=2)
    account.vms(name="two")
    foreign(account, "three")
    foreign(account, "four-0", "europe-west4-a", labels={"aienv-fleet": "four"})
    assert [vm.name for vm in find(account)] == ["one-0", "one-1", "two"]
    assert [vm.name for vm in find(account, name="one")] == ["one-0", "one-1"]
    assert find(account, name="nobody") == []
    with pytest.raises(InvalidOption):
        find(account, name="One!")


def find(account: GcpAccount, name: str | None = None) -> list[Any]:
    from types import SimpleNamespace

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vms, "connect", lambda options: account.session)
        return list(vms.find(SimpleNamespace(name=name)))  # type: ignore[arg-type]


# how many calls


def waits(calls: dict[str, int]) -> tuple[int, int]:
    """The looks at the fleet and the waits at the server, taken out of the calls."""
    return calls.pop("instances.aggregatedList"), calls.pop("operations.wait", 0)


def test_fifty_vms_take_four_calls_and_the_waits(account: GcpAccount) -> None:
    account.network(name="lan")
    account.firewall(name="gate", network="lan", rules=[SSH])
    account.counted()
    words = {"count": 50, "network": "lan", "firewalls": ["gate"], "ssh_public_key": PUBLIC_KEY, "zones": [ZONE]}
    result = account.vms(**words)
    assert len(result.states) == 50
    calls = account.counted()
    assert waits(calls) == (3, 1)  # before, after the operation, and when all is settled
    assert calls == {"firewalls.list": 1, "instances.bulkInsert": 1, "networks.get": 1}

    assert not account.vms(**words).changed
    assert account.counted() == {"instances.aggregatedList": 1}

    account.vms(state="stopped")
    calls = account.counted()
    assert waits(calls)[1] == 0
    assert calls == {"instances.stop": 50}
    account.vms(state="started", image=None, machine_type=None)
    calls = account.counted()
    assert waits(calls)[1] <= 50
    assert calls == {"instances.start": 50}
    account.vms(state="absent")
    calls = account.counted()
    assert waits(calls)[1] == 0
    assert calls == {"instances.delete": 50}


def test_one_vm_is_an_insert_and_gaps_are_one_bulk(account: GcpAccount) -> None:
    account.vms(count=10, zones=[ZONE])
    for index in (2, 3, 7):
        account.ask("DELETE", f"zones/{ZONE}/instances/fleet-{index}")
    account.counted()
    account.vms(count=12, zones=[ZONE])
    calls = account.counted()
    assert calls["instances.bulkInsert"] == 1  # 2, 3, 7, 10, 11
    assert [vm.index for vm in account.vms(count=12).states] == list(range(12))
    account.vms(name="single")
    assert account.counted()["instances.insert"] == 1


def test_the_zones_of_the_region_are_asked_for_once_where_none_is_named(account: GcpAccount) -> None:
    account.vms(count=2)
    calls = account.counted()
    waits(calls)
    assert calls == {"instances.bulkInsert": 1, "networks.get": 1, "regions.get": 1}


def test_a_thousand_vms_without_change_take_two_calls(account: GcpAccount) -> None:
    account.network(name="lan", cidr="10.64.0.0/11")
    words = {"count": 1000, "network": "lan", "zones": [ZONE], "machine_type": "e2-standard-2"}
    account.vms(**words, wait=False)
    account.counted()
    result = account.vms(**words)
    assert (len(result.states), result.changed) == (1000, False)
    assert account.counted() == {"instances.aggregatedList": 2}
