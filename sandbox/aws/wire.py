"""The EC2 wire: parsed calls, results and errors as XML.

Parsing and naming come from moto and botocore's own models; what is ours is speed (a page of
1,000 instances is serialised without asking every object for every alias again) and errors that
botocore can always parse.
"""

from __future__ import annotations

import uuid
from functools import cache
from typing import Any, ClassVar
from xml.sax.saxutils import escape

from moto.core.model import OperationModel, ServiceModel
from moto.core.serialize import EC2Serializer, XFormedAttributePicker
from moto.core.utils import get_service_model, get_value
from moto.ec2.responses import EC2Response
from werkzeug.wrappers import Response

from sandbox.server.refusal import Refusal

XML = "text/xml;charset=UTF-8"
_ABSENT = object()
# Moto's own, but for the one that calls every instance of a RunInstances answer pending: an answer
# repeated for a known ClientToken shows the states of now.
_TRANSFORMERS = {
    path: function
    for path, function in EC2Response.RESPONSE_KEY_PATH_TO_TRANSFORMER.items()
    if not path.startswith("RunInstances.")
}


class ApiError(Refusal):
    """An answer in EC2's own error form: a code of EC2's list, a sentence, an HTTP status."""


class View:
    """One of moto's objects with some attributes answered differently; moto's own stays as it is."""

    def __init__(self, target: Any, **answers: Any) -> None:
        self.__dict__["_target"] = target
        self.__dict__.update(answers)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_target"], name)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        # The serialiser derives names from the class (Instance: InstanceId is found as id).
        return type(self.__dict__["_target"])


class Picker(XFormedAttributePicker):
    """Moto's lookup of a result's members, with the candidate names remembered per class and member."""

    _names: ClassVar[dict[tuple[type, str, int], tuple[str, ...]]] = {}
    _transforms: ClassVar[dict[str, Any]] = {}

    def __call__(self, context: Any) -> Any:
        obj = context.obj
        value = None
        for name in self.names(context):
            found = get_value(obj, name, _ABSENT)
            if found is not _ABSENT:
                value = found
                break
        transform = self.transform(f"{context.key_path}.{context.key}")
        return transform(value) if transform else value

    def names(self, context: Any) -> tuple[str, ...]:
        """Candidate attribute names, most specific first."""
        slot = (context.obj.__class__, context.key, id(context.shape))
        names = self._names.get(slot)
        if names is None:
            names = tuple(dict.fromkeys(self.get_possible_keys(context)))
            self._names[slot] = names
        return names

    def transform(self, path: str) -> Any:
        """Moto's transformer for a member path, or None."""
        if path not in self._transforms:
            matches = (function for suffix, function in self.response_transformers.items() if path.endswith(suffix))
            self._transforms[path] = next(matches, None)
        return self._transforms[path]


@cache
def service_model() -> ServiceModel:
    """botocore's model of EC2."""
    return get_service_model("ec2")


@cache
def operation_model(action: str) -> OperationModel:
    """botocore's model of one action. Cached: the picker's memory goes by the identity of its shapes."""
    model: OperationModel = service_model().operation_model(action)
    return model


def answer(action: str, result: Any) -> Response:
    """Serialise a result (dicts, moto's objects, views) as the action's XML answer."""
    picker = Picker(response_transformers=_TRANSFORMERS)
    serialiser = EC2Serializer(operation_model(action), value_picker=picker)
    serialiser.context.request_id = str(uuid.uuid4())
    body = serialiser.serialize(result)["body"]
    return Response(body, status=200, content_type=XML)


def refusal(error: Refusal) -> Response:
    """An EC2 error document; throttling carries Retry-After."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>'
        f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
        f"</Error></Errors><RequestID>{uuid.uuid4()}</RequestID></Response>"
    )
    response = Response(body, status=error.status, content_type=XML)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response
