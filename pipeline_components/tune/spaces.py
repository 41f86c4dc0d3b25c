"""Search spaces: by name for each network, or as a person writes them; what they are checked by, and their grids."""

import itertools
import json
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pipeline_components.errors import BadConfig, brief

LARGEST_GRID = 100_000
MOST_CHOICES, MOST_PARAMETERS = 100, 30
_RATE = {"low": 0.0003, "high": 0.01, "log": True}
_CONVOLUTIONAL: dict[str, dict[str, Any]] = {
    "basic": {"learning_rate": {"low": 0.001, "high": 0.02, "log": True}, "batch_size": {"choices": [64, 128, 256]}},
    "wide": {
        "learning_rate": {"low": 0.0005, "high": 0.03, "log": True},
        "batch_size": {"choices": [64, 128, 256]},
        "dropout": {"low": 0.0, "high": 0.6},
        "weight_decay": {"low": 0.0001, "high": 0.1, "log": True},
        "label_smoothing": {"choices": [0.0, 0.05, 0.1]},
        "augmentation": {"choices": ["off", "affine", "full"]},
    },
}
#: Network → name → parameter of train → what of it is tried.
SPACES: dict[str, dict[str, dict[str, Any]]] = {
    "mlp": {
        "basic": {
            "learning_rate": _RATE,
            "batch_size": {"choices": [64, 128, 256]},
            "activation": {"choices": ["sigmoid", "relu", "gelu"]},
            "dropout": {"low": 0.0, "high": 0.5},
        },
        "wide": {
            "learning_rate": _RATE,
            "optimizer": {"choices": ["adam", "adamw", "lion", "muon"]},
            "schedule": {"choices": ["constant", "cosine", "one_cycle"]},
            "batch_size": {"choices": [64, 128, 256, 512]},
            "activation": {"choices": ["sigmoid", "relu", "gelu", "silu"]},
            "hidden_units": {"choices": [[256], [512, 128], [512, 512], [1024, 256]]},
            "dropout": {"low": 0.0, "high": 0.5},
            "weight_decay": {"low": 0.0001, "high": 0.1, "log": True},
        },
    },
    "cnn": _CONVOLUTIONAL,
    "cnn_large": _CONVOLUTIONAL,
    "ensemble": _CONVOLUTIONAL,
}


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both included: whole ones if both are; evenly by their logarithm, or in steps."""

    low: float
    high: float
    log: bool = False
    step: float | None = None

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are meant."""
        return all(isinstance(each, int) for each in (self.low, self.high, self.step or 0))

    def with_fractions(self) -> "Range":
        """The same range, of numbers that need not be whole."""
        return replace(self, low=float(self.low), high=float(self.high), step=self.step and float(self.step))

    def samples(self) -> list[Any]:
        """Values that show what the range admits: its ends."""
        return [self.low, self.high]

    def grid(self, name: str) -> list[Any]:
        """Every value; raises BadConfig for a range that has no steps."""
        step = self.step or (1 if self.whole and not self.log else None)
        if step is None:
            raise BadConfig(f"space: {name}: a range without a step found, and a grid needs a step, or choices")
        count = math.floor((self.high - self.low) / step + 1e-9) + 1
        if count > LARGEST_GRID:
            raise BadConfig(
                f"space: {name}: {count:,} steps found, at most {LARGEST_GRID:,} expected: make them longer"
            )
        return [self.low + number * step for number in range(count)]


@dataclass(frozen=True)
class Choices:
    """One of these values, which are JSON."""

    values: tuple[Any, ...]

    def samples(self) -> list[Any]:
        """All of them."""
        return [*self.values]

    def grid(self, name: str) -> list[Any]:
        """All of them."""
        return [*self.values]


Dimension = Range | Choices


def parsed(space: Mapping[str, Any]) -> dict[str, Dimension]:
    """The dimensions of a search space, by name in alphabetical order; raises BadConfig, in one line, for any other."""
    if not 1 <= len(space) <= MOST_PARAMETERS:
        raise BadConfig(f"space: {len(space)} parameters found, 1 to {MOST_PARAMETERS} expected")
    return {name: _dimension(name, space[name]) for name in sorted(space)}


def _dimension(name: str, said: Any) -> Dimension:
    if not isinstance(said, dict) or not ({*said} == {"choices"} or {"low", "high"} <= {*said}):
        raise BadConfig(f"space: {name}: {brief(said)} found, low and high, or choices, expected")
    return _choices(name, said["choices"]) if "choices" in said else _range(name, said)


def _choices(name: str, values: Any) -> Choices:
    if not isinstance(values, list) or not 1 <= len(values) <= MOST_CHOICES:
        raise BadConfig(f"space: {name}: choices: {brief(values)} found, a list of 1 to {MOST_CHOICES} values expected")
    if len({json.dumps(each, sort_keys=True) for each in values}) < len(values):
        raise BadConfig(f"space: {name}: choices: {brief(values)} found, each value once expected")
    return Choices(tuple(values))


def _range(name: str, said: Mapping[str, Any]) -> Range:
    if unknown := sorted({*said} - {"low", "high", "log", "step"}):
        raise BadConfig(f"space: {name}: unknown word {unknown[0]!r}; known: low, high, log, step, choices")
    for word in ("low", "high", "step"):
        if word in said and (type(said[word]) not in (int, float) or not math.isfinite(said[word])):
            raise BadConfig(f"space: {name}: {word}: {brief(said[word])} found, a number expected")
    found = Range(said["low"], said["high"], said.get("log", False), said.get("step"))
    if type(found.log) is not bool:
        raise BadConfig(f"space: {name}: log: {brief(found.log)} found, true or false expected")
    if not found.low < found.high:
        raise BadConfig(f"space: {name}: {found.low} to {found.high} is an empty range: low must be less than high")
    if found.log and found.low <= 0:
        raise BadConfig(f"space: {name}: low {found.low} has no logarithm: a log scale begins above 0")
    if found.step is not None and (found.log or not 0 < found.step <= found.high - found.low):
        raise BadConfig(f"space: {name}: step {found.step} found: above 0, within the range, and with no log, expected")
    return found


def grid_size(dimensions: Mapping[str, Dimension]) -> int:
    """How many points a grid has; raises BadConfig where one is not finite, or larger than LARGEST_GRID."""
    size = math.prod(len(dimension.grid(name)) for name, dimension in dimensions.items())
    if size > LARGEST_GRID:
        raise BadConfig(f"space: a grid of {size:,} points found, at most {LARGEST_GRID:,} expected: leave some out")
    return size


def grid(dimensions: Mapping[str, Dimension], seed: int) -> list[dict[str, Any]]:
    """Every point of the grid once, in an order that follows from the seed."""
    grid_size(dimensions)
    axes = [dimension.grid(name) for name, dimension in dimensions.items()]
    points = [dict(zip(dimensions, values, strict=True)) for values in itertools.product(*axes)]
    random.Random(seed).shuffle(points)
    return points
