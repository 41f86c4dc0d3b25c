"""Networks by name. A network is built from the number of classes and a seed, and knows nothing of files."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline_components.errors import BadConfig, nearest
from pipeline_components.models.mlp import mlp

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Network:
    """How to build a network, and whether XLA is to compile its training.

    `build(classes, seed)` returns a Keras model from pixels [n, 28, 28] in 0..255 to probabilities [n, classes]; its
    layers are named, and its initial weights come from the seed alone. XLA runs dense layers on a CPU 4 times
    faster than one op at a time, and convolutions 3 times slower (no oneDNN kernels), so each network says for itself.
    """

    build: Callable[[int, int], "keras.Model"]
    xla: bool


NETWORKS = {"mlp": Network(mlp, xla=True)}


def network(name: str) -> Network:
    """The network of that name; raises BadConfig with the nearest name."""
    if name not in NETWORKS:
        raise BadConfig(f"network: unknown name {name!r}{nearest(name, NETWORKS)}")
    return NETWORKS[name]


def weights_digest(model: "keras.Model") -> str:
    """What a model is, in whatever file: `sha256:…` over path, dtype, shape and values of each weight, by path."""
    weights = {weight.path.removeprefix(f"{model.name}/"): weight.numpy() for weight in model.weights}
    sha256 = hashlib.sha256()
    for path, value in sorted(weights.items()):
        sha256.update(f"{path} {value.dtype.str} {value.shape}\n".encode())
        sha256.update(value.tobytes())
    return f"sha256:{sha256.hexdigest()}"
