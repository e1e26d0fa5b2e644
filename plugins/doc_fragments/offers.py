# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of what may be asked of the offers, by the module and by the lookup."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  clouds:
    description: The clouds to choose from.
    type: list
    elements: str
    choices: [aws, azure, gcp]
    default: [aws, azure, gcp]
  regions:
    description:
      - Patterns of region names, such as V(us-*) or V(europe-west4); a region that matches any of them is meant. Unset means all.
      - The catalog knows a few main regions of each cloud; a pattern that matches none of them is refused with their list.
      - Where the clouds are asked, by O(availability=live) or O(refresh), any other region may be named in full, such as V(eastus2).
    type: list
    elements: str
  gpu_models:
    description:
      - Any of these GPUs, such as V(l4), V(a100-80gb) or V(h100). Unset means any machine, also without GPUs.
    type: list
    elements: str
  gpu_memory_gb:
    description: At least so much memory on each GPU, in GB. A part of a card has only its part.
    type: float
  gpu_count:
    description: Exactly so many GPUs in a machine; V(0) means machines without. Unset means any number, parts of a card too.
    type: int
  min_vcpus:
    description: At least so many vCPUs.
    type: int
  min_memory_gb:
    description: At least so much main memory, in GiB.
    type: float
  architecture:
    description: The processor's architecture. Unset means any.
    type: str
    choices: [x86_64, arm64]
  market:
    description:
      - The billing model. V(reserved_1y) and V(reserved_3y) are commitments of one and three years.
      - V(any) lists a machine once for each of them.
    type: str
    choices: [on_demand, spot, reserved_1y, reserved_3y, any]
    default: on_demand
  max_hourly_price:
    description: At most so many US dollars per hour for one machine. Machines whose price nobody says are then left out.
    type: float
  count:
    description: How many machines the totals are for.
    type: int
    default: 1
  sort:
    description:
      - What the list is in the order of, the least first; what is not known comes last.
      - V(price) is a machine's price per hour, V(price_per_gpu) that of one of its GPUs, V(price_per_tflop) that of a TFLOPS of
        dense bf16.
    type: str
    choices: [price, price_per_gpu, price_per_tflop]
    default: price
  limit:
    description: At most so many offers; V(0) means all.
    type: int
    default: 20
  availability:
    description:
      - V(catalog) asks nobody. V(live) asks the clouds in O(clouds) with your credentials which zones have the machines, how much of the
        quota is left, and on AWS for the spot price of now. What a region does not have is then left out.
      - The credentials are found as by the other modules of each cloud, and so are endpoints, by the variables that its own tools read.
        A cloud without credentials is an error; name those that you have in O(clouds).
    type: str
    choices: [catalog, live]
    default: catalog
  refresh:
    description:
      - Whether list prices are asked of the clouds, V(always) or where the table's is older than 90 days or missing (V(stale)). What a cloud does
        not answer stays as it is in the table.
      - It takes seconds to minutes for each region. Azure tells everybody; AWS needs C(pricing:GetProducts) and
        C(ec2:DescribeSpotPriceHistory), GCP a key of the Cloud Billing API in E(GOOGLE_API_KEY) or application default credentials.
      - To renew the collection's own tables, a checkout has C(tools/refresh_prices.py).
    type: str
    choices: [never, stale, always]
    default: never
  profile:
    description: A profile of the AWS configuration. Unset means what every AWS tool would take.
    type: str
  project:
    description: The GCP project whose quota counts. Unset means E(GOOGLE_CLOUD_PROJECT), then the credentials' own.
    type: str
  subscription_id:
    description: The Azure subscription whose quota counts. Unset means E(AZURE_SUBSCRIPTION_ID).
    type: str
  model_parameters_b:
    description:
      - The size of a language model in billions of parameters. Machines whose GPUs together have not the memory that it takes
        are left out; the module returns how much that is and how it was computed.
      - It is an estimate from published formulas; see docs/offers.md.
    type: float
  task:
    description:
      - What is done with the model. V(lora) trains adapters of all linear layers, V(full_training) all weights with Adam in mixed precision,
        both with activations computed again. With O(model_parameters_b) unset means V(inference).
    type: str
    choices: [inference, lora, full_training]
  precision:
    description:
      - What the weights are kept in; with V(lora) those that are not trained. GPUs that cannot compute in it are left out.
      - With O(model_parameters_b) unset means V(bf16).
    type: str
    choices: [fp32, bf16, fp16, fp8, int8, int4]
  context:
    description: Tokens of one sequence. With O(model_parameters_b) unset means 8192.
    type: int
  batch:
    description: Sequences at a time in one machine. With O(model_parameters_b) unset means 1.
    type: int
  lora_rank:
    description: Rank of the adapters. With O(task=lora) unset means 16.
    type: int
"""
