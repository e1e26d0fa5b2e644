# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façade: the software stack of a GPU machine as a filter. Documentation: gpu_stack.yml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.module_utils.common.validation import check_type_bool

from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError, InvalidOption
from ansible_collections.aienv.cloud.plugins.module_utils.model.option import Option, options_of, parse
from ansible_collections.aienv.cloud.plugins.module_utils.model.stack.request import Request
from ansible_collections.aienv.cloud.plugins.module_utils.model.stack.resolve import resolve


def gpu_stack(gpus: str | list[str] | None, **options: Any) -> dict[str, Any]:
    """The stack as a dictionary. Raises AnsibleFilterError with the sentence of the refusal."""
    try:
        request = parse(Request, typed({**options, "gpus": gpus})).verified()
        return resolve(request).as_dict()
    except CloudError as error:
        raise AnsibleFilterError(f"aienv.cloud.gpu_stack: {error}") from error


def typed(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options in their declared types; empty text means unset, as role defaults write it. Raises InvalidOption."""
    declared = dict(options_of(Request))
    unknown = [name for name in options if name not in declared]
    if unknown:
        raise InvalidOption(unknown[0], options[unknown[0]], f"no such option; there are: {', '.join(declared)}")
    values = {name: _typed(name, option, options.get(name)) for name, option in declared.items()}
    for name, option in declared.items():
        if values[name] is None and option.required:
            raise InvalidOption(name, None, "it is required")
    return values


def _typed(name: str, option: Option, value: Any) -> Any:
    if value is None or value in ("", []):
        return option.default
    if option.type == "bool":
        try:
            return check_type_bool(value)
        except TypeError:
            raise InvalidOption(name, value, "true or false is expected") from None
    if option.type == "list":
        return [str(item) for item in ([value] if isinstance(value, str) else value)]
    if option.choices and value not in option.choices:
        raise InvalidOption(name, value, f"one of these is expected: {', '.join(option.choices)}")
    return str(value)


class FilterModule:
    """What Ansible asks for the filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"gpu_stack": gpu_stack}
