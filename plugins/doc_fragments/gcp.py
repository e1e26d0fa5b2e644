# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of GCP's own words: where, and with which credentials."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  impersonate_service_account:
    description:
      - The e-mail of a service account to act as, for which the credentials need the role Service Account Token Creator.
      - The credentials themselves are Google's application default credentials (E(GOOGLE_APPLICATION_CREDENTIALS), or
        C(gcloud auth application-default login), or the service account of the machine). No option takes a secret.
    type: str
  endpoint_url:
    description:
      - The URL of the Compute Engine API, for private and sovereign endpoints. Unset means Google's own, or
        E(CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE).
    type: str
requirements:
  - google-auth >= 2.29
  - requests >= 2.31
notes:
  - Calls that Google throttles are repeated with growing pauses, or after the time that its answer names.
"""

    # The inventory reads several at once, and has options of its own for that.
    REGION = r"""
options:
  project:
    description:
      - The id of the project. Unset means E(GOOGLE_CLOUD_PROJECT), then the project of the credentials.
    type: str
  region:
    description:
      - The region. Unset means E(CLOUDSDK_COMPUTE_REGION).
    type: str
"""
