"""Looks at the emulated cloud, and does to it what people do by hand, with nothing but boto3.

cloud.py drift FLEET   open a port in the firewall, stop the first VM
cloud.py show          what exists, as JSON
"""

import json
import sys

import boto3

ec2 = boto3.client("ec2")


def vms() -> list:
    """Every VM that is not terminated."""
    reservations = ec2.describe_instances()["Reservations"]
    found = [vm for reservation in reservations for vm in reservation["Instances"]]
    return [vm for vm in found if vm["State"]["Name"] != "terminated"]


def groups() -> list:
    """Security groups, without those that every VPC has of its own."""
    return [group for group in ec2.describe_security_groups()["SecurityGroups"] if group["GroupName"] != "default"]


def drift(fleet: str) -> None:
    (group,) = [group["GroupId"] for group in groups() if group["GroupName"] == fleet]
    opening = {"IpProtocol": "tcp", "FromPort": 8888, "ToPort": 8888, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[opening])
    first = next(vm["InstanceId"] for vm in vms() if vm["AmiLaunchIndex"] == 0)
    ec2.stop_instances(InstanceIds=[first])
    ec2.get_waiter("instance_stopped").wait(InstanceIds=[first], WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def show() -> None:
    seen = {
        "vms": {vm["InstanceId"]: vm["State"]["Name"] for vm in vms()},
        "ports": sorted({rule["FromPort"] for group in groups() for rule in group["IpPermissions"]}),
        "firewalls": [group["GroupName"] for group in groups()],
        "networks": [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]],
        "gateways": [
            gateway["InternetGatewayId"]
            for gateway in ec2.describe_internet_gateways()["InternetGateways"]
            if any(tag["Key"].startswith("aienv-") for tag in gateway["Tags"])
        ],
        "disks": [disk["VolumeId"] for disk in ec2.describe_volumes()["Volumes"]],
        "interfaces": [nic["NetworkInterfaceId"] for nic in ec2.describe_network_interfaces()["NetworkInterfaces"]],
    }
    sys.stdout.write(json.dumps(seen))


{"drift": drift, "show": show}[sys.argv[1]](*sys.argv[2:])
