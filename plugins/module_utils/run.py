# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From Ansible's module arguments to the engine and back: the only file that knows AnsibleModule and check mode."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from .clouds.interface import Info, Query, Resource
from .engine.keep import keep
from .engine.reconcile import reconcile
from .engine.wait import RealClock
from .model.error import CloudError
from .model.option import argument_spec, parse
from .model.resource import Result


def run(resource: Resource) -> None:
    """Manage a resource: verify offline, connect, reconcile, report."""
    _run(resource, reconcile)


def run_snapshots(resource: Resource) -> None:
    """Keep snapshots: the same, but what there is to take is seen and not declared."""
    _run(resource, keep)


def _run(resource: Resource, flow: Callable[..., Result]) -> None:
    module = _module(resource.options)
    try:
        options = parse(resource.options, module.params).verified()
        policy = dataclasses.replace(options.policy, apply=not module.check_mode)
        result = flow(resource.connect(options), options.desired(), policy, RealClock(), resource.view)
    except CloudError as error:
        module.fail_json(msg=str(error), error=error.as_dict(), **_listed(resource, error.existing, error.attempts))
    module.exit_json(
        changed=result.changed,
        actions=list(result.actions),
        diff=_diff(result),
        **_listed(resource, result.states, result.attempts),
    )


def run_info(resource: Info) -> None:
    """Only look."""
    module = _module(resource.options)
    try:
        states = resource.find(parse(resource.options, module.params))
    except CloudError as error:
        module.fail_json(msg=str(error), error=error.as_dict())
    module.exit_json(changed=False, **{resource.plural: [resource.render(state) for state in states]})


def run_query(query: Query) -> None:
    """Only answer a question."""
    module = _module(query.options)
    try:
        answer = query.answer(parse(query.options, module.params).verified())
    except CloudError as error:
        module.fail_json(msg=str(error), error=error.as_dict())
    module.exit_json(changed=False, **answer)


def _module(options: type) -> AnsibleModule:
    return AnsibleModule(
        argument_spec=argument_spec(options),
        mutually_exclusive=list(getattr(options, "EXCLUSIVE", [])),
        required_by=dict(getattr(options, "REQUIRED_BY", {})),
        supports_check_mode=True,
    )


def _listed(resource: Resource, states: Any, attempts: Any) -> dict[str, Any]:
    listed = {resource.plural: [resource.render(state) for state in states if state.owned]}
    tried = {"attempts": [dataclasses.asdict(attempt) for attempt in attempts]}
    return listed | tried if resource.has_candidates else listed


def _diff(result: Result) -> dict[str, Any]:
    return {"before": dict(result.before), "after": dict(result.after)}
