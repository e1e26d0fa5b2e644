"""Service Quotas: moto has a VPC's only. These are EC2's for running instances, all large, as of an account that asked for more.

Nothing here refuses a launch; the fault `quota` does. Codes and names:
docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html (read 2026-11)
"""

from __future__ import annotations

import json
from typing import Any

from werkzeug.wrappers import Response

from sandbox.aws.wire import ApiError

JSON = "application/x-amz-json-1.1"
VCPUS = 5000.0
NAMES = {
    "L-1216C47A": "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
    "L-34B43A08": "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests",
    "L-DB2E81BA": "Running On-Demand G and VT instances",
    "L-3819A6DF": "All G and VT Spot Instance Requests",
    "L-417A185B": "Running On-Demand P instances",
    "L-7212CCBC": "All P4, P3 and P2 Spot Instance Requests",
    "L-C4BD4855": "All P5 Spot Instance Requests",
    "L-7295265B": "Running On-Demand X instances",
    "L-E3A00192": "All X Spot Instance Requests",
}


def respond(action: str, body: dict[str, Any], region: str) -> Response | None:
    """Answer GetServiceQuota and ListServiceQuotas for EC2; None lets moto answer the call."""
    if body.get("ServiceCode") != "ec2":
        return None
    if action == "ListServiceQuotas":
        return _json({"Quotas": [_quota(code, region) for code in NAMES]})
    if action == "GetServiceQuota":
        if body.get("QuotaCode") not in NAMES:
            raise ApiError("NoSuchResourceException", "The request failed because the specified quota does not exist.")
        return _json({"Quota": _quota(body["QuotaCode"], region)})
    return None


def _quota(code: str, region: str) -> dict[str, Any]:
    return {
        "ServiceCode": "ec2",
        "ServiceName": "Amazon Elastic Compute Cloud (Amazon EC2)",
        "QuotaArn": f"arn:aws:servicequotas:{region}:123456789012:ec2/{code}",
        "QuotaCode": code,
        "QuotaName": NAMES[code],
        "Value": VCPUS,
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }


def _json(value: Any) -> Response:
    return Response(json.dumps(value), status=200, content_type=JSON)
