"""What `digits explain` says: for each component reuse, make, depends or skip, and why."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from pipeline_components.chain.components import Component, run_components
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.chain.produce import Folders, is_skipped, plan
from pipeline_components.store import Hit, Store

Action = Literal["reuse", "make", "depends", "skip"]


@dataclass(frozen=True)
class Forecast:
    """What a run would do about one component: `reuse`, `make`, `depends` (on what is made before it) or `skip`."""

    component: str
    action: Action
    id: str | None
    why: str


def forecast(store: Store, config: PipelineConfig, outside: Folders) -> list[Forecast]:
    """One entry per component. What follows a miss is looked up as if the miss came out as its nearest artifact did."""
    made: dict[str, str] = {}
    new: list[str] = []
    found = []
    for component in run_components():
        each = _look_up(component, store, config, made, new, outside)
        found.append(each)
        if each.id:
            made[component.name] = each.id
        if each.action != "reuse":
            new.append(component.name)
    return found


def _look_up(
    component: Component,
    store: Store,
    config: PipelineConfig,
    made: Mapping[str, str],
    new: Collection[str],
    outside: Folders,
) -> Forecast:
    sources = component.inputs.values()
    if lacking := [source for source in sources if source not in made]:
        return Forecast(component.name, "make", None, f"MISS: nothing like it yet (nor like {lacking[0]})")
    unsure = [source for source in sources if source in new]
    if not unsure and is_skipped(component, store, dict(made)):
        return Forecast(component.name, "skip", None, f"{made[component.inputs['evaluation']]} is refused")
    found = store.find(plan(component, store, config[component.name], made, outside))
    if not isinstance(found, Hit):
        return Forecast(component.name, "make", found.nearest, found.why)
    if unsure:
        why = f"{found.why} if {unsure[0]} comes out as {made[unsure[0]]} did"
        return Forecast(component.name, "depends", found.artifact.id, why)
    return Forecast(component.name, "reuse", found.artifact.id, found.why)
