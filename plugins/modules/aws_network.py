#!/usr/bin/python
# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façade: a VPC with subnets, internet gateway and route."""

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_network
short_description: Manage an isolated network on AWS (VPC, subnets, internet gateway, route)
version_added: 0.1.0
author: aienv.cloud contributors (@aienv)
description:
  - Manages a VPC with one subnet per zone, an internet gateway and the default route through it, as one thing with one name.
  - The parts are made in order and deleted in reverse. A network of which only a part exists is completed, or deleted.
  - Networks that this collection did not make are never touched.
extends_documentation_fragment:
  - aienv.cloud.network
  - aienv.cloud.aws
  - aienv.cloud.aws.region
  - aienv.cloud.attributes
"""

EXAMPLES = r"""
- name: Make a network with a subnet in every zone of the region
  aienv.cloud.aws_network:
    name: devbox
    region: us-east-1

- name: Make a network in two zones with a range of its own
  aienv.cloud.aws_network:
    name: train
    cidr: 10.42.0.0/16
    zones: [us-east-1a, us-east-1b]
    region: us-east-1

- name: Delete it
  aienv.cloud.aws_network:
    name: train
    region: us-east-1
    state: absent
"""

RETURN = r"""
networks:
  description: The network as it is after the run; empty when it does not exist.
  returned: always
  type: list
  elements: dict
  sample:
    - id: vpc-0a1b2c3d4e5f60718
      name: devbox
      cloud: aws
      region: us-east-1
      cidr: 10.20.0.0/16
      subnets:
        - {id: subnet-0a1b2c3d4e5f60718, zone: us-east-1a, cidr: 10.20.0.0/20}
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
  sample: {code: in_use, cloud: aws, operation: delete_subnet, resource: "", detail: "..."}
"""

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.networks import RESOURCE
from ansible_collections.aienv.cloud.plugins.module_utils.run import run


def main() -> None:
    run(RESOURCE)


if __name__ == "__main__":
    main()
