"""Parameters of a search: what is searched, by which rule, and how long."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from pipeline_components.config import Config
from pipeline_components.errors import BadConfig, nearest
from pipeline_components.models import NETWORKS
from pipeline_components.tune.spaces import SPACES, Dimension, grid_size, parsed

EXAMPLE: dict[str, Any] = {
    "learning_rate": {"low": 0.0001, "high": 0.01, "log": True},
    "batch_size": {"choices": [64, 128, 256]},
    "hidden_units": {"choices": [[512, 128], [256]]},
}


class TuneConfig(Config):
    """Which parameters are tried. Twenty trials of mlp on all of MNIST take some minutes on two cores."""

    network: str = Field(
        "mlp", description="Name of the network that is searched.", json_schema_extra={"enum": [*NETWORKS]}
    )
    preset: Literal["basic", "wide"] = Field("basic", description="Search space by name, where `space` is empty.")
    space: dict[str, Any] | None = Field(
        None,
        json_schema_extra={"examples": [EXAMPLE]},
        description="Search space of your own: for each parameter of train {low, high} with log or step, or {choices}; "
        'such as {"learning_rate": {"low": 0.0001, "high": 0.01, "log": true}, "batch_size": {"choices": [64, 128]}}.',
    )
    sampler: Literal["tpe", "random", "grid"] = Field(
        "tpe", description="How parameters are proposed: by what went well, at random, or all points of a grid."
    )
    trials: int = Field(20, ge=1, le=1000, description="Trials, at most.")
    minutes: float | None = Field(
        None, gt=0, le=100_000, description="No trial begins later than so many minutes after the start. Empty: any."
    )
    trial_epochs: int = Field(10, ge=1, le=1000, description="Epochs of a trial that is not given up.")
    tune_seed: int = Field(0, ge=0, lt=2**31, description="Seed of what is proposed, and of each training.")
    prune_after: int = Field(
        2, ge=0, le=1000, description="Epochs after which trials are first given up, by successive halving; 0 for none."
    )
    keep_one_in: int = Field(3, ge=2, le=100, description="At each halving, one trial in so many goes on.")

    @field_validator("network")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value not in NETWORKS:
            raise BadConfig(f"network: unknown name {value!r}{nearest(value, NETWORKS)}")
        return value

    @model_validator(mode="after")
    def _is_a_space(self) -> "TuneConfig":
        """Refuse what is no search space; raises BadConfig in one line."""
        dimensions = self.dimensions()
        if self.sampler == "grid":
            grid_size(dimensions)
        return self

    def dimensions(self) -> Mapping[str, Dimension]:
        """What is searched, by the parameter's name in alphabetical order."""
        return parsed(SPACES[self.network][self.preset] if self.space is None else self.space)

    def rungs(self) -> list[int]:
        """The epochs after which a trial may be given up, the first one first."""
        found, epoch = [], self.prune_after
        while 0 < epoch < self.trial_epochs:
            found.append(epoch)
            epoch *= self.keep_one_in
        return found
