"""TensorFlow: a product on each GPU against numpy's, then an all-reduce by MirroredStrategy; without GPUs on two logical CPUs."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

SIZE = 512
TOLERANCE = 1e-3


def prepare() -> None:
    """Before the first use: memory of GPUs only as needed, full float32, and two logical CPUs."""
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    tf.config.experimental.enable_tensor_float_32_execution(False)
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)


prepare()


def error_on(device: str) -> float:
    """The largest error of a float32 product on a device, against numpy's in float64."""
    a, b = (np.random.default_rng(seed).standard_normal((SIZE, SIZE), dtype=np.float32) for seed in (1, 2))
    with tf.device(device):
        product = tf.linalg.matmul(tf.constant(a), tf.constant(b))
    return float(np.abs(product.numpy().astype(np.float64) - a.astype(np.float64) @ b.astype(np.float64)).max())


def devices() -> list:
    return [f"gpu:{index}" for index in range(len(tf.config.list_physical_devices("GPU")))]


def named(device: str) -> str:
    physical = tf.config.list_physical_devices("GPU")[int(device.rpartition(":")[2])]
    return f"{device} ({tf.config.experimental.get_device_details(physical).get('device_name', 'GPU')})"


def together(count: int, on_gpus: bool) -> tuple:
    """What was done, and what went wrong or ''."""
    across = tf.distribute.NcclAllReduce() if on_gpus else tf.distribute.ReductionToOneDevice()
    kind = "gpu" if on_gpus else "cpu"
    strategy = tf.distribute.MirroredStrategy([f"/{kind}:{index}" for index in range(count)], cross_device_ops=across)

    @tf.function
    def step() -> tf.Tensor:
        context = tf.distribute.get_replica_context()
        mine = tf.fill([1024], tf.cast(context.replica_id_in_sync_group + 1, tf.float32))
        return context.all_reduce(tf.distribute.ReduceOp.SUM, mine)

    answers = strategy.experimental_local_results(strategy.run(step))
    right = len(answers) == count and all(np.all(answer.numpy() == count * (count + 1) / 2) for answer in answers)
    what = f"an all-reduce of {count} {'GPUs over NCCL' if on_gpus else 'logical CPUs'} by MirroredStrategy"
    return what, "" if right else "the sum is wrong"
