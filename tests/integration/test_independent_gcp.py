"""What clients see that nobody here wrote: Google's google-cloud-compute and google-api-python-client, and apache-libcloud.

One test, because the import of google-cloud-compute alone takes 5 s. The clients are ours to point at the server and
otherwise as they come.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.runner import HERE, PUBLIC_KEY, play
from tests.servers import GcpServer

PROJECT = "sandbox-project"
ZONE = "us-central1-a"
REGION = "us-central1"
IMAGE = "projects/debian-cloud/global/images/family/debian-12"
SCOPE = "https://www.googleapis.com/auth/compute"


class Google:
    """Clients of google-cloud-compute over REST, by the name of their resource."""

    def __init__(self, server: GcpServer) -> None:
        import google.auth.transport.requests
        from google.cloud import compute_v1
        from google.oauth2 import credentials, service_account

        self.types = compute_v1
        self._options = {"api_endpoint": server.endpoint}
        file = server.environment()["GOOGLE_APPLICATION_CREDENTIALS"]
        account = service_account.Credentials.from_service_account_file(file, scopes=[SCOPE])
        account.refresh(google.auth.transport.requests.Request())
        # The token alone: with the account itself google-auth asks a public host where it may be used.
        self._credentials = credentials.Credentials(token=account.token)

    def __getattr__(self, name: str) -> Any:
        kind = getattr(self.types, f"{name}Client")
        return kind(credentials=self._credentials, client_options=self._options, transport="rest")

    def generic(self) -> Any:
        """google-api-python-client's client of the same service."""
        from googleapiclient.discovery import build

        options = {"api_endpoint": f"{self._options['api_endpoint']}/compute/v1/"}
        return build("compute", "v1", credentials=self._credentials, client_options=options, static_discovery=True)

    def done(self, operation: Any) -> None:
        """Wait for an operation in the zone; the clients' own result() asks the public endpoint."""
        ended = self.ZoneOperations.wait(project=PROJECT, zone=ZONE, operation=operation.name)
        assert ended.status == self.types.Operation.Status.DONE
        assert not ended.error.errors


