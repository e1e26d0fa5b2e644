# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of AWS's own words: where, and with which credentials."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  profile:
    description:
      - The profile of the AWS configuration files. Unset means the SDK's default chain (environment, SSO, instance role).
      - No option takes a secret.
    type: str
  endpoint_url:
    description:
      - The URL of the EC2 endpoint, for private and sovereign endpoints. Unset means AWS's own, or E(AWS_ENDPOINT_URL).
    type: str
requirements:
  - boto3 >= 1.35
notes:
  - Calls that EC2 throttles are repeated with growing pauses, or after the time that its answer names.
"""

    # The inventory reads several at once, and has an option of its own for that.
    REGION = r"""
options:
  region:
    description:
      - The AWS region. Unset means what the AWS tools use, E(AWS_REGION) or the profile's region.
    type: str
"""
