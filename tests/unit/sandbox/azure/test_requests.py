"""What ARM refuses before a provider looks: paths, versions, bodies, tokens."""

from __future__ import annotations

import json

import pytest
from werkzeug.test import Client

from sandbox.azure import actions, routes
from sandbox.azure.schema import Check
from sandbox.clouds import AZURE_IDS
from tests.unit.sandbox.azure.arm import (
    BASE,
    GROUP,
    ROOT,
    TENANT,
    Arm,
    disk_path,
    firewall_path,
    nic_path,
    vm_body,
    vm_path,
)


def test_every_operation_has_its_function():
    assert {operation.id for operation in routes.operations().values()} == set(actions.HANDLERS)


BODIES = [
    ("a member that the envelope lacks", {"hardware_profile": {}}, 400, "InvalidRequestContent"),
    ("a member that the provider lacks", {"properties": {"vmSize": "x"}}, 400, "InvalidRequestContent"),
    ("deep inside", {"properties": {"storageProfile": {"osDisk": {"size": 3}}}}, 400, "InvalidRequestContent"),
    (
        "a wrong type",
        {"properties": {"storageProfile": {"osDisk": {"diskSizeGB": "64"}}}},
        400,
        "InvalidRequestContent",
    ),
    ("a wrong word", {"properties": {"storageProfile": {"osDisk": {"caching": "Some"}}}}, 400, "InvalidParameter"),
    ("an open list's wrong word", {"properties": {"priority": "Cheap"}}, 400, "InvalidParameter"),
    ("what only Azure says", {"properties": {"vmId": "x"}}, 400, "InvalidParameter"),
    ("no location", {"location": None}, 400, "LocationRequired"),
    ("no such location", {"location": "moon"}, 400, "LocationNotAvailableForResourceType"),
]


@pytest.mark.parametrize(("change", "status", "code"), [case[1:] for case in BODIES], ids=[case[0] for case in BODIES])
def test_a_body_that_the_schema_does_not_have(arm, change, status, code):
    body = vm_body(arm.nic()) | change
    assert arm.refused("PUT", vm_path("vm"), body) == (status, code)


def test_the_network_provider_speaks_otherwise(arm):
    answer = arm.raw("PUT", firewall_path("f"), {"location": "eastus", "properties": {"rules": []}})
    assert answer.code == "InvalidRequestFormat"
    assert answer.body["error"]["details"][0]["code"] == "InvalidJson"
    rule = {"name": "a", "properties": {"access": "Maybe", "direction": "Inbound", "priority": 100, "protocol": "Tcp"}}
    assert (
        arm.refused("PUT", firewall_path("f"), {"location": "eastus", "properties": {"securityRules": [rule]}})[0]
        == 400
    )


def test_foreign_clients_may_send_what_a_get_showed(arm, foreign):
    arm.vm()
    body = foreign.get(vm_path("vm"))
    assert arm.refused("PUT", vm_path("vm"), body)[0] == 400
    assert foreign.raw("PUT", vm_path("vm"), body).status == 200
    nic = foreign.get(nic_path("vm-nic"))
    assert foreign.raw("PUT", nic_path("vm-nic"), nic).status == 200
    assert foreign.refused("PUT", vm_path("vm"), {"location": "eastus", "shape": 1}) == (400, "InvalidRequestContent")


def test_capital_letters_in_members_and_words_do_not_matter():
    check = Check("compute")
    body = check.body("VirtualMachine", {"Location": "eastus", "properties": {"Priority": "spot", "licenseType": None}})
    assert body == {"location": "eastus", "properties": {"priority": "Spot"}}
    assert check.problems == []


PATHS = [
    ("GET", f"{ROOT}/providers/Microsoft.Nothing/things", 404, "InvalidResourceNamespace"),
    ("GET", f"{GROUP}/providers/Microsoft.Compute/things/one", 404, "InvalidResourceType"),
    ("POST", vm_path("vm"), 405, "UnsupportedOperation"),
    ("GET", "/subscriptions/00000000-0000-4000-8000-000000000099/resourcegroups", 404, "SubscriptionNotFound"),
    ("GET", "/subscriptions/mine/resourcegroups", 404, "InvalidSubscriptionId"),
    ("GET", vm_path("vm").replace("resourceGroups/rg", "resourceGroups/no"), 404, "ResourceGroupNotFound"),
]


@pytest.mark.parametrize(("method", "path", "status", "code"), PATHS)
def test_paths_that_lead_nowhere(arm, method, path, status, code):
    assert arm.refused(method, path) == (status, code)


