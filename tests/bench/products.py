"""How long the matrix products of a step of `mlp` take alone, at the best rate that a library reaches here.

    python -m tests.bench.products

Five products a step: three forward, and in the backward pass one for the weights of each layer and one for the input of
all but the first, each timed in numpy's library and in TensorFlow's; the quicker counts. The last line printed is JSON.
"""

import json
import time
from collections.abc import Callable
from itertools import pairwise
from statistics import median

import numpy as np

from pipeline_components import quiet

quiet.import_tensorflow()

import tensorflow as tf  # noqa: E402  after the flags are set

BATCH, UNITS = 128, (784, 512, 128, 10)
TURNS, CALLS = 7, 200


def products() -> list[tuple[int, int, int]]:
    """Rows, inner side and columns of every product of a step."""
    layers = list(pairwise(UNITS))
    forward = [(BATCH, inputs, outputs) for inputs, outputs in layers]
    weights = [(inputs, BATCH, outputs) for inputs, outputs in layers]
    backward = [(BATCH, outputs, inputs) for inputs, outputs in layers[1:]]
    return forward + weights + backward


def seconds(call: Callable[[], object]) -> float:
    """Of one call: the median of turns."""
    taken = []
    for _ in range(TURNS):
        started = time.perf_counter()
        for _ in range(CALLS):
            call()
        taken.append((time.perf_counter() - started) / CALLS)
    return median(taken)


def main() -> None:
    rng, step_s = np.random.default_rng(0), 0.0
    for rows, inner, columns in products():
        a, b = (rng.random(shape, np.float32) for shape in ((rows, inner), (inner, columns)))
        one, two = tf.constant(a), tf.constant(b)
        step_s += min(seconds(lambda a=a, b=b: a @ b), seconds(lambda one=one, two=two: tf.matmul(one, two).numpy()))
    print(json.dumps({"images": BATCH, "elapsed_s": step_s}))


if __name__ == "__main__":
    main()
