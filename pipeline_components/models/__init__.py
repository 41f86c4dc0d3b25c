"""Networks by name: a module of this folder each. They are built from options and a seed, and know nothing of files."""

import hashlib
import importlib
import pkgutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline_components.errors import BadConfig, nearest

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Network:
    """How to build a network, what of it may be chosen, and how it is trained unless the parameters say otherwise.

    `build(classes, seed, **options)` returns a Keras model from pixels [n, 28, 28] in 0..255 to probabilities
    [n, classes]; its layers are Keras' own and named, and its initial weights come from the seed alone.
    `xla`           whether XLA compiles its training with these options: on a CPU it runs dense layers 4 times faster
                    than one op at a time, convolutions 3 times slower, for want of oneDNN's kernels, and dropout 9
                    times slower, for its random numbers
    `options`       parameter → default, of those that this network has and others have not
    `trained_with`  parameter → default, where it is another one than in TRAINED_WITH
    `parts`         for several networks in one, which are trained each by itself: the parts of a built model
    """

    build: Callable[..., "keras.Model"]
    xla: Callable[[Mapping[str, Any]], bool] = lambda options: False
    options: Mapping[str, Any] = field(default_factory=dict)
    trained_with: Mapping[str, Any] = field(default_factory=dict)
    parts: Callable[["keras.Model"], list["keras.Model"]] = lambda model: [model]


#: What a network is trained with if neither it nor the parameters say otherwise.
TRAINED_WITH = {
    "optimizer": "adam",
    "schedule": "constant",
    "weight_decay": 0.0,
    "label_smoothing": 0.0,
    "averaging": 0.0,
    "augmentation": "off",
}
#: Module by module, in the order of the alphabet: nothing is imported before it is asked for.
NETWORKS = sorted(module.name for module in pkgutil.iter_modules(__path__))


def module_of(name: str) -> str:
    """The module that a network of that name is in; raises BadConfig with the nearest name."""
    if name not in NETWORKS:
        raise BadConfig(f"network: unknown name {name!r}{nearest(name, NETWORKS)}")
    return f"{__name__}.{name}"


def network(name: str) -> Network:
    """The network of that name; raises BadConfig with the nearest name."""
    found: Network = importlib.import_module(module_of(name)).NETWORK
    return found


def weights_of(model: "keras.Model") -> "dict[str, keras.Variable]":
    """Path without the model's own name → weight; of parts with the same layers, the second one's end in `#2`."""
    found: dict[str, Any] = {}
    times: Counter[str] = Counter()
    for weight in model.weights:
        path = weight.path.removeprefix(f"{model.name}/")
        times[path] += 1
        found[path if times[path] == 1 else f"{path}#{times[path]}"] = weight
    return found


def weights_digest(model: "keras.Model") -> str:
    """What a model is, in whatever file: `sha256:…` over path, dtype, shape and values of each weight, by path."""
    sha256 = hashlib.sha256()
    for path, weight in sorted(weights_of(model).items()):
        value = weight.numpy()
        sha256.update(f"{path} {value.dtype.str} {value.shape}\n".encode())
        sha256.update(value.tobytes())
    return f"sha256:{sha256.hexdigest()}"
