"""Requests against Google's discovery document: strict for our collection, lenient where others are known to be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox.gcp.api import ZONE, instance


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (instance(nmae="x"), "Unknown name \"nmae\" at 'resource': Cannot find field."),
        (
            instance(scheduling={"provisioningModel": "SPOT", "maxRun": 1}),
            "Unknown name \"maxRun\" at 'resource.scheduling'",
        ),
        (
            instance(scheduling={"provisioningModel": "CHEAP"}),
            "'resource.scheduling.provisioning_model' (TYPE_ENUM), \"CHEAP\"",
        ),
        (instance(canIpForward="yes"), "Invalid value at 'resource.can_ip_forward' (TYPE_BOOL), \"yes\""),
        (instance(labels=["a"]), "Invalid value at 'resource.labels'"),
        (instance(labels={"a": 1}), "Invalid value at 'resource.labels.a' (TYPE_STRING), 1"),
        (instance(tags={"items": "web"}), "Invalid value at 'resource.tags.items' (repeated field), \"web\""),
        (
            instance(disks=[{"boot": True, "initializeParams": {"diskSizeGb": "x"}}]),
            "'resource.disks[0].initialize_params.disk_size_gb' (TYPE_INT64), \"x\"",
        ),
    ],
)
def test_a_body_that_does_not_fit_is_refused_in_googles_words(api, body: dict[str, Any], message: str):
    refusal = api.refused("POST", f"{ZONE}/instances", body)
    assert (refusal["status"], refusal["reason"]) == (400, "badRequest")
    assert message in refusal["message"]
    assert refusal["body"]["status"] == "INVALID_ARGUMENT"
    assert refusal["body"]["details"][0]["@type"] == "type.googleapis.com/google.rpc.BadRequest"
    assert refusal["body"]["details"][0]["fieldViolations"][0]["description"] == refusal["message"]


def test_other_clients_may_send_names_that_nobody_knows(foreign):
    foreign.done("POST", f"{ZONE}/instances", instance(nonsense=1, zone="us-central1-a"), nonsense="x")
    assert "nonsense" not in foreign("GET", f"{ZONE}/instances/vm")


def test_wrong_types_are_refused_to_everybody(foreign):
    assert foreign.refused("POST", f"{ZONE}/instances", instance(canIpForward="yes"))["status"] == 400


def test_what_only_the_service_sets_is_ignored(api):
    api.done("POST", f"{ZONE}/instances", instance(status="TERMINATED", id="7"))
    made = api("GET", f"{ZONE}/instances/vm")
    assert (made["status"], made["id"] != "7") == ("RUNNING", True)


def test_int64_may_be_a_number_and_comes_back_as_a_string(api):
    disk = {
        "boot": True,
        "initializeParams": {"diskSizeGb": 20, "sourceImage": "projects/debian-cloud/global/images/family/debian-12"},
    }
    api.done("POST", f"{ZONE}/instances", instance(disks=[disk]))
    assert api("GET", f"{ZONE}/disks/vm")["sizeGb"] == "20"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            {"maxResult": 1},
            "Unknown name \"maxResult\": Cannot bind query parameter. Field 'maxResult' could not be found",
        ),
        ({"maxResults": "many"}, "Invalid value at 'max_results' (TYPE_UINT32), \"many\""),
        ({"maxResults": 501}, "Invalid value for field 'maxResults': '501'. Values must be between 0 and 500."),
        ({"includeAllScopes": "perhaps"}, "Invalid value at 'include_all_scopes' (TYPE_BOOL), \"perhaps\""),
        ({"orderBy": "status"}, "Only 'name' and 'creationTimestamp desc' are supported."),
        ({"pageToken": "x"}, "Invalid page token."),
    ],
)
def test_parameters_are_checked(api, query: dict[str, Any], message: str):
    assert message in api.refused("GET", "aggregated/instances", **query)["message"]


def test_the_parameters_that_real_clients_send_are_taken(api, foreign):
    assert api("GET", "aggregated/instances", returnPartialSuccess="true", alt="json", prettyPrint="false")
    assert foreign("GET", "aggregated/instances", **{"$alt": "json;enum-encoding=int"})


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("zones/us-central1/instances", "Invalid value for field 'zone': 'us-central1'. Unknown zone."),
        ("regions/mars-north1/addresses", "Invalid value for field 'region': 'mars-north1'. Unknown region."),
        (f"{ZONE}/instances/Bad_Name", "Invalid value for field 'instance': 'Bad_Name'. Must be a match of regex"),
    ],
)
def test_paths_are_checked(api, path: str, message: str):
    assert message in api.refused("GET", path)["message"]


def test_what_the_document_has_but_the_sandbox_has_not_says_so(api):
    refusal = api.refused("POST", f"{ZONE}/instances/vm/simulateMaintenanceEvent", {})
    assert (refusal["status"], refusal["message"]) == (
        501,
        "The sandbox does not emulate compute.instances.simulateMaintenanceEvent.",
    )


def test_what_would_be_left_out_silently_says_so(api):
    refusal = api.refused("POST", f"{ZONE}/instances", instance(), sourceInstanceTemplate="global/instanceTemplates/t")
    assert "does not emulate compute.instances.insert with sourceInstanceTemplate" in refusal["message"]


def test_what_the_document_has_not_is_not_found(api):
    assert api.refused("GET", "global/unicorns")["status"] == 404


def test_a_body_that_is_no_json(api):
    answer = api._client.post(f"/compute/v1/projects/sandbox-project/{ZONE}/instances", data=b"{", headers=api.headers)
    assert (answer.status_code, answer.json["error"]["errors"][0]["reason"]) == (400, "parseError")
