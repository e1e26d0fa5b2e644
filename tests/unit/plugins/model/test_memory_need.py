"""The estimate of GPU memory, held against figures that others have published.

HF: "Llama 3.1 - 405B, 70B & 8B", https://huggingface.co/blog/llama31, tables of memory for inference and of the KV cache (read
2026-11). ZeRO: arXiv:1910.02054. QLoRA: arXiv:2305.14314.
"""

from __future__ import annotations

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.model.memory_need import DECODERS, MemoryNeed

GIB = 2**30 / 1e9


def need(
    parameters_b: float, task: str = "inference", precision: str = "bf16", context: int = 1024, **more: int
) -> MemoryNeed:
    return MemoryNeed(parameters_b, task, precision, context, more.get("batch", 1), more.get("lora_rank", 16))


@pytest.mark.parametrize("decoder", DECODERS, ids=lambda decoder: decoder.name)
def test_a_models_sizes_come_to_its_number_of_parameters(decoder) -> None:
    """Embedding, attention (queries and output full, keys and values narrower), gated feed-forward: all but biases and norms."""
    attention = 2 * decoder.hidden**2 + 2 * decoder.hidden * decoder.key_size
    layer = attention + 3 * decoder.hidden * decoder.feed_forward
    embedding = decoder.vocabulary * decoder.hidden * (1 if decoder.tied else 2)
    assert (decoder.layers * layer + embedding) / 1e9 == pytest.approx(decoder.parameters_b, rel=0.002)


WEIGHTS = [  # HF, "inference memory requirements", GB
    (8.03, "fp16", 16),
    (8.03, "fp8", 8),
    (8.03, "int4", 4),
    (70.554, "fp16", 140),
    (70.554, "fp8", 70),
    (70.554, "int4", 35),
    (405.853, "fp16", 810),
    (405.853, "fp8", 405),
    (405.853, "int4", 203),
]


@pytest.mark.parametrize(("parameters", "precision", "published"), WEIGHTS)
def test_weights_are_as_published(parameters, precision, published) -> None:
    assert need(parameters, precision=precision).parts["weights"][0] == pytest.approx(published, rel=0.04)


CACHES = [
    # HF, "KV cache size (FP16)", for 1k, 16k and 128k tokens; it counts in GiB, and its 128k are 128,000.
    (8.03, 1024, 0.125 * GIB),
    (8.03, 16_000, 1.95 * GIB),
    (8.03, 128_000, 15.62 * GIB),
    (70.554, 1024, 0.313 * GIB),
    (70.554, 16_000, 4.88 * GIB),
    (70.554, 128_000, 39.06 * GIB),
    # Llama 2 7B has no grouped keys: 2 x 32 layers x 4096 x 2 bytes = 0.5 MiB a token, 2 GiB for its 4,096 (vLLM, arXiv:2309.06180,
    # gives 800 KB a token for the wider OPT-13B, by the same formula: 2 x 40 x 5120 x 2).
    (6.738, 4096, 2 * GIB),
    (13.016, 1, 800 * 1024 / 1e9),
]


@pytest.mark.parametrize(("parameters", "context", "published"), CACHES)
def test_the_cache_is_as_published(parameters, context, published) -> None:
    assert need(parameters, context=context).parts["kv_cache"][0] == pytest.approx(published, rel=0.005)


def test_the_cache_grows_with_every_sequence() -> None:
    one, eight = (need(8.03, batch=batch).parts["kv_cache"][0] for batch in (1, 8))
    assert eight == pytest.approx(8 * one)


@pytest.mark.parametrize(("parameters", "published"), [(1.5, 24), (7.5, 120)])
def test_training_states_are_those_of_the_zero_paper(parameters, published) -> None:
    """Section 3.1: 1.5 billion parameters need at least 24 GB; figure 1: 7.5 billion need 120 GB."""
    assert need(parameters, "full_training").parts["model_states"][0] == published


def test_qlora_trains_65_billion_parameters_on_48_gb_and_not_on_40() -> None:
    """Abstract: "finetune a 65B parameter model on a single 48GB GPU"; table 6: a model of that kind takes 41 GB."""
    qlora = need(65.286, "lora", "int4", context=2048)
    assert qlora.accepts(48)
    assert not qlora.accepts(40)
    assert qlora.total_gb == pytest.approx(41, rel=0.05)


def test_sixteen_bit_adapters_on_65_billion_need_more_than_one_gpu() -> None:
    """The same paper's reason to be: 16-bit weights alone are 130 GB."""
    assert not need(65.286, "lora", "bf16", context=512).accepts(80)


def test_the_sizes_of_the_nearest_published_model_are_taken_and_named() -> None:
    assert need(8).result()["sizes_of"] == "Llama-3.1-8B"
    assert need(70).result()["sizes_of"] == "Llama-3.1-70B"
    assert need(0.1).result()["sizes_of"] == "Qwen2.5-0.5B"


def test_the_formula_is_shown_and_comes_to_the_result() -> None:
    result = need(8.03, context=16_384).result()
    assert result["formula"] == [
        "weights = 8.03e9 parameters x 2 bytes (bf16) = 16.06 GB",
        "kv_cache = 2 (keys, values) x 32 layers x 1024 x 2 bytes x 16384 tokens x 1 = 2.147 GB",
        "gpu_memory = (weights + kv_cache) / 0.9 usable = 20.23 GB",
    ]
    assert result["gpu_memory_gb"] == pytest.approx(sum(result["parts_gb"].values()) / 0.9, abs=0.01)


def test_training_shows_all_its_parts() -> None:
    assert list(need(8, "lora").parts) == ["weights", "adapters", "activations", "logits"]
    assert list(need(8, "full_training").parts) == ["model_states", "activations", "logits"]
