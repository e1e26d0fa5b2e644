"""Twenty machines asked for in one call: all of them can be logged in to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.sandbox.world import Box, World, wait_until

COUNT = 20

#: Seconds. A boot costs two to three seconds of CPU, so two cores are busy for half a minute with nothing else to do.
PATIENCE = 180.0


def test_twenty_at_once(world: World) -> None:
    group = world.make_group("fleet", world.ssh_rule())
    images = world.ec2.describe_images(Filters=[{"Name": "name", "Values": ["debian-13-amd64-*"]}])["Images"]
    answer = world.ec2.run_instances(
        ImageId=images[0]["ImageId"], InstanceType="t3.micro", MinCount=COUNT, MaxCount=COUNT,
        KeyName="test", SubnetId=world.subnet, SecurityGroupIds=[group],
    )  # fmt: skip
    boxes = [Box(world, raw["InstanceId"], raw["PrivateIpAddress"]) for raw in answer["Instances"]]

    def greeted() -> bool:
        """As the watcher sees it: asking twenty machines by ssh all the time would itself take the two cores."""
        lines = world.report()
        return all(lines.get(box.id, {}).get("ssh_seconds") for box in boxes)

    wait_until(greeted, "twenty greetings", PATIENCE)
    lines = world.report()
    assert max(lines[box.id]["ssh_seconds"] for box in boxes) < PATIENCE
    with ThreadPoolExecutor(4) as pool:
        names = list(pool.map(lambda box: box.run("hostname"), boxes))
    assert names == ["ip-" + box.address.replace(".", "-") for box in boxes]
    world.ec2.terminate_instances(InstanceIds=[box.id for box in boxes])
    wait_until(lambda: not any(box.container() for box in boxes), "the containers to go")
