#!/usr/bin/python
# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façade: VPC firewall rules for one network tag as a declared-complete firewall."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_firewall
short_description: Manage a firewall on GCP (the VPC firewall rules of a network tag)
version_added: 0.1.0
author: aienv.cloud contributors (@aienv)
description:
  - Manages a firewall by name as a complete set of rules for incoming traffic. It is for the VMs that bear its network
    tag, C(aienv-NAME), which M(aienv.cloud.gcp_vm) gives to them. Rules that somebody else made for this tag are removed,
    unless O(purge=false).
  - One rule of Google's stands for each set of sources, and one denies everything else, so that the rules of Google's
    default network (SSH and RDP from anywhere) do not count for these VMs.
  - Outgoing traffic is left as it is; Google allows all of it by default.
  - Google keeps no labels for firewall rules. O(labels) and O(description) stand in the description of the rule that
    denies, where they can be changed at any time, but no bill knows them.
  - Rules for other tags, or for all VMs of the network, are never touched; they let in what they let in.
extends_documentation_fragment:
  - aienv.cloud.firewall
  - aienv.cloud.gcp
  - aienv.cloud.gcp.region
  - aienv.cloud.attributes
"""

EXAMPLES = r"""
- name: Let one office in by SSH, and the VMs of the firewall reach each other
  aienv.cloud.gcp_firewall:
    name: devbox
    network: devbox
    region: us-central1
    rules:
      - service: ssh
        sources: [203.0.113.0/24]
        description: office
      - protocol: all
        sources: [devbox]
      - protocol: tcp
        ports: ["443", "8000-8100"]
        sources: [203.0.113.0/24, "2001:db8::/32"]

- name: Delete the firewall
  aienv.cloud.gcp_firewall:
    name: devbox
    network: devbox
    region: us-central1
    state: absent
"""

RETURN = r"""
firewalls:
  description: The firewall as it is after the run; empty when it does not exist.
  returned: always
  type: list
  elements: dict
  sample:
    - id: "4720361828164590317"
      name: devbox
      cloud: gcp
      region: us-central1
      network: devbox
      description: Firewall devbox, managed by aienv.cloud
      labels: {}
      rules:
        - {protocol: tcp, first_port: 22, last_port: 22, source: 203.0.113.0/24, description: office}
actions:
  description: What was done, or in check mode would be done, in words.
  returned: success
  type: list
  elements: str
  sample: ["create devbox"]
attempts:
  description: One entry if the firewall had to be made.
  returned: always
  type: list
  elements: dict
  sample: [{machine_type: null, zone: null, asked: 1, made: 1, code: null, detail: null}]
error:
  description: What went wrong, for programs.
  returned: failure
  type: dict
  sample: {code: ambiguous, cloud: gcp, operation: firewalls.insert, resource: "", detail: "..."}
"""

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.firewalls import RESOURCE
from ansible_collections.aienv.cloud.plugins.module_utils.run import run


def main() -> None:
    run(RESOURCE)


if __name__ == "__main__":
    main()
