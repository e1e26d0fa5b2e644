"""The whole way, with the real ansible-inventory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.bench.ec2_pages import Vm, fleets
from tests.bench.ec2_server import Ec2, serving
from tests.servers import AwsServer, aws_server

ROOT = Path(__file__).resolve().parents[4]
BIN = Path(sys.executable).parent
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}

# Runs ansible-inventory and tells how often Jinja was asked, by whichever way leads to it.
COUNTING = """
import sys
from ansible._internal._templating._engine import TemplateEngine
asked = []
for name in ("template", "evaluate_expression", "evaluate_conditional", "render"):
    def count(*args, _real=getattr(TemplateEngine, name, None), _name=name, **words):
        asked.append(_name)
        return _real(*args, **words)
    if hasattr(TemplateEngine, name):
        setattr(TemplateEngine, name, count)
from ansible.cli.inventory import main
try:
    main(["ansible-inventory", *sys.argv[1:]])
finally:
    sys.stderr.write(f"asked {len(asked)}")
"""


@dataclass(frozen=True)
class Answer:
    """What ansible-inventory --list gave."""

    data: dict[str, Any]
    errors: str

    @property
    def hosts(self) -> dict[str, dict[str, Any]]:
        return {name: plainly(found) for name, found in self.data.get("_meta", {}).get("hostvars", {}).items()}

    def members(self, group: str) -> set[str]:
        return set(self.data[group]["hosts"])


def plainly(value: Any) -> Any:
    """Without Ansible's marks for text that must not be templated."""
    if isinstance(value, dict):
        return value["__ansible_unsafe"] if "__ansible_unsafe" in value else {k: plainly(v) for k, v in value.items()}
    return value


