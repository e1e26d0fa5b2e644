"""What stands beside instances: projects, images, addresses, snapshots, policies, reservations, disks."""

from __future__ import annotations

import pytest

from tests.unit.sandbox.gcp.api import REGION, ZONE, instance

LINK = "https://www.googleapis.com/compute/v1/"
AFFINITY = {
    "consumeReservationType": "SPECIFIC_RESERVATION",
    "key": "compute.googleapis.com/reservation-name",
    "values": ["ours"],
}


class TestProjects:
    def test_others_of_the_sandbox_exist_and_no_more(self, api):
        assert api("GET", "/compute/v1/projects/sandbox-two")["name"] == "sandbox-two"
        refusal = api.refused("GET", "/compute/v1/projects/somebody-else/aggregated/instances")
        assert (refusal["status"], refusal["message"]) == (404, "The resource 'projects/somebody-else' was not found")

    def test_each_has_its_own(self, api, make):
        make()
        assert "items" not in api("GET", f"/compute/v1/projects/sandbox-two/{ZONE}/instances")

    def test_an_image_project_lends_images_only(self, api):
        refusal = api.refused("GET", "/compute/v1/projects/debian-cloud/aggregated/instances")
        assert (refusal["status"], refusal["reason"]) == (403, "forbidden")
        assert refusal["message"].startswith("Required 'compute.instances.list' permission for 'projects/debian-cloud")

    def test_shared_metadata_under_its_fingerprint(self, api):
        old = api("GET", "")["commonInstanceMetadata"]["fingerprint"]
        items = [{"key": "enable-oslogin", "value": "TRUE"}]
        assert api.refused("POST", "setCommonInstanceMetadata", {"items": items})["status"] == 412
        api.done("POST", "setCommonInstanceMetadata", {"items": items, "fingerprint": old})
        assert api("GET", "")["commonInstanceMetadata"]["items"] == items


class TestImages:
    def test_the_newest_of_a_family_that_is_not_deprecated(self, api):
        image = api("GET", "/compute/v1/projects/debian-cloud/global/images/family/debian-12")
        assert image["name"] == "debian-12-bookworm-v20261110"
        assert {"type": "GVNIC"} in image["guestOsFeatures"]
        assert api("GET", f"/compute/v1/projects/debian-cloud/global/images/{image['name']}") == image

    @pytest.mark.parametrize(
        ("project", "family"),
        [
            ("debian-cloud", "debian-13"),
            ("ubuntu-os-cloud", "ubuntu-2204-lts"),
            ("ubuntu-os-cloud", "ubuntu-2404-lts-amd64"),
            ("ubuntu-os-cloud", "ubuntu-2604-lts-amd64"),
            ("deeplearning-platform-release", "common-cu129-ubuntu-2404-nvidia-580"),
        ],
    )
    def test_families(self, api, project: str, family: str):
        assert api("GET", f"/compute/v1/projects/{project}/global/images/family/{family}")["family"] == family

    def test_an_unknown_family(self, api):
        refusal = api.refused("GET", "/compute/v1/projects/debian-cloud/global/images/family/debian-99")
        assert refusal["message"] == "The resource 'projects/debian-cloud/global/images/family/debian-99' was not found"

    def test_one_of_our_own(self, api, make):
        make()
        body = {"name": "mine", "sourceDisk": f"{ZONE}/disks/vm", "family": "mine", "labels": {"a": "b"}}
        api.done("POST", "global/images", body)
        image = api("GET", "global/images/family/mine")
        assert (image["diskSizeGb"], image["labels"]) == ("10", {"a": "b"})
        boot = {"boot": True, "initializeParams": {"sourceImage": "global/images/mine"}}
        api.done("POST", f"{ZONE}/instances", instance("two", disks=[boot]))
        body = {"labels": {"c": ""}, "labelFingerprint": image["labelFingerprint"]}
        api.done("POST", "global/images/mine/setLabels", body)
        api.done("DELETE", "global/images/mine")


class TestAddresses:
    def test_an_external_one_is_reserved_used_and_given_back(self, api):
        api.done("POST", f"{REGION}/addresses", {"name": "out"})
        address = api("GET", f"{REGION}/addresses/out")
        assert (address["status"], address["addressType"]) == ("RESERVED", "EXTERNAL")
        nic = {"network": "global/networks/default", "accessConfigs": [{"natIP": address["address"]}]}
        api.done("POST", f"{ZONE}/instances", instance(networkInterfaces=[nic]))
        made = api("GET", f"{ZONE}/instances/vm")
        assert made["networkInterfaces"][0]["accessConfigs"][0]["natIP"] == address["address"]
        assert api.refused("DELETE", f"{REGION}/addresses/out")["reason"] == "resourceInUseByAnotherResource"
        api.done("DELETE", f"{ZONE}/instances/vm")
        api.done("DELETE", f"{REGION}/addresses/out")

    def test_an_external_one_that_nobody_reserved(self, api):
        nic = {"network": "global/networks/default", "accessConfigs": [{"natIP": "34.68.9.9"}]}
        refusal = api.refused("POST", f"{ZONE}/instances", instance(networkInterfaces=[nic]))
        assert "The specified external IP address was not found." in refusal["message"]

    def test_an_internal_one(self, api):
        body = {
            "name": "in",
            "addressType": "INTERNAL",
            "subnetwork": f"{REGION}/subnetworks/default",
            "address": "10.128.0.9",
        }
        api.done("POST", f"{REGION}/addresses", body)
        assert api("GET", f"{REGION}/addresses/in")["purpose"] == "GCE_ENDPOINT"
        again = {**body, "name": "again"}
        assert "already being used" in api.refused("POST", f"{REGION}/addresses", again)["message"]
        outside = {**body, "name": "far", "address": "10.0.0.1"}
        assert "range of the subnetwork" in api.refused("POST", f"{REGION}/addresses", outside)["message"]


