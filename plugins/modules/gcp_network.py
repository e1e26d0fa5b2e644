#!/usr/bin/python
# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façade: a custom-mode VPC network with a subnetwork."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_network
short_description: Manage an isolated network on GCP (VPC network, subnetwork)
version_added: 0.1.0
author: aienv.cloud contributors (@aienv)
description:
  - Manages a custom-mode VPC network with one subnetwork in the region, as one thing with one name. The way to the
    internet comes with the network.
  - A subnetwork covers all zones of its region, so O(zones) is only checked. It gets the first free sixteenth of O(cidr).
  - The same name in another region is the same network with one more subnetwork; V(absent) deletes the region's
    subnetwork, and the network with the last of them.
  - The parts are made in order and deleted in reverse. A network of which only a part exists is completed, or deleted.
  - Google keeps no labels for networks. O(labels) stand in the description when the network is made, and cannot be
    changed afterwards.
  - Networks that this collection did not make are never touched; one of the same name is an error.
extends_documentation_fragment:
  - aienv.cloud.network
  - aienv.cloud.gcp
  - aienv.cloud.gcp.region
  - aienv.cloud.attributes
"""

EXAMPLES = r"""
- name: Make a network with a subnetwork in the region
  aienv.cloud.gcp_network:
    name: devbox
    region: us-central1

- name: Make a network with a range of its own
  aienv.cloud.gcp_network:
    name: train
    cidr: 10.42.0.0/16
    region: us-central1

- name: Delete it
  aienv.cloud.gcp_network:
    name: train
    region: us-central1
    state: absent
"""

RETURN = r"""
networks:
  description: The network as it is after the run; empty when it does not exist.
  returned: always
  type: list
  elements: dict
  sample:
    - id: "5180236497723014628"
      name: devbox
      cloud: gcp
      region: us-central1
      cidr: 10.20.0.0/16
      subnets:
        - {id: devbox, zone: us-central1, cidr: 10.20.0.0/20}
      labels: {}
actions:
  description: What was done, or in check mode would be done, in words.
  returned: success
  type: list
  elements: str
  sample: ["create devbox"]
attempts:
  description: One entry if the network had to be made.
  returned: always
  type: list
  elements: dict
  sample: [{machine_type: null, zone: null, asked: 1, made: 1, code: null, detail: null}]
error:
  description: What went wrong, for programs.
  returned: failure
  type: dict
  sample: {code: in_use, cloud: gcp, operation: networks.delete, resource: "", detail: "..."}
"""

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.networks import RESOURCE
from ansible_collections.aienv.cloud.plugins.module_utils.run import run


def main() -> None:
    run(RESOURCE)


if __name__ == "__main__":
    main()
