#!/usr/bin/python
# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façade: an EC2 security group as a declared-complete firewall."""

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_firewall
short_description: Manage a firewall on AWS (a security group)
version_added: 0.1.0
author: aienv.cloud contributors (@aienv)
description:
  - Manages a security group by name as a complete set of rules for incoming traffic. Rules that somebody added by hand
    are removed, unless O(purge=false).
  - Outgoing traffic is left as it is; EC2 allows all of it by default.
  - A security group that this collection did not make is never touched; one of the same name is an error.
extends_documentation_fragment:
  - aienv.cloud.firewall
  - aienv.cloud.aws
  - aienv.cloud.aws.region
  - aienv.cloud.attributes
"""

EXAMPLES = r"""
- name: Let one office in by SSH, and the VMs of the firewall reach each other
  aienv.cloud.aws_firewall:
    name: devbox
    network: devbox
    region: us-east-1
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
  aienv.cloud.aws_firewall:
    name: devbox
    network: devbox
    region: us-east-1
    state: absent
"""

RETURN = r"""
firewalls:
  description: The firewall as it is after the run; empty when it does not exist.
  returned: always
  type: list
  elements: dict
  sample:
    - id: sg-0a1b2c3d4e5f60718
      name: devbox
      cloud: aws
      region: us-east-1
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
  sample: {code: ambiguous, cloud: aws, operation: create_security_group, resource: "", detail: "..."}
"""

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.firewalls import RESOURCE
from ansible_collections.aienv.cloud.plugins.module_utils.run import run


def main() -> None:
    run(RESOURCE)


if __name__ == "__main__":
    main()
