"""Flags that follow from the table of components: their parameters, input artifacts and outside folders."""

from collections.abc import Iterable, Mapping
from dataclasses import field, fields, make_dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Group, Parameter

from pipeline_components.chain.components import COMPONENTS, Component, run_components
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.commands.options import DEFAULT_STORE, JsonOption, StoreOption
from pipeline_components.config import Config
from pipeline_components.errors import BadConfig, nearest

Flat = Parameter(name="*")  # a model's fields as flags of their own names
ForceOption = Annotated[
    list[str] | None,
    Parameter(
        consume_multiple=True, help="Components to make again although the store has them; all if none is named."
    ),
]
InputOption = Annotated[
    str | None,
    Parameter(help="Id of an input artifact; by default what the other inputs were made from, or the newest."),
]


Option = tuple[str, Any, Any]  # name, annotation, default
COMMON: tuple[Option, ...] = (
    ("store", StoreOption, DEFAULT_STORE),
    ("force", Annotated[bool, Parameter(negative="", help="Make it again although the store has it.")], False),
    ("json", JsonOption, False),
)


def _options(name: str, options: Iterable[Option]) -> type[Any]:
    """A frozen dataclass of flags."""
    return make_dataclass(
        name,
        [(flag, annotation, field(default=default)) for flag, annotation, default in options],
        frozen=True,
        namespace={"__module__": __name__},  # cyclopts takes a class of Python's own module `types` for a builtin
    )


def parameters_type(models: Mapping[str, type[Config]]) -> type[Any]:
    """A field per component: its parameters, whose flags stand in its section of the help, as in the trigger form."""
    return _options(
        "Parameters", ((name, Annotated[model, Flat, _section(name)], model()) for name, model in models.items())
    )


def _section(component: str) -> Parameter:
    return Parameter(group=Group.create_ordered(component.capitalize()))


def verb_type(component: Component) -> type[Any]:
    """A field per input artifact and outside folder of a component, and what every component's verb takes."""
    inputs = [(name, InputOption, None) for name in component.inputs]
    return _options("Verb", [*inputs, *_folder_options(component), *COMMON])


def outside_type(*components: Component) -> type[Any]:
    """A field per folder outside the store that these components read."""
    options = {option[0]: option for component in components for option in _folder_options(component)}
    return _options("Outside", options.values())


def _folder_options(component: Component) -> list[Option]:
    """An environment's folder stands for one that was not named, but not for one that a recipe has on record."""
    return [
        (name, Annotated[Path | None, Parameter(env_var=None if each.digest else each.env_var, help=each.help)], None)
        for name, each in component.outside.items()
    ]


def given(options: Any, names: Iterable[str]) -> dict[str, Any]:
    """The options of these names that are set."""
    return {name: value for name in names if (value := getattr(options, name, None)) is not None}


def folders(options: Any) -> dict[str, Path]:
    """The outside folders that were named."""
    return given(options, (name for component in COMPONENTS.values() for name in component.outside))


Parameters = parameters_type(PipelineConfig.models())
ParametersOption = Annotated[Parameters, Flat]  # type: ignore[valid-type]
RunOutside = outside_type(*run_components())
RunOutsideOption = Annotated[RunOutside, Flat]  # type: ignore[valid-type]


def pipeline_config(parameters: Any) -> PipelineConfig:
    """The pipeline's config that these flags mean; raises BadConfig for what only the whole can see."""
    config = PipelineConfig(**{each.name: getattr(parameters, each.name) for each in fields(parameters)})
    return PipelineConfig.from_flat(config.flat())


def forced(names: list[str] | None) -> set[str]:
    """The components that `--force` means: all of them when it names none."""
    components = [component.name for component in run_components()]
    for name in names or []:
        if name not in components:
            raise BadConfig(f"--force: unknown component {name!r}{nearest(name, components)}")
    return set() if names is None else set(names) or set(components)
