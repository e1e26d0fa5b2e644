"""Requests that make VMs: pure, so each is compared as a whole or in its one interesting part, and judged by Google's schema."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import json
import random
import re
import uuid
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp import labels, launch
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.launch import Place, request_id
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.options import GcpVmOptions
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.shapes import SHAPES, markets
from ansible_collections.aienv.cloud.plugins.module_utils.model import mark
from ansible_collections.aienv.cloud.plugins.module_utils.model.resource import Candidate, Spec
from ansible_collections.aienv.cloud.plugins.module_utils.model.vm import member_name
from tests.unit.plugins.builders import PUBLIC_KEY, parsed
from tests.unit.plugins.clouds.gcp.discovery import complaints

NOW = datetime.datetime(2026, 11, 23, 9, 30, tzinfo=datetime.UTC)
PLACE = Place(
    "my-project",
    "us-central1",
    "projects/my-project/global/networks/lan",
    "projects/my-project/regions/us-central1/subnetworks/lan",
)
ZONE = "us-central1-a"


def options(**words: Any) -> Any:
    named = {"machine_types", "gpu_model"} & set(words)
    usual = {"name": "train", "image": "ubuntu-24.04"} | ({} if named else {"machine_type": "g2-standard-4"})
    return parsed(GcpVmOptions, **{**usual, **words}).verified()


def request(*keys: int | None, **words: Any) -> dict[str, Any]:
    wanted = options(**words)
    specs = [Spec(key, member_name(wanted.name, key), wanted) for key in keys or (None,)]
    candidate = Candidate(wanted.machine_types[0], ZONE)
    login = "ubuntu"
    own = labels.member_labels(wanted, launch.disk_type_of(wanted, candidate), login, NOW)
    common = launch.properties(wanted, candidate, PLACE, own, login)
    return launch.to_insert(common, specs[0], ZONE, PLACE) if len(specs) == 1 else launch.to_bulk(common, specs)


def judged(body: dict[str, Any]) -> list[str]:
    method = "instances.bulkInsert" if "count" in body else "instances.insert"
    return complaints(method, body, {"project": "my-project", "zone": ZONE, "requestId": "x"})


def test_the_whole_request_for_one() -> None:
    own = {
        "team": "red",
        "aienv-fleet": "train",
        "aienv-image": "ubuntu-24_04",
        "aienv-network": "lan",
        "aienv-disk-type": "pd-balanced",
        "aienv-ssh-user": "ubuntu",
        "aienv-ttl-hours": "8",
        "aienv-expires": "20261123t180000z",
    }
    assert request(disk_gb=100, labels={"team": "red"}, network="lan", ttl_hours=8, firewalls=["gate"]) == {
        "name": "train",
        "machineType": "zones/us-central1-a/machineTypes/g2-standard-4",
        "disks": [
            {
                "boot": True,
                "autoDelete": True,
                "initializeParams": {
                    "sourceImage": "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64",
                    "diskType": "projects/my-project/zones/us-central1-a/diskTypes/pd-balanced",
                    "diskSizeGb": "100",
                    "labels": own,
                },
            }
        ],
        "networkInterfaces": [
            {
                "subnetwork": "projects/my-project/regions/us-central1/subnetworks/lan",
                "nicType": "GVNIC",
                "accessConfigs": [{"name": "External NAT", "type": "ONE_TO_ONE_NAT"}],
            }
        ],
        "labels": own,
        "metadata": {"items": [{"key": "enable-oslogin", "value": "FALSE"}]},
        "scheduling": {
            "onHostMaintenance": "TERMINATE",
            "automaticRestart": True,
            "maxRunDuration": {"seconds": "28800"},
            "instanceTerminationAction": "STOP",
        },
        "tags": {"items": ["aienv-gate"]},
        "shieldedInstanceConfig": {
            "enableSecureBoot": False,
            "enableVtpm": True,
            "enableIntegrityMonitoring": True,
        },
    }


def test_several_are_one_request_all_or_none_whatever_gaps_are_between_them() -> None:
    body = request(2, 3, 7, placement_group="near")
    assert (body["count"], body["minCount"]) == ("3", "3")
    assert body["perInstanceProperties"] == {"train-2": {}, "train-3": {}, "train-7": {}}
    common = body["instanceProperties"]
    # Google takes names here, and answers an address with INTERNAL_ERROR.
    assert common["machineType"] == "g2-standard-4"
    assert common["disks"][0]["initializeParams"]["diskType"] == "pd-balanced"
    assert common["resourcePolicies"] == ["near"]
    assert "name" not in common


def test_what_is_unset_is_not_sent() -> None:
    bare = request()
    assert not {"tags", "guestAccelerators", "serviceAccounts", "resourcePolicies", "reservationAffinity"} & set(bare)
    assert "diskSizeGb" not in bare["disks"][0]["initializeParams"]
    assert "aienv-ttl-hours" not in bare["labels"]
    assert "None" not in json.dumps(bare)


VARIETY: list[dict[str, Any]] = [
    {},
    {"market": "spot"},
    {"market": "reserved", "reservation_id": "mine", "machine_type": "a4-highgpu-8g", "image": "deep-learning"},
    {"market": "reserved", "reservation_id": "mine"},
    {"machine_type": "n1-standard-8+2xt4"},
    {"machine_type": "a3-highgpu-8g", "ttl_hours": 5, "placement_group": "near"},
    {"machine_type": "c4a-standard-4", "image": "debian-13"},
    {"machine_type": "t2a-standard-4", "image": "debian-12", "public_ip": False},
    {"machine_type": "e2-standard-2", "service_account": "default", "os_login": True},
    {"ssh_public_key": PUBLIC_KEY, "user_data": "#cloud-config\n", "ssh_user": "ada", "firewalls": ["a", "b"]},
    {"image": "projects/my-project/global/images/golden", "disk_type": "pd-ssd", "disk_gb": 50},
]


@pytest.mark.parametrize("words", VARIETY, ids=str)
@pytest.mark.parametrize("keys", [(None,), (0, 1)], ids=["insert", "bulkInsert"])
def test_google_knows_every_word(words: dict[str, Any], keys: tuple[int | None, ...]) -> None:
    assert judged(request(*keys, **words)) == []


def test_the_judge_sees_faults() -> None:
    body = request()
    body["scheduling"]["onHostMaintenance"] = "PANIC"
    body["disks"][0]["initializeParams"]["diskSizeGb"] = 10
    body["labls"] = {}
    assert len(judged(body)) == 3


def scheduled(**words: Any) -> dict[str, Any]:
    return dict(request(**words)["scheduling"])


@pytest.mark.parametrize(
    ("words", "maintenance", "restart"),
    [
        ({}, "TERMINATE", True),
        ({"machine_type": "n1-standard-4+t4"}, "TERMINATE", True),
        ({"machine_type": "e2-standard-4"}, "MIGRATE", True),
        ({"machine_type": "e2-standard-4", "market": "spot"}, "TERMINATE", False),
        ({"machine_type": "c2-standard-4", "placement_group": "near"}, "TERMINATE", True),
    ],
    ids=str,
)
def test_what_cannot_be_moved_is_not_moved(words: dict[str, Any], maintenance: str, restart: bool) -> None:
    assert (scheduled(**words)["onHostMaintenance"], scheduled(**words)["automaticRestart"]) == (maintenance, restart)


def test_every_shape_with_a_gpu_ends_with_its_host() -> None:
    for shape in SHAPES.values():
        market = markets(shape)[0]
        words = {"machine_type": shape.machine_type, "market": market}
        if market == "reserved":
            words["reservation_id"] = "mine"
        if shape.gpu_model:
            assert scheduled(**words)["onHostMaintenance"] == "TERMINATE", shape.machine_type


def test_a_spot_vm_is_stopped_and_keeps_its_disk() -> None:
    spot = scheduled(market="spot")
    assert (spot["provisioningModel"], spot["instanceTerminationAction"]) == ("SPOT", "STOP")
    assert scheduled(market="spot", ttl_hours=3)["maxRunDuration"] == {"seconds": "10800"}


def test_a_run_limit_says_what_becomes_of_local_disks() -> None:
    assert scheduled(machine_type="a2-ultragpu-1g", ttl_hours=1)["onInstanceStopAction"] == {"discardLocalSsd": True}
    assert "onInstanceStopAction" not in scheduled(ttl_hours=1)


def test_a_reservation_by_its_name() -> None:
    body = request(market="reserved", reservation_id="mine")
    assert body["reservationAffinity"] == {
        "consumeReservationType": "SPECIFIC_RESERVATION",
        "key": "compute.googleapis.com/reservation-name",
        "values": ["mine"],
    }
    assert "provisioningModel" not in body["scheduling"]
    bound = request(market="reserved", reservation_id="mine", machine_type="a3-ultragpu-8g", ttl_hours=4)
    assert bound["scheduling"]["provisioningModel"] == "RESERVATION_BOUND"
    assert "maxRunDuration" not in bound["scheduling"]  # it ends with its reservation


@pytest.mark.parametrize(
    ("machine_type", "disk"),
    [
        ("g2-standard-4", "pd-balanced"),
        ("a2-highgpu-1g", "pd-balanced"),
        ("a3-highgpu-8g", "pd-balanced"),
        ("n1-standard-4+t4", "pd-balanced"),
        ("g4-standard-48", "hyperdisk-balanced"),
        ("c4-standard-4", "hyperdisk-balanced"),
        ("c4a-standard-4", "hyperdisk-balanced"),
        ("n4-standard-4", "hyperdisk-balanced"),
    ],
)
def test_the_boot_disk_is_one_that_the_machine_takes(machine_type: str, disk: str) -> None:
    made_from = request(machine_type=machine_type)["disks"][0]["initializeParams"]
    assert made_from["diskType"].endswith(f"/{disk}")


def test_attached_gpus_are_named_by_the_zone_in_insert_and_by_their_kind_in_bulk() -> None:
    one = request(machine_type="n1-standard-8+2xt4")
    assert one["machineType"].endswith("/n1-standard-8")
    prefix = "projects/my-project/zones/us-central1-a/acceleratorTypes"
    assert one["guestAccelerators"] == [{"acceleratorType": f"{prefix}/nvidia-tesla-t4", "acceleratorCount": 2}]
    many = request(0, 1, machine_type="n1-standard-8+2xt4")["instanceProperties"]
    assert many["guestAccelerators"] == [{"acceleratorType": "nvidia-tesla-t4", "acceleratorCount": 2}]
    assert "guestAccelerators" not in request(machine_type="g2-standard-48")  # they come with the type


def test_a_key_goes_to_its_user_and_is_marked_as_ours() -> None:
    items = {i["key"]: i["value"] for i in request(ssh_public_key=PUBLIC_KEY, ssh_user="ada")["metadata"]["items"]}
    user, _, line = items["ssh-keys"].partition(":")
    assert user == "ada"
    assert line.split()[:2] == PUBLIC_KEY.split()[:2]
    assert launch.is_own_key(items["ssh-keys"])
    assert items["enable-oslogin"] == "FALSE"
    login = {i["key"]: i["value"] for i in request(os_login=True)["metadata"]["items"]}
    assert login == {"enable-oslogin": "TRUE"}


def test_labels_are_such_as_google_takes() -> None:
    body = request(image="projects/p-roject/global/images/family/golden", network="lan", ttl_hours=7, ssh_user="ada_l")
    for key, value in body["labels"].items():
        assert re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", key)
        assert re.fullmatch(r"[a-z0-9_-]{0,63}", value), value


def test_a_label_cannot_take_the_place_of_an_owner_mark() -> None:
    wanted = parsed(GcpVmOptions, name="train", image="debian-12", labels={"aienv-fleet": "other"})
    assert labels.member_labels(wanted, "pd-ssd", None, NOW)["aienv-fleet"] == "train"


def test_the_expiry_is_never_sooner_than_asked_for() -> None:
    for minutes in range(0, 120, 7):
        now = NOW + datetime.timedelta(minutes=minutes)
        end = datetime.datetime.fromisoformat(str(labels.shown_expiry(mark.expiry(5, now, labels.STAMP))))
        assert datetime.timedelta(hours=5) <= end - now < datetime.timedelta(hours=6)


# the request id


def test_the_same_request_has_the_same_id_and_any_other_another() -> None:
    base = request(0, 1)
    same = request_id(request(0, 1), PLACE, ZONE, 0)
    assert uuid.UUID(same).version == 5
    assert same == request_id(base, PLACE, ZONE, 0)
    others = {
        request_id(base, PLACE, ZONE, 1),
        request_id(base, PLACE, "us-central1-b", 0),
        request_id(request(0, 2), PLACE, ZONE, 0),
        request_id(request(0, 1, disk_gb=50), PLACE, ZONE, 0),
        request_id(base, dataclasses.replace(PLACE, project="another"), ZONE, 0),
    }
    assert len(others | {same}) == 6


def test_the_hour_of_expiry_makes_no_other_request() -> None:
    for indexes in ((0,), (0, 1)):
        body = request(*indexes, ttl_hours=4)
        stamp = body.get("instanceProperties", body)["labels"]["aienv-expires"]
        later = json.loads(json.dumps(body).replace(stamp, "20270101t000000z"))
        assert request_id(body, PLACE, ZONE, 0) == request_id(later, PLACE, ZONE, 0)


def test_the_order_of_words_does_not_matter() -> None:
    words = {"labels": {"a": "1", "b": "2"}, "firewalls": ["x", "y"]}
    other = {"labels": {"b": "2", "a": "1"}, "firewalls": ["y", "x"]}
    assert request_id(request(0, 1, **words), PLACE, ZONE, 0) == request_id(request(0, 1, **other), PLACE, ZONE, 0)


def test_random_fleets_have_ids_of_their_own() -> None:
    dice = random.Random(7)
    seen = {
        request_id(request(*sorted(dice.sample(range(50), 2)), disk_gb=dice.randint(10, 900)), PLACE, ZONE, epoch)
        for epoch in range(40)
    }
    assert len(seen) == 40


# names


@pytest.mark.parametrize(
    ("name", "fleet", "index", "member"),
    [
        ("train", "train", None, True),
        ("train-0", "train", 0, True),
        ("train-12", "train", 12, True),
        ("train-012", "train", None, False),
        ("train-copy", "train", None, False),
        ("train-", "train", None, False),
        ("other-1", "train", None, False),
        ("train-1-2", "train-1", 2, True),
        ("trainer", "train", None, False),
    ],
)
def test_a_member_is_known_by_its_name(name: str, fleet: str, index: int | None, member: bool) -> None:
    assert (mark.index_of(name, fleet), mark.fleet_of(name, {mark.FLEET: fleet}) == fleet) == (index, member)


def test_names_and_numbers_are_each_others_inverse() -> None:
    for fleet, index in itertools.product(("a", "a-1", "b-c-9"), (None, 0, 1, 9, 10, 123)):
        assert mark.index_of(member_name(fleet, index), fleet) == index


def test_an_image_of_one_s_own_decides_about_its_hardware_itself() -> None:
    body = request(image="projects/my-project/global/images/golden")
    assert "shieldedInstanceConfig" not in body
    assert "nicType" not in body["networkInterfaces"][0]
