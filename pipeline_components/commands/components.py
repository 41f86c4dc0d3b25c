"""`digits run`, and one verb for each component of the table."""

import json as jsonlib
import logging
import sys
from collections.abc import Callable
from typing import Annotated, Any

from pipeline_components.chain.components import COMPONENTS, Component
from pipeline_components.chain.inputs import chosen_inputs
from pipeline_components.chain.produce import produce
from pipeline_components.chain.record import step_record
from pipeline_components.chain.run import run as run_chain
from pipeline_components.commands.live import LiveRun, conclude
from pipeline_components.commands.options import DEFAULT_STORE, JsonOption, StoreOption
from pipeline_components.commands.parameters import (
    Flat,
    ForceOption,
    Parameters,
    ParametersOption,
    RunOutside,
    RunOutsideOption,
    folders,
    forced,
    given,
    pipeline_config,
    verb_type,
)
from pipeline_components.store import Store


def run(
    *,
    parameters: ParametersOption = Parameters(),
    force: ForceOption = None,
    store: StoreOption = DEFAULT_STORE,
    outside: RunOutsideOption = RunOutside(),
    json: JsonOption = False,
) -> None:
    """Run the whole chain without Airflow: what the store has is reused, a model that earns it is served."""
    config, where = pipeline_config(parameters), Store.at(store)
    with LiveRun() as live:
        record = run_chain(where, config, force=forced(force), outside=folders(outside), watch=live.watch)
    conclude(where, record, json=json)


def __getattr__(name: str) -> Callable[..., None]:
    """The verb of a component in the table."""
    if name not in COMPONENTS:
        raise AttributeError(name)
    return verb_of(COMPONENTS[name])


def verb_of(component: Component) -> Callable[..., None]:
    """A function whose flags are the component's inputs, parameters and outside folders."""
    options_type = verb_type(component)

    def verb(
        *,
        config: Annotated[Any, Flat] = component.config(),
        options: Annotated[Any, Flat] = options_type(),
    ) -> None:
        _log_to_stderr()
        store = Store.at(options.store)
        made = chosen_inputs(store, component, given(options, component.inputs))
        outcome = produce(component, store, config, made, outside=folders(options), force=options.force)
        print(jsonlib.dumps(step_record(outcome), indent=1) if options.json else outcome.artifact.id)

    verb.__annotations__["config"] = Annotated[component.config, Flat]
    verb.__annotations__["options"] = Annotated[options_type, Flat]
    verb.__doc__ = f"{component.doc}\n\nPrints the artifact's id."
    return verb


def _log_to_stderr() -> None:
    logger = logging.getLogger("pipeline_components")
    logger.addHandler(logging.StreamHandler(sys.stderr))
    logger.setLevel(logging.INFO)
    logger.propagate = False
