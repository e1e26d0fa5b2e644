"""The public SSM parameters that name images: moto has Amazon Linux's only, and lets nobody add any.

Paths: Canonical's /aws/service/canonical/ubuntu/server/<release>/stable/current/<arch>/hvm/<disk>/ami-id
(documentation.ubuntu.com/aws), Debian's /aws/service/debian/release/<n>/latest/<arch>
(wiki.debian.org/Cloud/AmazonEC2Image), Amazon's /aws/service/deeplearning/ami/<cpu>/<name>/latest/ami-id
(docs.aws.amazon.com/dlami).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Response

from sandbox.aws import images
from sandbox.aws.wire import ApiError
from sandbox.server.refusal import Refusal

JSON = "application/x-amz-json-1.1"
OWNED = ("/aws/service/canonical/", "/aws/service/debian/", "/aws/service/deeplearning/")
_UBUNTU = re.compile(
    r"/aws/service/canonical/ubuntu/server/(22\.04|24\.04|26\.04|jammy|noble|resolute)/stable/current"
    r"/(amd64|arm64)/hvm/(ebs-gp2|ebs-gp3)/ami-id"
)
_DEBIAN = re.compile(r"/aws/service/debian/release/(12|13)/latest/(amd64|arm64)")
_DEEP = re.compile(
    r"/aws/service/deeplearning/ami/(x86_64|arm64)/base-oss-nvidia-driver-gpu-ubuntu-24\.04/latest/ami-id"
)
_CODENAMES = {"jammy": "22.04", "noble": "24.04", "resolute": "26.04"}


def find(name: str) -> images.Image | None:
    """The image that a public parameter names, or None."""
    ubuntu, debian, deep = _UBUNTU.fullmatch(name), _DEBIAN.fullmatch(name), _DEEP.fullmatch(name)
    if ubuntu:
        release = _CODENAMES.get(ubuntu[1], ubuntu[1])
        # Canonical publishes 22.04 on gp2 and the later ones on gp3.
        if ubuntu[3] != ("ebs-gp2" if release == "22.04" else "ebs-gp3"):
            return None
        return images.newest(f"ubuntu-{release}", images.ARCHITECTURES[ubuntu[2]])
    if debian:
        return images.newest(f"debian-{debian[1]}", images.ARCHITECTURES[debian[2]])
    return images.newest("deep-learning", deep[1]) if deep else None


def respond(action: str, body: dict[str, Any], ask_moto: Callable[[bytes], Response]) -> Response | None:
    """Answer GetParameter and GetParameters for the owned paths; None lets moto answer the call."""
    if action == "GetParameter" and str(body.get("Name", "")).startswith(OWNED):
        found = find(body["Name"])
        if found is None:
            raise ApiError("ParameterNotFound", f"Parameter {body['Name']} not found.")
        return _json({"Parameter": _parameter(body["Name"], found)})
    if action == "GetParameters":
        return _several(body, ask_moto)
    return None


def _several(body: dict[str, Any], ask_moto: Callable[[bytes], Response]) -> Response | None:
    names = body.get("Names", [])
    owned = [name for name in names if str(name).startswith(OWNED)]
    if not owned or len(names) > 10:
        return None
    others = [name for name in names if name not in owned]
    answer: dict[str, Any] = {"Parameters": [], "InvalidParameters": []}
    if others:
        answer = json.loads(ask_moto(json.dumps({**body, "Names": others}).encode()).get_data())
    for name in owned:
        image = find(name)
        if image is None:
            answer["InvalidParameters"].append(name)
        else:
            answer["Parameters"].append(_parameter(name, image))
    return _json(answer)


def _parameter(name: str, image: images.Image) -> dict[str, Any]:
    return {
        "Name": name,
        "Type": "String",
        "Value": image.id,
        "Version": 2,
        "DataType": "aws:ec2:image",
        "ARN": f"arn:aws:ssm:us-east-1::parameter{name}",
    }


def refusal(error: Refusal) -> Response:
    """An error in the form of AWS's JSON services."""
    body = {"__type": error.code, "message": error.message}
    response = _json(body, error.status)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value), status=status, content_type=JSON)
