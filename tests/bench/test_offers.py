"""What the comparison of offers costs inside the module, and what the prices weigh in a module that carries them."""

from __future__ import annotations

import sys
import time
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils import offers
from ansible_collections.aienv.cloud.plugins.module_utils.model.offer_request import OfferOptions
from ansible_collections.aienv.cloud.plugins.module_utils.model.option import options_of, parse

MOST_SECONDS = 0.05
ALL_OF_THEM = 0.1  # for everything there is in every market: 3,900 offers, which nobody reads
TURNS = 9
EVERYTHING: dict[str, Any] = {"market": "any", "limit": 0}
QUERIES: list[dict[str, Any]] = [
    {},
    {"market": "any", "gpu_memory_gb": 16, "sort": "price_per_tflop"},
    {"model_parameters_b": 70, "task": "lora", "precision": "int4", "regions": ["us-*"]},
    {"market": "any", "limit": 0, "gpu_memory_gb": 16},
    EVERYTHING,
]


@pytest.mark.parametrize("options", QUERIES, ids=str)
def test_a_query_over_the_whole_catalog(options: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """The first turn also parses the price tables, as it does in a module; the median of the others shows the query alone."""
    defaults = {name: declared.spec().get("default") for name, declared in options_of(OfferOptions)}
    for catalog in offers.CATALOGS.values():
        catalog.__dict__.pop("regions_of", None)
        catalog.prices.__dict__.pop("_lines", None)
        catalog.prices._parsed.clear()
    seconds = []
    for _turn in range(TURNS):
        asked = parse(OfferOptions, defaults | options).verified()
        begin = time.process_time()
        answer = offers.answer(asked)
        seconds.append(time.process_time() - begin)
    with capsys.disabled():
        first, median = seconds[0] * 1000, sorted(seconds)[TURNS // 2] * 1000
        sys.stdout.write(f"\n{options}: {first:.1f} ms, again {median:.1f} ms, {len(answer['offers'])} offers ")
    assert seconds[0] < (ALL_OF_THEM if options == EVERYTHING else MOST_SECONDS)
