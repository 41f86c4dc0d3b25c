"""All parameters of a retraining as one: by component, or flat as flags, the trigger form and run records have them."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import ValidationError

from pipeline_components.chain.components import parameter_models
from pipeline_components.config import Config
from pipeline_components.errors import BadConfig, brief, nearest


class PipelineConfig:
    """The config of each component in a run: `config["train"].epochs`; a component that is not given has its defaults.

    Field names are unique across components, so that the flat form says the same.
    """

    def __init__(self, **parts: Config) -> None:
        self._parts = {name: parts.get(name, model()) for name, model in self.models().items()}

    def __getitem__(self, component: str) -> Any:
        return self._parts[component]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PipelineConfig) and self._parts == other._parts

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def from_flat(cls, parameters: Mapping[str, Any]) -> Self:
        """The config that `{"epochs": 3, "dataset": "mnist"}` means, with no conversion: `5.0` is not an integer.

        Raises BadConfig in one line.
        """
        owner = {name: part for part, model in cls.models().items() for name in model.model_fields}
        nested: dict[str, dict[str, Any]] = {part: {} for part in cls.models()}
        for name, value in parameters.items():
            if name not in owner:
                raise BadConfig(f"unknown parameter {name!r}{nearest(name, owner)}")
            nested[owner[name]][name] = value
        return cls(**{part: checked(model, nested[part]) for part, model in cls.models().items()})

    @classmethod
    def models(cls) -> dict[str, type[Config]]:
        """Component → the model of what a run may set of it, in the order of a run."""
        return parameter_models()

    def changed(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the parameters, by name, that are not as they are here: with `PipelineConfig()`, not the default.

        None is what a form leaves empty: the network's own value.
        """
        own = self.flat()
        return {
            name: value
            for name, value in parameters.items()
            if name not in own or (value is not None and own[name] != value)
        }

    def flat(self) -> dict[str, Any]:
        """Every parameter by its own name: the inverse of `from_flat`."""
        return {name: value for part in self._parts.values() for name, value in part.model_dump(mode="json").items()}


def checked(model: type[Config], values: Mapping[str, Any]) -> Config:
    """The config of these values, strictly; raises BadConfig in one line."""
    try:
        return model.model_validate(values, strict=True)
    except ValidationError as error:
        raise BadConfig(in_one_line(error)) from None


def in_one_line(error: ValidationError) -> str:
    """A pydantic error as `epochs: 0 found, input should be greater than or equal to 1`."""
    return "; ".join(
        f"{'.'.join(map(str, e['loc']))}: {brief(e['input'])} found, {_lowered(e['msg'].removeprefix('Value error, '))}"
        for e in error.errors(include_url=False, include_context=False)
    )


def _lowered(message: str) -> str:
    return message[:1].lower() + message[1:]
