"""Holds a search space against the parameters of train."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from pipeline_components.chain.components import COMPONENTS
from pipeline_components.chain.config import in_one_line
from pipeline_components.config import Config
from pipeline_components.errors import BadConfig, nearest
from pipeline_components.tune.spaces import Dimension, Range

if TYPE_CHECKING:
    from pipeline_components.tune import TuneConfig

NOT_SEARCHED = ("network", "from_", "epochs", "stop_after")


def search_space(config: "TuneConfig") -> dict[str, Dimension]:
    """What is searched, with each bound and choice as train takes it; raises BadConfig in one line."""
    model = COMPONENTS["train"].config
    known = [name for name in model.model_fields if name not in NOT_SEARCHED]
    found: dict[str, Dimension] = {}
    for name, dimension in config.dimensions().items():
        if name in NOT_SEARCHED:
            raise BadConfig(f"space: {name}: all trials have the same: leave it out")
        if name not in known:
            raise BadConfig(f"space: unknown parameter {name!r}{nearest(name, known)}")
        found[name] = dimension
        if isinstance(dimension, Range) and model.model_fields[name].annotation in (float, float | None):
            found[name] = dimension.with_fractions()
        for value in found[name].samples():
            _check(model, {"network": config.network, name: value})
    return found


def _check(model: type[Config], values: Mapping[str, Any]) -> None:
    try:
        model.model_validate(values, strict=True)
    except ValidationError as error:
        raise BadConfig(f"space: {in_one_line(error)}") from None
    except BadConfig as error:
        raise BadConfig(f"space: {error}") from None
