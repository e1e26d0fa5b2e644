"""Spot prices and quotas, as boto3 sees them."""

from __future__ import annotations

import datetime

import pytest
from botocore.exceptions import ClientError


def history(ec2, **words):
    return ec2.describe_spot_price_history(**words)["SpotPriceHistory"]


def test_one_price_for_each_zone_of_what_was_asked_for(ec2) -> None:
    found = history(ec2, InstanceTypes=["g6.xlarge", "m7i.large"], ProductDescriptions=["Linux/UNIX"])
    assert {one["InstanceType"] for one in found} == {"g6.xlarge", "m7i.large"}
    assert {one["ProductDescription"] for one in found} == {"Linux/UNIX"}
    keys = [(one["InstanceType"], one["AvailabilityZone"]) for one in found]
    assert len(keys) == len(set(keys)) > 4
    g6 = [float(one["SpotPrice"]) for one in found if one["InstanceType"] == "g6.xlarge"]
    assert len(set(g6)) > 1
    assert all(one["Timestamp"] < datetime.datetime.now(datetime.UTC) for one in found)


def test_zones_filters_and_pages(ec2, refused) -> None:
    asked = {"InstanceTypes": ["g6.xlarge"], "ProductDescriptions": ["Linux/UNIX"]}
    (zone,) = {one["AvailabilityZone"] for one in history(ec2, AvailabilityZone="us-east-1a", **asked)}
    assert zone == "us-east-1a"
    by_filter = [{"Name": "product-description", "Values": ["Windows"]}]
    assert {o["ProductDescription"] for o in history(ec2, InstanceTypes=["g6.xlarge"], Filters=by_filter)} == {
        "Windows"
    }
    pages = list(ec2.get_paginator("describe_spot_price_history").paginate(**asked, PaginationConfig={"PageSize": 2}))
    assert [one for page in pages for one in page["SpotPriceHistory"]] == history(ec2, **asked)
    with refused("InvalidParameterValue"):
        history(ec2, Filters=[{"Name": "colour", "Values": ["red"]}])


def test_the_quotas_of_running_instances(aws) -> None:
    quotas = aws.client("service-quotas")
    g = quotas.get_service_quota(ServiceCode="ec2", QuotaCode="L-DB2E81BA")["Quota"]
    assert (g["QuotaName"], g["Value"]) == ("Running On-Demand G and VT instances", 5000.0)
    assert len(quotas.list_service_quotas(ServiceCode="ec2")["Quotas"]) == 9
    with pytest.raises(ClientError, match="NoSuchResourceException"):
        quotas.get_service_quota(ServiceCode="ec2", QuotaCode="L-00000000")
    assert quotas.get_service_quota(ServiceCode="vpc", QuotaCode="L-F678F1CE")["Quota"]["ServiceCode"] == "vpc"
