"""DescribeInstances answers as EC2 renders them, for as many VMs as a measurement needs.

The members of an instance and their order follow the example answers in
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html; ids and addresses are made up.
"""

from __future__ import annotations

from dataclasses import dataclass

FLEET_SIZE = 25  # members of one fleet: one RunInstances, so one reservation
MACHINE_TYPES = ("g6.xlarge", "g5.2xlarge", "p5.48xlarge", "m7i.xlarge")
STATES = {"pending": 0, "running": 16, "stopping": 64, "stopped": 80}

INSTANCE = """<item><instanceId>{id}</instanceId><imageId>ami-0c5f3d9a7be1204f8</imageId>
<instanceState><code>{state_code}</code><name>{state}</name></instanceState>
<privateDnsName>ip-{dashed}.{region}.compute.internal</privateDnsName><dnsName>ec2-{dashed}.{region}.compute.amazonaws.com</dnsName>
<reason/><keyName>aienv-7d1b0cf2a45e93aa0f6c1d7e2b9480c3</keyName><amiLaunchIndex>{launch_index}</amiLaunchIndex><productCodes/>
<instanceType>{machine_type}</instanceType><launchTime>2026-11-20T08:{minute:02}:11.000Z</launchTime>
<placement><availabilityZone>{region}a</availabilityZone><availabilityZoneId>use1-az4</availabilityZoneId><groupName/><tenancy>default</tenancy></placement>
<monitoring><state>disabled</state></monitoring><subnetId>subnet-0a1b2c3d4e5f60718</subnetId><vpcId>vpc-0f1e2d3c4b5a69788</vpcId>
{addresses}<sourceDestCheck>true</sourceDestCheck>
<groupSet><item><groupId>sg-0123456789abcdef0</groupId><groupName>ssh</groupName></item><item><groupId>sg-0fedcba9876543210</groupId><groupName>jupyter</groupName></item></groupSet>
<architecture>x86_64</architecture><rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/xvda</rootDeviceName>
<blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-{hex}</volumeId><status>attached</status><attachTime>2026-11-20T08:00:12.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></ebs></item>
<item><deviceName>/dev/xvdb</deviceName><ebs><volumeId>vol-{hex}b</volumeId><status>attached</status><attachTime>2026-11-20T08:00:12.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></ebs></item></blockDeviceMapping>
<virtualizationType>hvm</virtualizationType><clientToken>4f0c1b7e5d2a49c08e6f3a1b</clientToken>
<tagSet>{tags}</tagSet><hypervisor>xen</hypervisor>
<networkInterfaceSet><item><networkInterfaceId>eni-{hex}</networkInterfaceId><subnetId>subnet-0a1b2c3d4e5f60718</subnetId><vpcId>vpc-0f1e2d3c4b5a69788</vpcId><description/><ownerId>123456789012</ownerId><status>in-use</status><macAddress>0a:1b:2c:3d:4e:5f</macAddress>
{addresses}<privateDnsName>ip-{dashed}.{region}.compute.internal</privateDnsName><sourceDestCheck>true</sourceDestCheck>
<groupSet><item><groupId>sg-0123456789abcdef0</groupId><groupName>ssh</groupName></item><item><groupId>sg-0fedcba9876543210</groupId><groupName>jupyter</groupName></item></groupSet>
<attachment><attachmentId>eni-attach-{hex}</attachmentId><deviceIndex>0</deviceIndex><networkCardIndex>0</networkCardIndex><status>attached</status><attachTime>2026-11-20T08:00:11.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></attachment>
<association><publicIp>203.0.113.9</publicIp><publicDnsName>ec2-{dashed}.{region}.compute.amazonaws.com</publicDnsName><ipOwnerId>amazon</ipOwnerId></association>
<privateIpAddressesSet><item>{addresses}<privateDnsName>ip-{dashed}.{region}.compute.internal</privateDnsName><primary>true</primary><association><publicIp>203.0.113.9</publicIp><publicDnsName>ec2-{dashed}.{region}.compute.amazonaws.com</publicDnsName><ipOwnerId>amazon</ipOwnerId></association></item></privateIpAddressesSet>
<ipv6AddressesSet/><interfaceType>interface</interfaceType><operator><managed>false</managed></operator></item></networkInterfaceSet>
<iamInstanceProfile><arn>arn:aws:iam::123456789012:instance-profile/training</arn><id>AIPAEXAMPLEEXAMPLE123</id></iamInstanceProfile>
<ebsOptimized>true</ebsOptimized><enaSupport>true</enaSupport><cpuOptions><coreCount>2</coreCount><threadsPerCore>2</threadsPerCore></cpuOptions>
<capacityReservationSpecification><capacityReservationPreference>open</capacityReservationPreference></capacityReservationSpecification>
<hibernationOptions><configured>false</configured></hibernationOptions><enclaveOptions><enabled>false</enabled></enclaveOptions>
<metadataOptions><state>applied</state><httpTokens>required</httpTokens><httpPutResponseHopLimit>2</httpPutResponseHopLimit><httpEndpoint>enabled</httpEndpoint><httpProtocolIpv6>disabled</httpProtocolIpv6><instanceMetadataTags>disabled</instanceMetadataTags></metadataOptions>
<maintenanceOptions><autoRecovery>default</autoRecovery><rebootMigration>default</rebootMigration></maintenanceOptions>
<platformDetails>Linux/UNIX</platformDetails><usageOperation>RunInstances</usageOperation><usageOperationUpdateTime>2026-11-20T08:00:11.000Z</usageOperationUpdateTime>
<privateDnsNameOptions><hostnameType>ip-name</hostnameType><enableResourceNameDnsARecord>false</enableResourceNameDnsARecord><enableResourceNameDnsAAAARecord>false</enableResourceNameDnsAAAARecord></privateDnsNameOptions>
<bootMode>uefi-preferred</bootMode><currentInstanceBootMode>uefi</currentInstanceBootMode><networkPerformanceOptions><bandwidthWeighting>default</bandwidthWeighting></networkPerformanceOptions>
<operator><managed>false</managed></operator>{extra}</item>"""