Read = Callable[..., Answer]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a file with the given options and let ansible-inventory read it."""

    def run(
        *,
        program: tuple[str, ...] = (str(BIN / "ansible-inventory"),),
        env: dict[str, str] | None = None,
        **options: Any,
    ) -> Answer:
        path = tmp_path / "aws_vm.yml"
        path.write_text(yaml.safe_dump({"plugin": "aienv.cloud.aws_vm", **options}))
        done = subprocess.run(
            [sys.executable, *program, "-i", str(path), "--list"],
            env=environment(tmp_path, env or CREDENTIALS),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return Answer(json.loads(done.stdout or "{}"), " ".join(done.stderr.split()))

    return run


def environment(home: Path, more: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))}
    return (
        kept
        | {"HOME": str(home), "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "AWS_EC2_METADATA_DISABLED": "true"}
        | more
    )


@pytest.fixture(scope="module")
def thousand() -> Iterator[Ec2]:
    with serving({"us-east-1": fleets(1000)}) as ec2:
        yield ec2


def test_a_thousand_vms_in_one_call_and_without_templates(thousand: Ec2, read: Read) -> None:
    counting = ("-c", COUNTING)
    thousand.calls.clear()
    found = read(program=counting, regions=["us-east-1"], endpoint_url=thousand.url)
    assert [(call["Action"], call["MaxResults"]) for call in thousand.calls] == [("DescribeInstances", "1000")]
    assert len(found.hosts) == len(found.members("cloud_aws")) == len(found.members("region_us_east_1")) == 1000
    assert found.members("fleet_fleet3") == {f"fleet3-{n}" for n in range(25)}
    assert {found.hosts[name]["vm_machine_type"] for name in found.members("gpu_h100")} == {"p5.48xlarge"}
    with serving({"us-east-1": fleets(1)}) as ec2:
        single = read(program=counting, regions=["us-east-1"], endpoint_url=ec2.url)
    asked = [int(answer.errors.rpartition("asked ")[2]) for answer in (found, single)]
    assert asked[0] == asked[1] > 0  # the options of the file themselves


def test_constructed_features_see_the_variables(read: Read) -> None:
    with serving({"us-east-1": fleets(30)}) as ec2:
        found = read(
            regions=["us-east-1"],
            endpoint_url=ec2.url,
            strict=True,
            compose={"ansible_user": "'root'", "gpus": "vm_gpu_count * 2"},
            groups={"odd": "vm_index is odd"},
            keyed_groups=[{"prefix": "team", "key": "vm_labels.team"}],
        )
        broken = read(regions=["us-east-1"], endpoint_url=ec2.url, strict=True, compose={"x": "no_such_thing"})
    assert found.hosts["fleet0-1"]["ansible_user"] == "root"
    assert found.hosts["fleet0-1"]["gpus"] == 2
    assert found.members("odd") == {f"fleet0-{n}" for n in range(1, 25, 2)} | {"fleet1-1", "fleet1-3"}
    assert len(found.members("team_vision")) == 30
    assert "Could not set x" in broken.errors


def test_a_label_is_never_evaluated(read: Read) -> None:
    evil = Vm(1, {"aienv-fleet": "a", "Name": "a", "note": "{{ lookup('env', 'HOME') }}"}, private_ip="{{ 6 * 7 }}")
    with serving({"us-east-1": [evil]}) as ec2:
        found = read(regions=["us-east-1"], endpoint_url=ec2.url, compose={"copy": "vm_labels.note"})
    raw = found.data["_meta"]["hostvars"]["a"]
    assert raw["copy"] == raw["vm_labels"]["note"] == {"__ansible_unsafe": "{{ lookup('env', 'HOME') }}"}
    assert raw["ansible_host"] == {"__ansible_unsafe": "{{ 6 * 7 }}"}


def test_options_may_look_up_the_environment(read: Read) -> None:
    with serving({"us-east-1": fleets(1)}) as ec2:
        where = "{{ lookup('ansible.builtin.env', 'WHERE') }}"
        found = read(regions=["us-east-1"], endpoint_url=where, env=CREDENTIALS | {"WHERE": ec2.url})
    assert list(found.hosts) == ["fleet0-0"]


def test_a_second_read_comes_from_the_cache_unless_the_question_changed(read: Read, tmp_path: Path) -> None:
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    with serving({"us-east-1": fleets(30)}) as ec2:
        first = read(regions=["us-east-1"], endpoint_url=ec2.url, **cache)
        second = read(regions=["us-east-1"], endpoint_url=ec2.url, **cache)
        assert len(ec2.calls) == 1
        assert first.data == second.data
        read(regions=["us-east-1"], endpoint_url=ec2.url, connect_with="private", **cache)
        assert len(ec2.calls) == 2


def test_a_region_that_fails_is_an_error_or_marks_the_hosts(read: Read, tmp_path: Path) -> None:
    refused = {"eu-west-1": ("UnauthorizedOperation", "You are not authorized.")}
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    with serving({"us-east-1": fleets(1), "eu-west-1": []}, refused) as ec2:
        asked = {"regions": ["us-east-1", "eu-west-1"], "endpoint_url": ec2.url}
        failed = read(**asked)
        marked = read(**asked, ignore_region_errors=True, **cache)
        calls = len(ec2.calls)
        read(**asked, ignore_region_errors=True, **cache)
        assert len(ec2.calls) == calls + 2, "half an answer must not be cached"
    assert failed.hosts == {}
    assert "region eu-west-1: You are not authorized." in failed.errors
    assert "lacks the hosts of eu-west-1: You are not authorized." in marked.errors
    assert marked.hosts["fleet0-0"]["vm_inventory_complete"] is False


@pytest.mark.parametrize(
    ("options", "env", "sentence"),
    [
        ({"regions": ["us-esat-1"]}, CREDENTIALS, "option 'regions' cannot be 'us-esat-1'"),
        ({"connect_with": "dns"}, CREDENTIALS, "connect_with"),
        ({"regoins": ["us-east-1"]}, CREDENTIALS, "option 'regoins' does not exist; accepted are: regions"),
        ({"profile": "nobody"}, CREDENTIALS, "option 'profile' cannot be 'nobody'"),
        ({"filters": {"instance-state-name": "running"}}, CREDENTIALS, "option 'filters'"),
        ({"regions": ["us-east-1"]}, {}, "no AWS credentials were found"),
        ({"regions": ["us-east-1"]}, {"PYTHONPATH": "{without_boto3}"}, "boto3 is missing for"),
    ],
    ids=["region", "choice", "unknown", "profile", "filters", "credentials", "library"],
)
def test_what_is_wrong_is_said_in_a_sentence(
    options: dict[str, Any], env: dict[str, str], sentence: str, read: Read, tmp_path: Path
) -> None:
    (tmp_path / "boto3.py").write_text("raise ImportError('not here')")
    found = read(
        **options, env={name: value.format(without_boto3=tmp_path) for name, value in env.items()} or {"NONE": ""}
    )
    assert sentence in found.errors
    assert found.hosts == {}


def test_another_file_name_is_not_ours(tmp_path: Path) -> None:
    path = tmp_path / "hosts.yml"
    path.write_text("plugin: aienv.cloud.aws_vm\n")
    program = [str(BIN / "ansible-inventory"), "-i", str(path), "--list"]
    done = subprocess.run(program, env=environment(tmp_path, CREDENTIALS), capture_output=True, text=True, check=False)
    assert "could not be verified by inventory plugin 'aienv.cloud.aws_vm'" in " ".join(done.stderr.split())


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsServer]:
    with aws_server(tmp_path_factory.mktemp("aws")) as server:
        yield server


def launch(ec2: Any, count: int, **own: str) -> list[str]:
    image = ec2.describe_images(Filters=[{"Name": "name", "Values": ["debian-13-amd64-*"]}])["Images"][0]["ImageId"]
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    listed = [{"Key": key.replace("_", "-"), "Value": value} for key, value in own.items()]
    answer = ec2.run_instances(
        ImageId=image,
        InstanceType="g6.xlarge",
        MinCount=count,
        MaxCount=count,
        SubnetId=subnet,
        TagSpecifications=[{"ResourceType": "instance", "Tags": listed}],
    )
    return [instance["InstanceId"] for instance in answer["Instances"]]


def test_names_outlive_stop_and_start_on_the_emulated_aws(aws: AwsServer, read: Read) -> None:
    aws.reset()
    ec2 = aws.client()
    train = launch(ec2, 2, aienv_fleet="train", aienv_base_index="3", aienv_ssh_user="admin", Name="train")
    launch(ec2, 1, aienv_fleet="devbox", Name="devbox")
    (stranger,) = launch(ec2, 1, Name="devbox")
    ec2.get_waiter("instance_running").wait(InstanceIds=[*train, stranger], WaiterConfig={"Delay": 1})
    env = aws.environment()

    before = read(env=env)
    assert set(before.hosts) == {"train-3", "train-4", "devbox"}
    assert before.members("gpu_l4") == set(before.hosts)
    assert before.hosts["train-3"]["ansible_user"] == "admin"

    ec2.stop_instances(InstanceIds=train[:1])
    ec2.get_waiter("instance_stopped").wait(InstanceIds=train[:1], WaiterConfig={"Delay": 1})
    assert set(read(env=env).hosts) == {"train-4", "devbox"}
    everything = read(env=env, include_states=["running", "stopped"], owned_only=False)
    assert {name: found["vm_state"] for name, found in everything.hosts.items()} == {
        "train-3": "stopped",
        "train-4": "running",
        "devbox": "running",
        "devbox.us-east-1": "running",
    }
    assert everything.hosts["devbox.us-east-1"]["vm_id"] == stranger

    ec2.start_instances(InstanceIds=train[:1])
    ec2.get_waiter("instance_running").wait(InstanceIds=train[:1], WaiterConfig={"Delay": 1})
    ids = {name: found["vm_id"] for name, found in read(env=env).hosts.items()}
    assert ids == {name: found["vm_id"] for name, found in before.hosts.items()}
    aws.clear_calls()
    assert set(read(env=env, fleets=["train"], filters={"instance-type": "g6.xlarge"}).hosts) == {"train-3", "train-4"}
    assert aws.calls()["actions"] == {"DescribeInstances": 1}
