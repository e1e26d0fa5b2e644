"""The rules for names and tags, with the sentences of the providers that refuse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.azure.errors import ArmError, invalid_parameter

_GROUP = re.compile(r"[\w.()-]{1,89}[\w()-]|[\w()-]")
_NETWORK = re.compile(r"[^\W_](?:[\w.-]{0,78}\w)?")
_COMPUTE = re.compile(r"[^_\W][\w.-]{0,79}(?<![-.])")
_TAG_NAME_FORBIDDEN = set("<>%&\\?/")

MOST_TAGS = 50
TAG_NAME_LENGTH = 512
TAG_VALUE_LENGTH = 256


def check_group_name(name: str) -> None:
    if len(name) > 90:
        text = f"The provided resource group name '{name}' has {len(name)} characters. It cannot exceed 90 characters."
        raise ArmError("InvalidResourceGroupName", text)
    if not _GROUP.fullmatch(name):
        strange = "".join(sorted({letter for letter in name if not re.fullmatch(r"[\w.()-]", letter)})) or "."
        text = (
            f"The provided resource group name '{name}' has these invalid characters: '{strange}'. The name can only be a "
            "letter, digit, '-', '.', '(', ')' or '_', and cannot end with '.'."
        )
        raise ArmError("InvalidResourceGroupName", text)


def check_name(kind: str, name: str) -> None:
    """Raises ArmError where a resource may not be called so."""
    if kind.startswith("Microsoft.Network/"):
        if not _NETWORK.fullmatch(name):
            text = (
                f"Resource name {name} is invalid. The name can be up to 80 characters long. It must begin with a word "
                "character, and it must end with a word character or with '_'. The name may contain word characters or "
                "'.', '-', '_'."
            )
            raise ArmError("InvalidResourceName", text, details=[])
        return
    if not _COMPUTE.fullmatch(name):
        rule = r"^[^_\W][\w-._]{0,79}(?<![-.])$"
        raise invalid_parameter(
            _target(kind), f"The entity name '{name}' is invalid according to its validation rule: {rule}."
        )
    if kind == "Microsoft.Compute/virtualMachines" and len(name) > 64:
        raise invalid_parameter("vmName", f"Linux virtual machine name '{name}' cannot exceed 64 characters in length.")


def _target(kind: str) -> str:
    last = kind.rpartition("/")[2]
    return "vmName" if last == "virtualMachines" else f"{last.removesuffix('s')}Name"


def check_tags(tags: Mapping[str, Any]) -> None:
    """Raises ArmError: at most 50 tags, names of at most 512 letters and none reserved, values of at most 256."""
    if len(tags) > MOST_TAGS:
        text = f"The number of tags {len(tags)} exceeds the limit of {MOST_TAGS} tags for a resource."
        raise ArmError("InvalidTagCount", text)
    for name, value in tags.items():
        if set(name) & _TAG_NAME_FORBIDDEN:
            text = f"The tag names '{name}' have reserved characters '<,>,%,&,\\,?,/' or control characters."
            raise ArmError("InvalidTagNameCharacters", text)
        if len(name) > TAG_NAME_LENGTH:
            text = f"Tag name too large. Following tag name '{name[:40]}…' exceeded the maximum length."
            raise ArmError(
                "InvalidTagNameLength", f"{text} Maximum allowed length for tag name - '{TAG_NAME_LENGTH}' characters."
            )
        if len(str(value)) > TAG_VALUE_LENGTH:
            text = f"Tag value too large. Following tag value '{str(value)[:40]}…' exceeded the maximum length."
            raise ArmError(
                "InvalidTagValueLength",
                f"{text} Maximum allowed length for tag value - '{TAG_VALUE_LENGTH}' characters.",
            )
    lower = [name.lower() for name in tags]
    if len(set(lower)) < len(lower):
        raise ArmError("InvalidTagName", "Tag names are case-insensitive: the same tag name is given twice.")
