"""What `digits explain` says: for each component reuse, make, depends or skip, and why."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from pipeline_components.chain.components import COMPONENTS, Component, run_components
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.chain.gate import shut
from pipeline_components.chain.produce import Folders, is_skipped, plan
from pipeline_components.store import Hit, Miss, Store

Action = Literal["reuse", "make", "depends", "skip"]


@dataclass(frozen=True)
class Forecast:
    """What a run would do about one component: `reuse`, `make`, `depends` (on what is made before it) or `skip`.

    `id` is the artifact that it would reuse; what is still to be made has none.
    """

    component: str
    action: Action
    id: str | None
    why: str


def forecast(store: Store, config: PipelineConfig, outside: Folders) -> list[Forecast]:
    """One entry per component. What follows a miss is looked up as if the miss came out as its nearest artifact did."""
    alike: dict[str, str] = {}  # component → the artifact that it would reuse, or that is nearest to what it would make
    new: list[str] = []
    found = []
    for component in run_components():
        each, nearest = _look_up(component, store, config, alike, new, outside)
        found.append(each)
        if nearest:
            alike[component.name] = nearest
        if each.action != "reuse":
            new.append(component.name)
    return found


def default_dataset(store: Store, outside: Folders) -> str:
    """The dataset that a run takes which names none; a warning is logged where that is not all of MNIST."""
    ingest = COMPONENTS["ingest"]
    return str(plan(ingest, store, ingest.config(), {}, outside).config["dataset"])


def _look_up(
    component: Component,
    store: Store,
    config: PipelineConfig,
    alike: Mapping[str, str],
    new: Collection[str],
    outside: Folders,
) -> tuple[Forecast, str | None]:
    """What a run would do, and the artifact that what follows is looked up with."""
    sources = component.inputs.values()
    if lacking := [source for source in sources if source not in alike]:
        return Forecast(component.name, "make", None, f"MISS: nothing like it yet (nor like {lacking[0]})"), None
    unsure = {name: source for name, source in component.inputs.items() if source in new}
    approval = config["approve"].approval
    if not unsure and is_skipped(component, store, dict(alike), approval):
        evaluation = alike[component.inputs["evaluation"]]
        refused = shut(store, evaluation, approval)
        return Forecast(component.name, "skip", None, f"{evaluation} is {refused.ending if refused else ''}"), None
    found = store.find(plan(component, store, config[component.name], alike, outside))
    if not isinstance(found, Hit):
        return Forecast(component.name, "make", None, _why(found, unsure, component.counted)), found.nearest
    if unsure:
        source = next(iter(unsure.values()))
        why = f"{found.why} if {source} comes out as {alike[source]} did"
        return Forecast(component.name, "depends", None, why), found.artifact.id
    return Forecast(component.name, "reuse", found.artifact.id, found.why), found.artifact.id


def _why(miss: Miss, unsure: Mapping[str, str], counted: Collection[str]) -> str:
    """What is new about a recipe and known already: nothing that follows from an input that is not made yet."""
    reason = miss.reason
    if reason.kind != "changed":
        return miss.why
    unknown = {*(("input", name) for name in unsure), *(("config", name) for name in counted if unsure)}
    known = tuple(each for each in reason.changes if (each.kind, each.name) not in unknown)
    if not known:
        return f"MISS: {next(iter(unsure.values()))} is made before it"
    return f"{replace(reason, changes=known)}, against {reason.id}"
