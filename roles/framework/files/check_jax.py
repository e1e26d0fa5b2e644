"""JAX: a product on each GPU against numpy's, then a sum over all devices; without GPUs over two that the CPU plays."""

import os

# Before the import: no grab of three quarters of the memory, and two devices of a CPU.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=2"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

SIZE = 512
TOLERANCE = 1e-3


def error_on(device: str) -> float:
    """The largest error of a float32 product on a device, against numpy's in float64."""
    where = find(device)
    a, b = (np.random.default_rng(seed).standard_normal((SIZE, SIZE), dtype=np.float32) for seed in (1, 2))
    product = jnp.matmul(jax.device_put(a, where), jax.device_put(b, where), precision="highest")
    return float(np.abs(np.asarray(product, dtype=np.float64) - a.astype(np.float64) @ b.astype(np.float64)).max())


def find(name: str) -> jax.Device:
    platform, _colon, index = name.partition(":")
    return jax.devices(platform)[int(index or 0)]


def devices() -> list:
    try:
        return [f"cuda:{index}" for index in range(len(jax.devices("cuda")))]
    except RuntimeError:
        return []


def named(device: str) -> str:
    return f"{device} ({find(device).device_kind})"


def together(count: int, on_gpus: bool) -> tuple:
    """What was done, and what went wrong or ''."""
    mesh = Mesh(np.array(jax.devices("cuda" if on_gpus else "cpu")[:count]), ("all",))
    mine = jax.device_put(
        jnp.arange(count * 1024, dtype=jnp.float32).reshape(count, 1024), NamedSharding(mesh, PartitionSpec("all"))
    )
    total = jax.jit(lambda x: x.sum(axis=0), out_shardings=NamedSharding(mesh, PartitionSpec()))(mine)
    right = np.arange(count * 1024, dtype=np.float32).reshape(count, 1024).sum(axis=0)
    what = f"an all-reduce of {count} {'GPUs over NCCL' if on_gpus else 'devices that the CPU plays'}"
    return what, "" if np.allclose(np.asarray(total), right) else "the sum is wrong"
