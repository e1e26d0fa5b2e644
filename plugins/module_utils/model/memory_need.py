# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much GPU memory a language model takes: an estimate from published formulas, with every step shown.

Formulas, their sources and how far they are off published figures: docs/offers.md. GB are 10^9 bytes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .decoder_table import TABLE
from .rounding import rounded

# Bytes of a weight. 4 bits take 4.127 with their constants: QLoRA, arXiv:2305.14314, section 3, "double quantization".
BYTES = {"fp32": 4.0, "bf16": 2.0, "fp16": 2.0, "fp8": 1.0, "int8": 1.0, "int4": 4.127 / 8}
# The first compute capability with it in its tensor cores: https://developer.nvidia.com/cuda-gpus, tensor core generations.
LEAST_CAPABILITY = {"bf16": 8.0, "fp8": 8.9}
# Weight, gradient and Adam's state of a trained parameter in mixed precision: ZeRO, arXiv:1910.02054, section 3.1.
TRAINED_BYTES = 16
# Of a layer's activations all but the input is computed again: arXiv:2205.05198, table 2 (2sbh a layer) and equation 1
# (34sbh in the layer at work; its attention matrix is not kept by FlashAttention).
KEPT_BYTES, WORKING_BYTES = 2, 34
LOGIT_BYTES = 8  # logits and their gradient, both fp32
# What vLLM and others leave of a card to the driver's context, kernels and fragments: gpu_memory_utilization is 0.9 by default.
USABLE = 0.9
GIGA = 1e9


@dataclass(frozen=True)
class Decoder:
    """The sizes of a decoder. `key_size`: width of all key heads of a layer together."""

    name: str
    parameters_b: float
    layers: int
    hidden: int
    feed_forward: int
    key_size: int
    vocabulary: int
    tied: bool = False

    @property
    def adapted(self) -> int:
        """Inputs and outputs of all linear maps of the layers: times the rank, the parameters of LoRA."""
        attention = 4 * self.hidden + 2 * (self.hidden + self.key_size)
        return self.layers * (attention + 3 * (self.hidden + self.feed_forward))


def _decoder(name: str, parameters: str, *sizes: str) -> Decoder:
    layers, hidden, feed_forward, key_size, vocabulary = (int(size) for size in sizes[:5])
    return Decoder(name, float(parameters), layers, hidden, feed_forward, key_size, vocabulary, tied=sizes[5] == "tied")


DECODERS = tuple(_decoder(*line.split(" ")) for line in TABLE.strip().split("\n"))


def nearest(parameters_b: float) -> Decoder:
    """The published model of the nearest size."""
    return min(DECODERS, key=lambda decoder: abs(math.log(decoder.parameters_b / parameters_b)))


@dataclass(frozen=True)
class MemoryNeed:
    """A model's task. `context` in tokens for each of `batch` sequences at a time, in the whole machine."""

    parameters_b: float
    task: str
    precision: str
    context: int
    batch: int
    lora_rank: int

    @cached_property
    def decoder(self) -> Decoder:
        return nearest(self.parameters_b)

    @cached_property
    def parts(self) -> Mapping[str, tuple[float, str]]:
        """GB of each part, and how it was computed."""
        if self.task == "inference":
            return self._weights() | self._cache()
        trained = self._weights() | self._adapters() if self.task == "lora" else self._states()
        return trained | self._activations()

    @property
    def total_gb(self) -> float:
        return sum(gb for gb, _formula in self.parts.values())

    @property
    def gpu_memory_gb(self) -> float:
        """What the GPUs of a machine must have together."""
        return self.total_gb / USABLE

    def accepts(self, gpu_memory_total_gb: float) -> bool:
        return gpu_memory_total_gb >= self.gpu_memory_gb

    def result(self) -> dict[str, Any]:
        """As users see it."""
        formula = [f"{name} = {text} = {gb:.4g} GB" for name, (gb, text) in self.parts.items()]
        total = " + ".join(self.parts)
        return {
            "gpu_memory_gb": rounded(self.gpu_memory_gb, 2),
            "total_gb": rounded(self.total_gb, 2),
            "parts_gb": {name: rounded(gb, 3) for name, (gb, _text) in self.parts.items()},
            "formula": [*formula, f"gpu_memory = ({total}) / {USABLE:g} usable = {self.gpu_memory_gb:.4g} GB"],
            "sizes_of": self.decoder.name,
        }

    def _weights(self) -> dict[str, tuple[float, str]]:
        size = BYTES[self.precision]
        text = f"{self.parameters_b:g}e9 parameters x {size:.4g} bytes ({self.precision})"
        return {"weights": (self.parameters_b * size, text)}

    def _cache(self) -> dict[str, tuple[float, str]]:
        """Keys and values of every token, in 16 bits also where the weights have fewer, as servers do by default."""
        d, size = self.decoder, 4 if self.precision == "fp32" else 2
        gb = 2 * d.layers * d.key_size * size * self.context * self.batch / GIGA
        text = (
            f"2 (keys, values) x {d.layers} layers x {d.key_size} x {size} bytes x {self.context} tokens x {self.batch}"
        )
        return {"kv_cache": (gb, text)}

    def _adapters(self) -> dict[str, tuple[float, str]]:
        parameters = self.lora_rank * self.decoder.adapted
        text = f"rank {self.lora_rank} x {self.decoder.adapted} (all linear layers) x {TRAINED_BYTES} bytes (mixed precision Adam)"
        return {"adapters": (parameters * TRAINED_BYTES / GIGA, text)}

    def _states(self) -> dict[str, tuple[float, str]]:
        text = (
            f"{self.parameters_b:g}e9 parameters x {TRAINED_BYTES} bytes (weights, gradients, Adam in mixed precision)"
        )
        return {"model_states": (self.parameters_b * TRAINED_BYTES, text)}

    def _activations(self) -> dict[str, tuple[float, str]]:
        d, tokens = self.decoder, self.context * self.batch
        kept = f"({KEPT_BYTES} x {d.layers} layers + {WORKING_BYTES}) x {d.hidden} hidden x {tokens} tokens"
        logits = f"{LOGIT_BYTES} bytes x {d.vocabulary} words x {tokens} tokens"
        return {
            "activations": ((KEPT_BYTES * d.layers + WORKING_BYTES) * d.hidden * tokens / GIGA, kept),
            "logits": (LOGIT_BYTES * d.vocabulary * tokens / GIGA, logits),
        }
