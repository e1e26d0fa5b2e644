"""Asking for offers in tests: the options as Ansible hands them over, and the answer as users see it."""

from __future__ import annotations

from typing import Any

from ansible_collections.aienv.cloud.plugins.module_utils import offers
from ansible_collections.aienv.cloud.plugins.module_utils.model.offer_request import OfferOptions
from tests.unit.plugins.builders import parsed


def ask(**options: Any) -> dict[str, Any]:
    return offers.answer(parsed(OfferOptions, **options).verified())


def live(**options: Any) -> dict[str, Any]:
    return ask(availability="live", **options)