class TestDisksAndSnapshots:
    def test_a_disk_of_its_own(self, api):
        body = {"name": "data", "type": f"{ZONE}/diskTypes/pd-ssd", "sizeGb": "50", "labels": {"a": "b"}}
        api.done("POST", f"{ZONE}/disks", body)
        disk = api("GET", f"{ZONE}/disks/data")
        assert (disk["sizeGb"], disk["type"]) == ("50", f"{LINK}projects/sandbox-project/{ZONE}/diskTypes/pd-ssd")
        api.done("POST", f"{ZONE}/disks/data/setLabels", {"labels": {}, "labelFingerprint": disk["labelFingerprint"]})
        assert [each["name"] for each in api("GET", "aggregated/disks")["items"][ZONE]["disks"]] == ["data"]
        api.done("DELETE", f"{ZONE}/disks/data")

    def test_a_snapshot(self, api, make):
        make()
        api.done("POST", f"{ZONE}/disks/vm/createSnapshot", {"name": "s", "labels": {"a": "b"}})
        snapshot = api("GET", "global/snapshots/s")
        assert (snapshot["status"], snapshot["diskSizeGb"]) == ("READY", "10")
        assert snapshot["sourceDisk"].endswith(f"{ZONE}/disks/vm")
        assert [each["name"] for each in api("GET", "global/snapshots")["items"]] == ["s"]
        api.done("DELETE", "global/snapshots/s")

    def test_a_snapshot_asked_of_the_project(self, api, make):
        make()
        body = {"name": "s", "sourceDisk": f"projects/sandbox-project/{ZONE}/disks/vm"}
        operation = api.done("POST", "global/snapshots", body)
        snapshot = api("GET", "global/snapshots/s")
        assert (operation["targetId"], snapshot["status"]) == (snapshot["id"], "READY")
        assert api.refused("POST", "global/snapshots", body)["reason"] == "alreadyExists"
        assert "sourceDisk" in api.refused("POST", "global/snapshots", {"name": "t"})["message"]
        gone = {"name": "t", "sourceDisk": f"projects/sandbox-project/{ZONE}/disks/none"}
        assert api.refused("POST", "global/snapshots", gone)["reason"] == "notFound"

    def test_a_snapshot_uploads_fails_or_is_too_many(self, api, make):
        make()
        source = f"projects/sandbox-project/{ZONE}/disks/vm"
        api.faults({"kind": "slow_boot", "seconds": 3600})
        api("POST", "global/snapshots", {"name": "slow", "sourceDisk": source})
        assert api("GET", "global/snapshots/slow")["status"] == "UPLOADING"
        api.faults({"kind": "partial", "count": 0})
        ended = api.ended("POST", "global/snapshots", {"name": "broken", "sourceDisk": source})
        assert ended["error"]["errors"][0]["code"] == "INTERNAL_ERROR"
        assert api("GET", "global/snapshots/broken")["status"] == "FAILED"
        api.faults({"kind": "quota", "available": 0})
        ended = api.ended("POST", "global/snapshots", {"name": "much", "sourceDisk": source})
        assert ended["error"]["errors"][0]["code"] == "QUOTA_EXCEEDED"

    def test_a_snapshot_schedule_on_a_disk(self, api, make):
        make()
        daily = {"daysInCycle": 1, "startTime": "04:00"}
        policy = {"name": "daily", "snapshotSchedulePolicy": {"schedule": {"dailySchedule": daily}}}
        api.done("POST", f"{REGION}/resourcePolicies", policy)
        body = {"resourcePolicies": [f"{REGION}/resourcePolicies/daily"]}
        api.done("POST", f"{ZONE}/disks/vm/addResourcePolicies", body)
        assert api.refused("DELETE", f"{REGION}/resourcePolicies/daily")["reason"] == "resourceInUseByAnotherResource"
        api.done("POST", f"{ZONE}/disks/vm/removeResourcePolicies", body)
        api.done("DELETE", f"{REGION}/resourcePolicies/daily")

    def test_a_policy_of_two_kinds(self, api):
        body = {"name": "x", "groupPlacementPolicy": {}, "workloadPolicy": {}}
        assert "exactly one policy" in api.refused("POST", f"{REGION}/resourcePolicies", body)["message"]


class TestReservations:
    @pytest.fixture
    def reserved(self, api) -> None:
        wanted = {"count": "1", "instanceProperties": {"machineType": "e2-small"}}
        body = {"name": "ours", "specificReservation": wanted, "specificReservationRequired": True}
        api.done("POST", f"{ZONE}/reservations", body)

    def test_it_lends_what_it_has_and_no_more(self, api, reserved):
        api.done("POST", f"{ZONE}/instances", instance("a", reservationAffinity=AFFINITY))
        operation = api.ended("POST", f"{ZONE}/instances", instance("b", reservationAffinity=AFFINITY))
        assert (
            "Specified reservations [ours] do not have available resources"
            in operation["error"]["errors"][0]["message"]
        )
        api.done("POST", f"{ZONE}/reservations/ours/resize", {"specificSkuCount": "2"})
        api.done("POST", f"{ZONE}/instances", instance("b", reservationAffinity=AFFINITY))

    def test_it_must_fit(self, api, reserved):
        wish = instance("a", machineType="e2-medium", reservationAffinity=AFFINITY)
        assert "does not match the instance's properties" in api.refused("POST", f"{ZONE}/instances", wish)["message"]

    def test_it_must_be_there(self, api):
        wish = instance("a", reservationAffinity=AFFINITY)
        assert "Could not find the given resource" in api.refused("POST", f"{ZONE}/instances", wish)["message"]