def libcloud(server: GcpServer, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Any:
    """A driver of apache-libcloud: host and port are constants of its classes."""
    from libcloud.common import google
    from libcloud.compute.drivers import gce

    address, _, port = server.endpoint.removeprefix("http://").partition(":")
    monkeypatch.setattr(gce.GCEConnection, "host", address)
    monkeypatch.setattr(google.GoogleServiceAcctAuthConnection, "host", address)

    class Driver(gce.GCENodeDriver):  # type: ignore[misc]
        def _ex_connection_class_kwargs(self) -> dict[str, Any]:
            return {**super()._ex_connection_class_kwargs(), "port": int(port)}

    known = json.loads(Path(server.environment()["GOOGLE_APPLICATION_CREDENTIALS"]).read_text())
    cache = str(folder / "libcloud")
    return Driver(
        known["client_email"],
        known["private_key"],
        project=PROJECT,
        auth_type="SA",
        secure=False,
        credential_file=cache,
    )


def short(link: str) -> str:
    return link.rpartition("/")[2]


def google_sees_the_same_vms(google: Google, seen: dict[str, Any]) -> None:
    scopes = google.Instances.aggregated_list(project=PROJECT)
    found = sorted((each for _, scope in scopes for each in scope.instances), key=lambda each: each.name)
    theirs = [
        {
            "id": each.name,
            "machine_type": short(each.machine_type),
            "state": {"RUNNING": "running", "TERMINATED": "stopped"}[each.status],
            "zone": short(each.zone),
            "private_ip": each.network_interfaces[0].network_i_p,
            "public_ip": each.network_interfaces[0].access_configs[0].nat_i_p,
            "team": each.labels["team"],
        }
        for each in found
    ]
    kept = ("machine_type", "state", "zone", "private_ip", "public_ip")
    ours = [
        {"id": vm["name"], **{name: vm[name] for name in kept}, "team": vm["labels"]["team"]}
        for vm in seen["ours"]["vms"]
    ]
    assert theirs == ours
    assert len(theirs) == 3
    for each in found:
        assert (each.scheduling.provisioning_model, each.scheduling.on_host_maintenance) == ("SPOT", "TERMINATE")
        assert each.scheduling.max_run_duration.seconds == 7200
        assert short(each.guest_accelerators[0].accelerator_type) == "nvidia-l4"
        assert each.shielded_instance_config.enable_vtpm
        keys = {item.key: item.value for item in each.metadata.items}["ssh-keys"]
        assert PUBLIC_KEY.split()[1] in keys


def google_sees_the_same_rules(google: Google, seen: dict[str, Any]) -> None:
    rules = [rule for rule in google.Firewalls.list(project=PROJECT) if short(rule.network) == "lab"]
    opened = {
        (entry.I_p_protocol, ports, source)
        for rule in rules
        for entry in rule.allowed
        for ports in entry.ports
        for source in (*rule.source_ranges, *rule.source_tags)
    }
    (tag,) = {tag for rule in rules for tag in rule.target_tags}
    assert opened == {("tcp", "22", "203.0.113.0/24"), ("tcp", "8000-8100", tag)}
    assert {rule.direction for rule in rules} == {"INGRESS"}
    instance = google.Instances.get(project=PROJECT, zone=ZONE, instance=seen["ours"]["vms"][0]["name"])
    assert list(instance.tags.items) == [tag]


def google_sees_the_network(google: Google, seen: dict[str, Any]) -> None:
    network = google.Networks.get(project=PROJECT, network="lab")
    assert not network.auto_create_subnetworks
    (link,) = network.subnetworks
    subnetwork = google.Subnetworks.get(project=PROJECT, region=REGION, subnetwork=short(link))
    assert subnetwork.ip_cidr_range == seen["network"]["networks"][0]["subnets"][0]["cidr"]


def google_works_on_what_we_made(google: Google, seen: dict[str, Any]) -> None:
    """Stop, relabel, start, with the client's own fingerprints and types."""
    name = seen["ours"]["vms"][0]["name"]
    place = {"project": PROJECT, "zone": ZONE, "instance": name}
    google.done(google.Instances.stop_unary(**place))
    before = google.Instances.get(**place)
    assert before.status == "TERMINATED"
    request = google.types.InstancesSetLabelsRequest(
        labels={**before.labels, "seen-by": "google"}, label_fingerprint=before.label_fingerprint
    )
    google.done(google.Instances.set_labels_unary(**place, instances_set_labels_request_resource=request))
    google.done(google.Instances.start_unary(**place))
    after = google.Instances.get(**place)
    assert (after.status, dict(after.labels)) == ("RUNNING", {**before.labels, "seen-by": "google"})


def google_is_told_what_is_wrong(google: Google, seen: dict[str, Any]) -> None:
    from google.api_core import exceptions

    with pytest.raises(exceptions.NotFound, match="instances/nobody' was not found"):
        google.Instances.get(project=PROJECT, zone=ZONE, instance="nobody")
    request = google.types.InstancesSetLabelsRequest(labels={}, label_fingerprint="AAAAAAAAAAA=")
    place = {"project": PROJECT, "zone": ZONE, "instance": seen["ours"]["vms"][0]["name"]}
    with pytest.raises(exceptions.PreconditionFailed, match="Labels fingerprint"):
        google.Instances.set_labels_unary(**place, instances_set_labels_request_resource=request)


def libcloud_finds_the_same(driver: Any, seen: dict[str, Any]) -> None:
    nodes = {node.name: node for node in driver.list_nodes()}
    assert sorted(nodes) == sorted(vm["name"] for vm in seen["ours"]["vms"])
    for vm in seen["ours"]["vms"]:
        node = nodes[vm["name"]]
        assert (node.state, node.size, node.private_ips) == ("running", vm["machine_type"], [vm["private_ip"]])
        assert node.extra["labels"]["team"] == "red"
        assert node.image.startswith("ubuntu-2404")
    assert "lab" in [network.name for network in driver.ex_list_networks()]
    assert len(driver.list_volumes()) == 3
    assert any(rule.network.name == "lab" for rule in driver.ex_list_firewalls())


def libcloud_makes_and_destroys_a_node(driver: Any, seen: dict[str, Any]) -> None:
    image = driver.ex_get_image_from_family("debian-12", ex_project_list=["debian-cloud"])
    node = driver.create_node("theirs", "e2-small", image, location="us-central1-b", ex_labels={"team": "blue"})
    assert (node.state, node.extra["labels"]) == ("running", {"team": "blue"})
    assert driver.ex_stop_node(node)
    assert driver.ex_get_node("theirs").extra["status"] == "TERMINATED"
    assert driver.destroy_node(node)
    assert "theirs" not in [each.name for each in driver.list_nodes()]


def the_generic_client_makes_many_at_once(compute: Any, seen: dict[str, Any]) -> None:
    """google-api-python-client builds itself from the same document that the server checks with."""
    place = {"project": PROJECT, "zone": ZONE}
    boot = {"boot": True, "autoDelete": True, "initializeParams": {"sourceImage": IMAGE}}
    wish = {"machineType": "e2-small", "disks": [boot], "networkInterfaces": [{"network": "global/networks/default"}]}
    body = {"count": "3", "namePattern": "many-#", "instanceProperties": wish}
    operation = compute.instances().bulkInsert(**place, body=body).execute()
    ended = compute.zoneOperations().wait(**place, operation=operation["name"]).execute()
    assert ended["instancesBulkInsertOperationMetadata"]["perLocationStatus"][f"zones/{ZONE}"]["createdVmCount"] == 3
    names = []
    request = compute.instances().list(**place, filter="name eq many-.*", maxResults=2)
    while request is not None:
        page = request.execute()
        names += [each["name"] for each in page["items"]]
        request = compute.instances().list_next(request, page)
    assert names == ["many-1", "many-2", "many-3"]
    for name in names:
        compute.instances().delete(**place, instance=name).execute()
    assert len(compute.instances().list(**place).execute()["items"]) == len(seen["ours"]["vms"])


GOOGLE = (
    google_sees_the_same_vms,
    google_sees_the_same_rules,
    google_sees_the_network,
    google_works_on_what_we_made,
    google_is_told_what_is_wrong,
)
LIBCLOUD = (libcloud_finds_the_same, libcloud_makes_and_destroys_a_node)


def test_clients_that_nobody_here_wrote(
    gcp: GcpServer, tmp_path: Path, subtests: pytest.Subtests, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One playbook makes everything and writes down what our modules saw; then each client looks for itself."""
    report = tmp_path / "seen.json"
    play(HERE / "independent_gcp.yml", gcp, report=str(report))
    seen = json.loads(report.read_text())
    google = Google(gcp)
    for check in GOOGLE:
        with subtests.test(check.__name__):
            check(google, seen)
    with subtests.test(the_generic_client_makes_many_at_once.__name__):
        the_generic_client_makes_many_at_once(google.generic(), seen)
    driver = libcloud(gcp, monkeypatch, tmp_path)
    for check in LIBCLOUD:
        with subtests.test(check.__name__):
            check(driver, seen)
