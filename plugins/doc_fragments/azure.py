# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of Azure's own words: where, and with which credentials."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  endpoint_url:
    description:
      - The URL of Azure Resource Manager, for sovereign and private clouds. Unset means Azure's own, or
        E(ARM_RESOURCE_MANAGER_ENDPOINT). It must be https. E(AZURE_AUTHORITY_HOST) says where tokens come from.
      - Credentials are those of Azure's tools, in this order, the environment (E(AZURE_CLIENT_ID) and its fellows), a workload identity,
        the machine's managed identity, C(az login). No option takes a secret.
    type: str
requirements:
  - azure-core >= 1.30
  - azure-identity >= 1.16
  - azure-mgmt-core >= 1.4
notes:
  - Calls that Azure throttles are repeated after the time that its answer names, else with growing pauses. An operation that
    takes long is asked after no more often than Azure says.
"""

    # The inventory reads several at once, and has options of its own for that.
    PLACE = r"""
options:
  subscription_id:
    description: The id of the subscription. Unset means E(AZURE_SUBSCRIPTION_ID).
    type: str
  resource_group:
    description:
      - The resource group. M(aienv.cloud.azure_network) makes it where it is missing, and deletes it with the network if it made it
        and nothing is left in it; the others need it to be there.
    type: str
    required: true
  location:
    description: The location such as V(eastus), needed where something is made. What exists stays where it is.
    type: str
"""
