#!/usr/bin/python
# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façade: compare what the clouds offer."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vm_offers
short_description: Compare the machines that the clouds offer, by need and price
version_added: 0.1.0
author: aienv.cloud contributors (@aienv)
description:
  - Lists machine types of AWS, Azure and GCP that meet a need, with their list prices, the cheapest first, and says how many others were
    left out for which reason.
  - Unless told otherwise it asks nobody and needs no account. Shapes and prices are tables in the collection, each price with its source
    and date; a price that no trustworthy source says is V(null), and such offers come last.
extends_documentation_fragment:
  - aienv.cloud.offers
  - aienv.cloud.attributes
  - aienv.cloud.attributes.info
seealso:
  - plugin: aienv.cloud.vm_offers
    plugin_type: lookup
    description: The same as a lookup.
"""

EXAMPLES = r"""
- name: Find the cheapest machines with one L4 or L40S
  aienv.cloud.vm_offers:
    gpu_models: [l4, l40s]
    gpu_count: 1
  register: found

- name: Say which is the cheapest
  ansible.builtin.debug:
    msg: >-
      {{ found.offers[0].machine_type }} in {{ found.offers[0].region }} costs {{ found.offers[0].hourly_price }} USD per hour
      (as of {{ found.offers[0].price_date }})

- name: Find four spot machines in the United States for at most 2 dollars an hour each
  aienv.cloud.vm_offers:
    regions: ["us-*", "eastus*", "westus*"]
    gpu_memory_gb: 24
    market: spot
    max_hourly_price: 2
    count: 4

- name: Find machines that serve a model of 70 billion parameters in 8 bits to eight users at a time
  aienv.cloud.vm_offers:
    model_parameters_b: 70
    precision: fp8
    context: 16384
    batch: 8
    sort: price_per_tflop

- name: Ask AWS which zones have eight H100 in the United States, and whether the quota covers two such machines
  aienv.cloud.vm_offers:
    clouds: [aws]
    regions: ["us-*"]
    gpu_models: [h100]
    gpu_count: 8
    count: 2
    availability: live
"""

RETURN = r"""
offers:
  description: The offers in the order asked for, at most O(limit).
  returned: success
  type: list
  elements: dict
  contains:
    cloud: {description: The cloud., type: str, returned: always, sample: gcp}
    region:
      description: The region; V(null) where no list says in which the type is offered.
      type: str
      returned: always
      sample: us-east4
    available:
      description: Whether the region has the type, where the cloud was asked; else V(null).
      type: bool
      returned: always
      sample: null
    zones:
      description: The zones that have it, where the cloud was asked; else V(null).
      type: list
      elements: str
      returned: always
      sample: null
    machine_type: {description: The cloud's own name of the size., type: str, returned: always, sample: g2-standard-4}
    market: {description: The billing model., type: str, returned: always, sample: on_demand}
    vcpus: {description: Virtual CPUs., type: int, returned: always, sample: 4}
    memory_gb: {description: Main memory in GiB., type: float, returned: always, sample: 16.0}
    architecture: {description: V(x86_64) or V(arm64)., type: str, returned: always, sample: x86_64}
    gpu_model: {description: The GPU's model; V(null) without one., type: str, returned: always, sample: l4}
    gpu_count: {description: GPUs in the machine; a fraction for a part of a card., type: float, returned: always, sample: 1}
    gpu_memory_gb: {description: Memory of each GPU., type: float, returned: always, sample: 24}
    gpu_memory_total_gb: {description: Memory of all GPUs of the machine., type: float, returned: always, sample: 24}
    interconnect:
      description:
        - How the GPUs of the machine reach each other (RV(ignore:gpus), V(nvswitch), V(nvlink) or V(pcie)), and the fast network
          between machines (RV(ignore:network), V(efa), V(infiniband), V(gpudirect-tcpx), V(gpudirect-tcpxo) or V(roce)).
        - V(null) is no other than any machine's, or not known.
      type: dict
      returned: always
      sample: {gpus: null, network: null}
    hourly_price: {description: US dollars per hour of one machine with Linux; V(null) where not known., type: float, returned: always, sample: 0.704518}
    price_date: {description: The day on which the price was true., type: str, returned: always, sample: "2026-08-03"}
    price_source: {description: Who said it., type: str, returned: always, sample: "cloudpilot-ai/karpenter-provider-gcp, …"}
    price_stale: {description: Whether that is more than 90 days ago., type: bool, returned: always, sample: true}
    price_cross_checked: {description: Whether a second source says the same., type: bool, returned: always, sample: false}
    count: {description: As O(count)., type: int, returned: always, sample: 1}
    total_hourly: {description: US dollars per hour of all O(count) machines., type: float, returned: always, sample: 0.704518}
    total_monthly: {description: The same for a month of 730 hours., type: float, returned: always, sample: 514.3}
    price_per_gpu_hour: {description: US dollars per hour of one GPU., type: float, returned: always, sample: 0.704518}
    tflops_bf16:
      description: TFLOPS of all GPUs of the machine, dense bf16, by NVIDIA's data sheets; V(null) where a GPU has no bf16.
      type: float
      returned: always
      sample: 121
    price_per_tflop_hour: {description: US dollars per hour of one of those., type: float, returned: always, sample: 0.00582246}
    driver:
      description: What the GPUs ask of NVIDIA's driver, by the tables of P(aienv.cloud.gpu_stack#filter); V(null) without GPUs.
      type: dict
      returned: always
      sample:
        flavours: [open, proprietary]
        least_version: 525.60.13
        last_branch: null
        fabric_manager: false
        nvlsm: false
        grid: false
    quota:
      description:
        - Whether the account's quota covers O(count) more machines (RV(ignore:covers)), by what is used of it now; V(null) where the cloud was not
          asked, and where it has none or does not tell.
        - An offer whose quota does not cover it is listed all the same, because a quota can be raised.
      type: dict
      returned: always
      sample: {covers: true, name: NVIDIA_L4_GPUS, limit: 16.0, used: 4.0, unit: gpus}
left_out:
  description:
    - How many other offers were left out, by the first reason that speaks against each. An offer is a machine type in a region in a market.
    - V(special) are old, special and bare-metal types that no price list names; V(not_offered) only counts with O(availability=live),
      V(price_unknown) only counts with O(max_hourly_price); V(limit) are those that would have followed.
  returned: success
  type: dict
  sample: {gpu_model: 2217, limit: 65}
need:
  description: The GPU memory that the model takes, with each step; V(null) without O(model_parameters_b).
  returned: success
  type: dict
  sample:
    gpu_memory_gb: 20.24
    total_gb: 18.22
    parts_gb: {weights: 16.06, kv_cache: 2.147}
    formula:
      - weights = 8.03e9 parameters x 2 bytes (bf16) = 16.06 GB
      - kv_cache = 2 (keys, values) x 32 layers x 1024 x 2 bytes x 16384 tokens x 1 = 2.147 GB
      - gpu_memory = (weights + kv_cache) / 0.9 usable = 20.23 GB
    sizes_of: Llama-3.1-8B
error:
  description: What went wrong, for programs.
  returned: failure
  type: dict
  sample: {code: invalid, cloud: "", operation: "", resource: gpu_models, detail: "..."}
"""

from ansible_collections.aienv.cloud.plugins.module_utils.offers import QUERY
from ansible_collections.aienv.cloud.plugins.module_utils.run import run_query


def main() -> None:
    run_query(QUERY)


if __name__ == "__main__":
    main()
