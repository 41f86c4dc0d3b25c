"""Where the values of a searched parameter lie along an axis, and how its ends and choices are called."""

import json
import math
from dataclasses import dataclass
from typing import Any

from pipeline_components.tune.spaces import Dimension, Range


@dataclass(frozen=True)
class Axis:
    """A parameter's axis: 0 is its least value, or its first choice, and 1 its greatest, or its last."""

    name: str
    dimension: Dimension

    def place(self, value: Any) -> float:
        """Where a value lies, 0 to 1; by its logarithm if the range is searched so."""
        if not isinstance(self.dimension, Range):
            places = [json.dumps(each) for each in self.dimension.values]
            return places.index(json.dumps(value)) / max(len(places) - 1, 1)
        low, high, at = (
            math.log(each) if self.dimension.log else each for each in (self.dimension.low, self.dimension.high, value)
        )
        return (at - low) / (high - low)

    def ticks(self) -> list[tuple[float, str]]:
        """Places and what stands there."""
        samples = self.dimension.samples()
        shown = samples if len(samples) <= 6 else samples[:: math.ceil(len(samples) / 6)]
        return [(self.place(each), said(each)) for each in shown]


def said(value: Any) -> str:
    """A value as a label."""
    if isinstance(value, float):
        return f"{value:.3g}"
    return ", ".join(map(said, value)) if isinstance(value, list) else str(value)
