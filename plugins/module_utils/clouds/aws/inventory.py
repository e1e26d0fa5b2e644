# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inventory reads of EC2: regions side by side, pages of 1,000, only the members that it shows."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from ...model import mark
from ...model.error import CloudError, InvalidOption
from ...model.inventory import STAYING, InventoryOptions, Listing
from ...model.option import option
from ...model.vm import VmState
from .session import PARALLEL_CALLS, AwsAccount, AwsSession, open_account
from .states import from_api
from .vms import instances

ALL = "all"
ASK_FOR_REGIONS_IN = "us-east-1"  # every AWS account has it enabled

# The members of EC2's answer that `vm_result` is made of. An instance has about 150 elements; parsing only these takes
# a third of botocore's time for 10,000 instances. A test holds the table against everything that `vm_result` shows.
READ = {
    "Reservation": {"Instances"},
    "Instance": {
        "AmiLaunchIndex",
        "CapacityReservationSpecification",
        "ImageId",
        "InstanceId",
        "InstanceLifecycle",
        "InstanceType",
        "LaunchTime",
        "NetworkInterfaces",
        "Placement",
        "PrivateIpAddress",
        "PublicIpAddress",
        "State",
        "Tags",
    },
    "InstanceNetworkInterface": {"Attachment"},
    "InstanceNetworkInterfaceAttachment": {"AttachTime"},
    "InstanceState": {"Name"},
    "Placement": {"AvailabilityZone"},
}


@dataclass(frozen=True)
class AwsInventoryOptions(InventoryOptions):
    """Without regions, the region that every AWS tool would take; without one of those, all regions of the account."""

    # What else decides the answer, so that a cache filled under other settings is not used. No secrets.
    ENVIRONMENT: ClassVar = (
        "AWS_ACCESS_KEY_ID",
        "AWS_CONFIG_FILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_EC2",
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_SHARED_CREDENTIALS_FILE",
    )

    regions: tuple[str, ...] | None = option(type="list", elements="str")
    profile: str | None = option()
    endpoint_url: str | None = option()
    filters: Mapping[str, Any] | None = option(type="dict")

    def verified(self) -> Self:
        for name, value in (self.filters or {}).items():
            if name == "instance-state-name":
                raise InvalidOption("filters", name, "the option include_states says which states are listed")
            if not all(isinstance(item, (str, int)) for item in _values(value)) or not _values(value):
                raise InvalidOption("filters", {name: value}, "a value or a list of values is expected for each filter")
        return super().verified()


def find(options: AwsInventoryOptions) -> Listing:
    """All VMs of all regions. Raises CloudError; a single region's error only where it is not to be ignored."""
    account = open_account(options.profile, options.endpoint_url)
    _narrow(account)
    sessions = [account.session_in(region) for region in regions(account, options)]
    wanted = to_filters(options)
    with ThreadPoolExecutor(PARALLEL_CALLS) as pool:
        answers = list(pool.map(lambda session: _listed(session, wanted), sessions))
    failed = {s.region: answer for s, answer in zip(sessions, answers, strict=True) if isinstance(answer, CloudError)}
    vms = tuple(vm for answer in answers if not isinstance(answer, CloudError) for vm in answer)
    return Listing(vms, failed).accepted(options, (s.region for s in sessions), "aws", "region")


def regions(account: AwsAccount, options: AwsInventoryOptions) -> Sequence[str]:
    """The regions to read, each once. Raises InvalidOption for one that does not exist."""
    asked = list(dict.fromkeys(options.regions or [account.default_region or ALL]))
    if ALL not in asked:
        return [account.checked_region(region, "regions") for region in asked]
    session = account.session_in(account.default_region or ASK_FOR_REGIONS_IN)
    return [region["RegionName"] for region in session.call("describe_regions")["Regions"]]


def to_filters(options: AwsInventoryOptions) -> list[dict[str, Any]]:
    """The whole choice as EC2's filters, so that nothing is transferred in vain."""
    found = [{"Name": "instance-state-name", "Values": list(STAYING)}]
    if options.fleets:
        found.append({"Name": f"tag:{mark.FLEET}", "Values": list(options.fleets)})
    elif options.owned_only:
        found.append({"Name": "tag-key", "Values": [mark.FLEET]})
    return found + [{"Name": name, "Values": _values(value)} for name, value in (options.filters or {}).items()]


def _values(value: Any) -> list[Any]:
    items = value if isinstance(value, (list, tuple)) else [value]
    return [
        str(item).lower() if isinstance(item, bool) else str(item) if isinstance(item, int) else item for item in items
    ]


def _listed(session: AwsSession, wanted: Sequence[Mapping[str, Any]]) -> list[VmState] | CloudError:
    try:
        return [from_api(raw, session.region) for raw in instances(session, wanted)]
    except CloudError as error:
        return error


def _narrow(account: AwsAccount) -> None:
    """Let botocore's parser of this account's answers leave out what is not read; all else stays botocore's.

    Raises KeyError if a future botocore's model lacks one of the members: then the table has to follow.
    """
    shapes = account.core.get_service_data("ec2")["shapes"]
    for shape, members in READ.items():
        described = shapes[shape]["members"]
        shapes[shape]["members"] = {member: described[member] for member in sorted(members)}
    parsers = account.core.get_component("response_parser_factory")
    # EC2 writes ISO 8601 only; botocore's own parser also guesses other formats, at many times the cost.
    parsers.set_parser_defaults(timestamp_parser=datetime.fromisoformat)
    account.core.register_component("response_parser_factory", ParsersInTurn(parsers))


class ParsersInTurn:
    """botocore's factory of parsers, with one answer parsed at a time.

    A page of 1,000 instances takes about 20 MB while it is parsed, and Python parses no faster in several threads.
    """

    def __init__(self, factory: Any) -> None:
        self._factory, self._turn = factory, threading.Lock()

    def create_parser(self, protocol: str) -> Any:
        parser = self._factory.create_parser(protocol)
        parse = parser.parse

        def parse_in_turn(response: Any, shape: Any) -> Any:
            with self._turn:
                return parse(response, shape)

        parser.parse = parse_in_turn
        return parser
