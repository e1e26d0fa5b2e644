"""RunInstances requests: pure, so each is compared as a whole or in its one interesting part."""

from __future__ import annotations

import datetime
import gzip
import itertools
import random
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws import launch, tags
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.launch import Place, client_token, gap_free
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.options import AwsVmOptions
from ansible_collections.aienv.cloud.plugins.module_utils.model import mark
from ansible_collections.aienv.cloud.plugins.module_utils.model.resource import Candidate, Spec
from ansible_collections.aienv.cloud.plugins.module_utils.model.vm import digest, member_name
from tests.unit.plugins.builders import parsed

NOW = datetime.datetime(2026, 11, 23, 9, 30, tzinfo=datetime.UTC)
PLACE = Place("ami-1", "/dev/xvda", "subnet-1", ("sg-1", "sg-2"), "aienv-key")


def options(**words: Any) -> Any:
    usual = {"name": "train", "image": "debian-12", "machine_type": "g6.xlarge"}
    return parsed(AwsVmOptions, **{**usual, **words}).verified()


def specs(wanted: Any, *keys: int | None) -> list[Spec]:
    return [Spec(key, member_name(wanted.name, key), wanted) for key in keys]


def request(*keys: int | None, place: Place = PLACE, now: datetime.datetime = NOW, **words: Any) -> dict[str, Any]:
    wanted = options(**words)
    run = specs(wanted, *(keys or (None,)))
    own = tags.member_tags(wanted, run[0].key, "admin", now)
    return launch.to_request(run, Candidate(wanted.machine_types[0], "us-east-1a"), place, own)


def test_the_whole_request() -> None:
    assert request(2, 3, disk_gb=100, labels={"team": "red"}, network="lan", ttl_hours=8) == {
        "ImageId": "ami-1",
        "InstanceType": "g6.xlarge",
        "MinCount": 2,
        "MaxCount": 2,
        "KeyName": "aienv-key",
        "BlockDeviceMappings": [
            {
                "DeviceName": "/dev/xvda",
                "Ebs": {"VolumeType": "gp3", "VolumeSize": 100, "Encrypted": True, "DeleteOnTermination": True},
            }
        ],
        "NetworkInterfaces": [
            {
                "DeviceIndex": 0,
                "DeleteOnTermination": True,
                "SubnetId": "subnet-1",
                "Groups": ["sg-1", "sg-2"],
                "AssociatePublicIpAddress": True,
            }
        ],
        "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 2},
        "TagSpecifications": [
            {
                "ResourceType": kind,
                "Tags": [
                    {"Key": "Name", "Value": "train"},
                    {"Key": "team", "Value": "red"},
                    {"Key": "aienv-fleet", "Value": "train"},
                    {"Key": "aienv-base-index", "Value": "2"},
                    {"Key": "aienv-image", "Value": "debian-12"},
                    {"Key": "aienv-network", "Value": "lan"},
                    {"Key": "aienv-ssh-user", "Value": "admin"},
                    {"Key": "aienv-ttl-hours", "Value": "8"},
                    {"Key": "aienv-expires", "Value": "2026-11-23T18:00:00Z"},
                ],
            }
            for kind in ("instance", "volume", "network-interface")
        ],
    }


def test_what_is_unset_is_not_sent() -> None:
    bare = request(place=Place("ami-1", "/dev/xvda", "subnet-1"))
    assert not {"KeyName", "UserData", "Placement", "InstanceMarketOptions"} & set(bare)
    assert "Groups" not in bare["NetworkInterfaces"][0]
    assert "VolumeSize" not in bare["BlockDeviceMappings"][0]["Ebs"]
    names = [tag["Key"] for tag in bare["TagSpecifications"][0]["Tags"]]
    assert "aienv-base-index" not in names
    assert "aienv-user-data" not in names
    assert "None" not in str(bare)


def test_user_data_is_sent_as_it_is_and_remembered_by_its_digest() -> None:
    made = request(user_data="#cloud-config\n")
    assert made["UserData"] == b"#cloud-config\n"  # boto3 encodes it
    assert {"Key": "aienv-user-data", "Value": digest("#cloud-config\n")} in made["TagSpecifications"][0]["Tags"]


def test_user_data_beyond_the_limit_is_sent_compressed_and_the_token_stays() -> None:
    text = "#cloud-config\n" + "# long\n" * 4000
    made = request(user_data=text)
    assert len(made["UserData"]) < 16384
    assert gzip.decompress(made["UserData"]).decode() == text
    assert client_token(made, "") == client_token(request(user_data=text), "") != client_token(request(), "")


def test_a_label_cannot_take_the_place_of_an_owner_tag() -> None:
    """Options refuse such labels; if one came through all the same, ours would win."""
    wanted = parsed(AwsVmOptions, name="train", image="debian-12", labels={"aienv-fleet": "other"})
    assert tags.member_tags(wanted, None, None, NOW)["aienv-fleet"] == "train"


def test_the_expiry_is_never_sooner_than_asked_for() -> None:
    for minutes in range(0, 120, 7):
        now = NOW + datetime.timedelta(minutes=minutes)
        end = datetime.datetime.fromisoformat(mark.expiry(5, now))
        assert datetime.timedelta(hours=5) <= end - now < datetime.timedelta(hours=6)


# gaps


@pytest.mark.parametrize(
    ("keys", "runs"),
    [
        ([], []),
        ([None], [[None]]),
        ([0, 1, 2], [[0, 1, 2]]),
        ([2, 0, 1], [[0, 1, 2]]),
        ([1, 3], [[1], [3]]),
        ([0, 1, 4, 5, 9], [[0, 1], [4, 5], [9]]),
    ],
)
def test_gap_free(keys: list[int | None], runs: list[list[int | None]]) -> None:
    assert [[spec.key for spec in run] for run in gap_free(specs(options(), *keys))] == runs