VERSIONS = [
    (vm_path("vm"), "", "MissingApiVersionParameter"),
    (vm_path("vm"), "latest", "NoRegisteredProviderFound"),
    (vm_path("vm"), "2999-01-01", "NoRegisteredProviderFound"),
    (vm_path("vm"), "2024-13-01", "NoRegisteredProviderFound"),
    (GROUP, "v1", "InvalidApiVersionParameter"),
]


@pytest.mark.parametrize(("path", "version", "code"), VERSIONS)
def test_versions_that_make_no_sense(arm, path, version, code):
    assert arm.refused("GET", path, **{"api-version": version}) == (400, code)


@pytest.mark.parametrize("version", ["2019-12-01", "2022-01-01", "2026-04-01", "2023-07-01-preview"])
def test_versions_that_clients_send(arm, version):
    assert (
        arm.raw("GET", f"{GROUP}/providers/Microsoft.Compute/virtualMachines", **{"api-version": version}).status == 200
    )


TOKENS = [
    ("", "AuthenticationFailed"),
    ("Basic abc", "AuthenticationFailedInvalidHeader"),
    ("Bearer a.b.c", "InvalidAuthenticationToken"),
]


@pytest.mark.parametrize(("header", "code"), TOKENS)
def test_no_call_without_a_token(arm, header, code):
    answer = arm.raw("GET", GROUP, headers={"Authorization": header})
    assert (answer.status, answer.code) == (401, code)
    assert TENANT in answer.headers["WWW-Authenticate"]


FORMS = [
    ({"client_secret": "wrong"}, 401, "invalid_client"),
    ({"client_id": "nobody"}, 400, "unauthorized_client"),
    ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ({"scope": ""}, 400, "invalid_request"),
]


@pytest.mark.parametrize(("change", "status", "error"), FORMS)
def test_no_token_for_strangers(azure, change, status, error):
    form = {
        "grant_type": "client_credentials",
        "client_id": AZURE_IDS["AZURE_CLIENT_ID"],
        "client_secret": AZURE_IDS["AZURE_CLIENT_SECRET"],
        "scope": f"{BASE}/.default",
    }
    answer = Client(azure).post(f"/{TENANT}/oauth2/v2.0/token", data={**form, **change}, base_url=BASE)
    assert (answer.status_code, json.loads(answer.data)["error"]) == (status, error)


def test_discovery(azure):
    client = Client(azure)
    issuer = json.loads(client.get(f"/{TENANT}/v2.0/.well-known/openid-configuration", base_url=BASE).data)
    assert issuer["token_endpoint"] == f"{BASE}/{TENANT}/oauth2/v2.0/token"
    assert json.loads(client.get("/metadata/endpoints?api-version=2022-09-01", base_url=BASE).data)["resourceManager"]
    assert azure.state.calls.as_json()["total"] == 0


def test_names_have_rules(empty):
    assert empty.refused("PUT", f"{ROOT}/resourceGroups/rg.", {"location": "eastus"}) == (
        400,
        "InvalidResourceGroupName",
    )
    empty.group()
    assert empty.refused("PUT", disk_path("a b"), {"location": "eastus"}) == (400, "InvalidParameter")
    assert empty.refused("PUT", firewall_path("-f"), {"location": "eastus"}) == (400, "InvalidResourceName")


TAGS = [
    ({f"t{number}": "" for number in range(51)}, "InvalidTagCount"),
    ({"a/b": ""}, "InvalidTagNameCharacters"),
    ({"a": "x" * 257}, "InvalidTagValueLength"),
    ({"a" * 513: ""}, "InvalidTagNameLength"),
]


@pytest.mark.parametrize(("tags", "code"), TAGS, ids=[code for _, code in TAGS])
def test_tags_have_limits(arm, tags, code):
    assert arm.refused("PUT", firewall_path("f"), {"location": "eastus", "tags": tags}) == (400, code)
    assert arm.refused("PUT", GROUP, {"location": "eastus", "tags": tags}) == (400, code)


def test_calls_are_counted_by_operation(arm: Arm):
    arm.azure.state.calls.clear()
    arm.nic()
    arm.vm()
    counted = arm.azure.state.calls.as_json()["actions"]
    assert counted["VirtualMachines_CreateOrUpdate"] == 1
    assert counted["NetworkInterfaces_CreateOrUpdate"] == 2
    assert counted["Operations_Get"] == 1
