"""PyTorch: a product on each GPU against the CPU's, then an all-reduce by torchrun, over NCCL or, without GPUs, gloo."""

import os
import subprocess
import sys
import tempfile

import torch

SIZE = 512
# The float32 product of 512 terms of size 1 against the same in float64 differs by some 1e-5; TF32 would by 1e-2.
TOLERANCE = 1e-3
TOGETHER = """
import os, torch, torch.distributed as distributed
backend = os.environ["AIENV_BACKEND"]
distributed.init_process_group(backend)
rank, size = distributed.get_rank(), distributed.get_world_size()
device = torch.device("cuda", rank) if backend == "nccl" else torch.device("cpu")
if backend == "nccl":
    torch.cuda.set_device(device)
mine = torch.full((1024,), float(rank + 1), device=device)
distributed.all_reduce(mine)
assert torch.equal(mine.cpu(), torch.full((1024,), size * (size + 1) / 2)), mine
distributed.destroy_process_group()
"""


def error_on(device: str) -> float:
    """The largest error of a float32 product on a device, against the CPU's in float64."""
    torch.backends.cuda.matmul.allow_tf32 = False
    generator = torch.Generator().manual_seed(1)
    a, b = (torch.randn(SIZE, SIZE, generator=generator) for _each in range(2))
    return float(((a.to(device) @ b.to(device)).cpu().double() - a.double() @ b.double()).abs().max())


def devices() -> list:
    return [f"cuda:{index}" for index in range(torch.cuda.device_count())]


def named(device: str) -> str:
    return f"{device} ({torch.cuda.get_device_name(device)})"


def together(count: int, on_gpus: bool) -> tuple:
    """What was done, and what went wrong or ''."""
    backend = "nccl" if on_gpus else "gloo"
    env = {**os.environ, "AIENV_BACKEND": backend, "OMP_NUM_THREADS": "1"}
    if not on_gpus:
        env["GLOO_SOCKET_IFNAME"] = "lo"
    with tempfile.NamedTemporaryFile("w", suffix=".py") as script:
        script.write(TOGETHER)
        script.flush()
        command = [
            sys.executable,
            "-m",
            "torch.distributed.run",
            "--nnodes=1",
            f"--nproc-per-node={count}",
            "--rdzv-backend=c10d",
        ]
        where = ["--rdzv-endpoint=127.0.0.1:0", "--local-addr=127.0.0.1", script.name]
        done = subprocess.run(  # noqa: S603 - a list of our own making, no shell
            [*command, *where], env=env, capture_output=True, text=True, check=False, timeout=800
        )
    words = " / ".join(done.stderr.splitlines()[-3:]) or f"exit status {done.returncode}"
    return f"an all-reduce of {count} processes of torchrun over {backend}", words if done.returncode else ""
