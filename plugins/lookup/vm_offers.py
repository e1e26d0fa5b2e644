# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façade: compare what the clouds offer, in an expression."""

from __future__ import annotations

DOCUMENTATION = r"""
name: vm_offers
short_description: Compare the machines that the clouds offer, by need and price
version_added: 0.1.0
author: aienv.cloud contributors (@aienv)
description:
  - The offers that M(aienv.cloud.vm_offers) lists, for use in an expression; that module also says why others were left out and how
    much memory a model needs.
extends_documentation_fragment:
  - aienv.cloud.offers
options:
  _terms:
    description: Models of GPUs, the same as O(gpu_models).
seealso:
  - module: aienv.cloud.vm_offers
"""

EXAMPLES = r"""
- name: Take the cheapest machine with an L4 in Google's main regions
  ansible.builtin.set_fact:
    offer: "{{ query('aienv.cloud.vm_offers', 'l4', clouds=['gcp']) | first }}"

- name: Say what eight of them would cost a month as spot
  ansible.builtin.debug:
    msg: "{{ lookup('aienv.cloud.vm_offers', 'l4', market='spot', count=8, limit=1, wantlist=true)[0].total_monthly }}"
"""

RETURN = r"""
_raw:
  description: The offers, each as M(aienv.cloud.vm_offers) returns it, in the order asked for.
  type: list
  elements: dict
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.module_utils.common.validation import check_type_list
from ansible.plugins.lookup import LookupBase

from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
from ansible_collections.aienv.cloud.plugins.module_utils.model.option import parse
from ansible_collections.aienv.cloud.plugins.module_utils.offers import QUERY


class LookupModule(LookupBase):
    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **options: Any) -> list[dict[str, Any]]:
        """Raises AnsibleLookupError with the sentence that the module would fail with."""
        try:
            models = [*self._flatten(terms), *check_type_list(options.get("gpu_models") or [])]
            self.set_options(var_options=variables, direct=options | ({"gpu_models": models} if terms else {}))
            asked = parse(QUERY.options, self.get_options()).verified()
            return list(QUERY.answer(asked)["offers"])
        except (CloudError, TypeError) as error:
            raise AnsibleLookupError(str(error)) from error