RESERVATION = "<item><reservationId>r-{hex}</reservationId><ownerId>123456789012</ownerId><groupSet/><instancesSet>{instances}</instancesSet></item>"
ANSWER = """<?xml version="1.0" encoding="UTF-8"?>
<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>8f7724cf-496f-496e-8fe3-example</requestId><reservationSet>{reservations}</reservationSet>{token}</DescribeInstancesResponse>"""


@dataclass(frozen=True)
class Vm:
    """What tests vary of a generated VM. Tags in EC2's own spelling."""

    number: int
    tags: dict[str, str]
    launch_index: int = 0
    state: str = "running"
    machine_type: str = "g6.xlarge"
    private_ip: str | None = "10.0.0.4"
    public_ip: str | None = None
    extra: str = ""  # further members, as XML

    @property
    def id(self) -> str:
        return f"i-{self.number:017x}"


def fleets(count: int, region: str = "us-east-1") -> list[Vm]:
    """`count` running VMs in fleets of 25, tagged as the collection tags them, with three labels of a user."""
    return [_member(number, region) for number in range(count)]


def _member(number: int, region: str) -> Vm:
    fleet, index = divmod(number, FLEET_SIZE)
    own = {
        "Name": f"fleet{fleet}",
        "aienv-fleet": f"fleet{fleet}",
        "aienv-base-index": "0",
        "aienv-image": "debian-13",
        "aienv-network": "research",
        "aienv-ssh-user": "admin",
        "team": "vision",
        "cost-center": f"cc-{fleet % 10}",
        "owner": "jane@example.org",
    }
    address = f"{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    kind = MACHINE_TYPES[fleet % len(MACHINE_TYPES)]
    return Vm(
        number,
        own,
        index,
        machine_type=kind,
        private_ip=f"10.{address}",
        public_ip=f"54.{address}" if index % 2 else None,
    )


def render(vm: Vm, region: str) -> str:
    public = f"<ipAddress>{vm.public_ip}</ipAddress>" if vm.public_ip else ""
    private = f"<privateIpAddress>{vm.private_ip}</privateIpAddress>" if vm.private_ip else ""
    return INSTANCE.format(
        id=vm.id,
        hex=f"{vm.number:017x}",
        region=region,
        dashed=(vm.private_ip or "none").replace(".", "-"),
        addresses=private + public,
        minute=vm.number % 60,
        launch_index=vm.launch_index,
        machine_type=vm.machine_type,
        state=vm.state,
        extra=vm.extra,
        state_code=STATES[vm.state],
        tags="".join(f"<item><key>{key}</key><value>{value}</value></item>" for key, value in vm.tags.items()),
    )


def page(vms: list[Vm], region: str, token: str | None = None) -> bytes:
    """One answer; neighbours of one fleet share a reservation, as after one RunInstances."""
    reservations: list[list[Vm]] = []
    for vm in vms:
        same = (
            reservations
            and vm.launch_index
            and reservations[-1][0].tags.get("aienv-fleet") == vm.tags.get("aienv-fleet")
        )
        if same:
            reservations[-1].append(vm)
        else:
            reservations.append([vm])
    text = "".join(
        RESERVATION.format(hex=f"{members[0].number:017x}", instances="".join(render(vm, region) for vm in members))
        for members in reservations
    )
    return ANSWER.format(reservations=text, token=f"<nextToken>{token}</nextToken>" if token else "").encode()
