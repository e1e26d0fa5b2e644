# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inner sizes of published language models: what a number of parameters alone does not say.

Source: the config.json of each model on Hugging Face and, for LLaMA 65B, table 2 of its paper (arXiv:2302.13971); written down
2026-11-27. A test computes the number of parameters from the sizes.

A line is: name, billions of parameters, layers, hidden size, feed-forward size, size of keys (heads x width, as many for the
values), vocabulary, and whether the embedding serves at both ends.
"""

from __future__ import annotations

TABLE = """
Qwen2.5-0.5B 0.494 24 896 4864 128 151936 tied
Llama-3.2-1B 1.236 16 2048 8192 512 128256 tied
Qwen2.5-1.5B 1.544 28 1536 8960 256 151936 tied
Llama-3.2-3B 3.213 28 3072 8192 1024 128256 tied
Llama-2-7B 6.738 32 4096 11008 4096 32000 apart
Mistral-7B 7.242 32 4096 14336 1024 32000 apart
Llama-3.1-8B 8.030 32 4096 14336 1024 128256 apart
Llama-2-13B 13.016 40 5120 13824 5120 32000 apart
Qwen2.5-14B 14.770 48 5120 13824 1024 152064 apart
Qwen2.5-32B 32.764 64 5120 27648 1024 152064 apart
LLaMA-65B 65.286 80 8192 22016 8192 32000 apart
Llama-2-70B 68.977 80 8192 28672 1024 32000 apart
Llama-3.1-70B 70.554 80 8192 28672 1024 128256 apart
Qwen2.5-72B 72.706 80 8192 29568 1024 152064 apart
Llama-3.1-405B 405.853 126 16384 53248 1024 128256 apart
"""