def test_any_set_of_numbers_is_covered_once_by_runs_without_gaps() -> None:
    dice = random.Random(7)
    for _ in range(200):
        keys = dice.sample(range(40), dice.randint(0, 40))
        runs = [[spec.key for spec in run] for run in gap_free(specs(options(), *keys))]
        assert sorted(keys) == [key for run in runs for key in run]
        assert all(run == list(range(run[0], run[0] + len(run))) for run in runs)
        assert all(later[0] > earlier[-1] + 1 for earlier, later in itertools.pairwise(runs))


# the token


def test_the_same_request_has_the_same_token() -> None:
    assert client_token(request(0, 1), "e") == client_token(request(0, 1), "e")
    assert len(client_token(request(), "e")) <= 64  # EC2's limit


def test_the_time_of_expiry_does_not_matter_but_the_time_to_live_does() -> None:
    late = NOW + datetime.timedelta(hours=3)
    assert client_token(request(ttl_hours=8), "e") == client_token(request(ttl_hours=8, now=late), "e")
    assert client_token(request(ttl_hours=8), "e") != client_token(request(ttl_hours=9), "e")


@pytest.mark.parametrize(
    "words",
    [
        {"name": "other"},
        {"disk_gb": 9},
        {"labels": {"a": "b"}},
        {"machine_type": "g6.2xlarge"},
        {"user_data": "x"},
        {"market": "spot"},
        {"public_ip": False},
        {"placement_group": "near"},
    ],
    ids=str,
)
def test_another_request_has_another_token(words: dict[str, Any]) -> None:
    assert client_token(request(0, **words), "e") != client_token(request(0), "e")


def test_other_members_and_another_epoch_have_other_tokens() -> None:
    tokens = [
        client_token(request(0), "e"),
        client_token(request(1), "e"),
        client_token(request(0, 1), "e"),
        client_token(request(None), "e"),
        client_token(request(0), "f"),
    ]
    assert len(set(tokens)) == len(tokens)


# the market


def test_spot_is_one_time() -> None:
    assert request(market="spot")["InstanceMarketOptions"] == {
        "MarketType": "spot",
        "SpotOptions": {"SpotInstanceType": "one-time"},
    }


def test_a_reservation_is_named_and_a_block_is_a_market_as_well() -> None:
    plain = request(market="reserved", reservation_id="cr-1")
    block = Place("ami-1", "/dev/xvda", "subnet-1", block=True)
    blocked = request(market="reserved", reservation_id="cr-1", place=block)
    target = {"CapacityReservationTarget": {"CapacityReservationId": "cr-1"}}
    assert plain["CapacityReservationSpecification"] == blocked["CapacityReservationSpecification"] == target
    assert "InstanceMarketOptions" not in plain
    assert blocked["InstanceMarketOptions"] == {"MarketType": "capacity-block"}


def test_on_demand_says_nothing_about_the_market() -> None:
    assert not {"InstanceMarketOptions", "CapacityReservationSpecification"} & set(request())


def test_a_placement_group() -> None:
    assert request(placement_group="near")["Placement"] == {"GroupName": "near"}


# interfaces


def cards(machine_type: str, **words: Any) -> list[tuple[int, int, str]]:
    nics = request(machine_type=machine_type, efa=True, **words)["NetworkInterfaces"]
    return [(n.get("NetworkCardIndex", 0), n["DeviceIndex"], n["InterfaceType"]) for n in nics]


def test_efa_on_one_card_keeps_the_public_address() -> None:
    (nic,) = request(machine_type="g6e.8xlarge", efa=True)["NetworkInterfaces"]
    assert nic["InterfaceType"] == "efa"
    assert nic["AssociatePublicIpAddress"] is True
    (private,) = request(machine_type="g6e.8xlarge", efa=True, public_ip=False)["NetworkInterfaces"]
    assert private["AssociatePublicIpAddress"] is False


def test_efa_on_p5_is_32_devices_beside_one_for_ip() -> None:
    found = cards("p5.48xlarge")
    assert found == [(0, 0, "interface"), (0, 1, "efa-only")] + [(card, 0, "efa-only") for card in range(1, 32)]


def test_efa_on_p6_b300_leaves_the_first_card_to_ip() -> None:
    assert cards("p6-b300.48xlarge") == [(0, 0, "interface")] + [(card, 0, "efa-only") for card in range(1, 17)]


def test_efa_on_p4d_is_on_all_four_cards() -> None:
    assert cards("p4d.24xlarge") == [
        (0, 0, "interface"),
        (0, 1, "efa-only"),
        (1, 0, "efa-only"),
        (2, 0, "efa-only"),
        (3, 0, "efa-only"),
    ]


@pytest.mark.parametrize("machine_type", ["p5.48xlarge", "p6-b300.48xlarge", "p4d.24xlarge"])
def test_several_cards_never_ask_for_a_public_address_and_share_subnet_and_groups(machine_type: str) -> None:
    nics = request(machine_type=machine_type, efa=True)["NetworkInterfaces"]
    assert all("AssociatePublicIpAddress" not in nic for nic in nics)
    assert all((nic["SubnetId"], nic["Groups"]) == ("subnet-1", ["sg-1", "sg-2"]) for nic in nics)
    assert all(nic["DeleteOnTermination"] for nic in nics)


def test_without_efa_a_large_machine_has_one_ordinary_interface() -> None:
    (nic,) = request(machine_type="p5.48xlarge")["NetworkInterfaces"]
    assert "InterfaceType" not in nic
    assert nic["AssociatePublicIpAddress"] is True
