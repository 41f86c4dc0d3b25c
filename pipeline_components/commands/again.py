"""Doing it again: what a run would do, whether an artifact comes out the same, and one step of a run by itself."""

import json as jsonlib
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from pipeline_components.browse.diff import differences
from pipeline_components.chain import produce as pipeline
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.commands.inspect import Id, resolve
from pipeline_components.commands.options import DEFAULT_STORE, JsonOption, ManualDirOption, StoreOption
from pipeline_components.commands.parameters import Parameters, ParametersOption
from pipeline_components.commands.tables import print_table
from pipeline_components.errors import ArtifactDamaged, BadConfig, StoreError, nearest
from pipeline_components.store import Artifact, Hit, Recipe, Store

Make = Callable[[Path], dict[str, Any]]


@dataclass(frozen=True)
class Forecast:
    """What a run would do about one component: `reuse`, `make`, `depends` (on what is made before it) or `skip`."""

    component: str
    action: str
    id: str | None
    why: str


def explain(
    *,
    parameters: ParametersOption = Parameters(),
    store: StoreOption = DEFAULT_STORE,
    manual_dir: ManualDirOption = None,
    json: JsonOption = False,
) -> None:
    """Say what `digits run` with these flags would reuse and what it would make, and why."""
    where = Store(store)
    found = forecast(where, pipeline.with_dataset(parameters.config(), where, manual_dir))
    if json:
        print(jsonlib.dumps([asdict(each) for each in found]))
    else:
        print_table(("component", "", "id", "why"), [(e.component, e.action, e.id or "", e.why) for e in found])


def forecast(store: Store, config: PipelineConfig) -> list[Forecast]:
    """A line a component. What comes after a miss is looked up as if the miss came out as its nearest artifact did."""
    made: dict[str, str] = {}
    new: set[str] = set()
    found = []
    for component, step in pipeline.STEPS.items():
        lacking = [source for source in step.inputs.values() if source not in made]
        if lacking:
            found.append(Forecast(component, "make", None, f"MISS: nothing like it yet (nor like {lacking[0]})"))
            continue
        each = _look_up(store, config, component, made, [source for source in step.inputs.values() if source in new])
        found.append(each)
        if each.id:
            made[component] = each.id
        if each.action != "reuse":
            new.add(component)
    return found


def _look_up(store: Store, config: PipelineConfig, component: str, made: dict[str, str], new: list[str]) -> Forecast:
    if component == "export" and "evaluate" not in new and not pipeline.is_blessed(store, made["evaluate"]):
        return Forecast(component, "skip", None, f"{made['evaluate']} is refused")
    looked_up = store.find(pipeline.recipe_of(component, store, config, made))
    if not isinstance(looked_up, Hit):
        return Forecast(component, "make", looked_up.nearest, looked_up.why)
    if new:
        why = f"{looked_up.why} if {new[0]} comes out as {made[new[0]]} did"
        return Forecast(component, "depends", looked_up.artifact.id, why)
    return Forecast(component, "reuse", looked_up.artifact.id, looked_up.why)


def reproduce(
    artifact: Id,
    *,
    store: StoreOption = DEFAULT_STORE,
    manual_dir: ManualDirOption = None,
    json: JsonOption = False,
) -> None:
    """Make an artifact again, in a store of its own, and compare every byte."""
    found = resolve(Store(store), artifact)
    recipe, make = _recorded(Store(store), found, manual_dir)
    with tempfile.TemporaryDirectory(prefix="digits-") as scratch:
        again = Store(scratch).produce(recipe, make).artifact
        different = differences(found, again)
    is_identical = found.manifest.content == again.manifest.content
    if json:
        print(jsonlib.dumps({"id": found.id, "identical": is_identical, "differences": [asdict(e) for e in different]}))
    elif different:
        print_table(("", "", found.id, "again"), [(e.kind, e.name, e.one, e.other) for e in different])
    if not is_identical:
        causes = [each.name for each in different if each.kind in ("source", "library", "platform")]
        told = f"what else changed: {', '.join(causes)}" if causes else "the same code, libraries and platform"
        raise ArtifactDamaged(f"{found.id}: not identical when made again ({told})")
    if not json:
        print(f"{found.id}: identical, all {len(found.manifest.files)} files, byte for byte")


def replay(
    run: Annotated[str, Parameter(help="A run's id, or latest.")],
    component: Annotated[str, Parameter(help="Which of its steps.")],
    *,
    out: Annotated[
        Path | None, Parameter(help="Folder to write into, which must not exist; a new one by default.")
    ] = None,
    debug: Annotated[bool, Parameter(negative="", help="Stop in the debugger at the component's first line.")] = False,
    store: StoreOption = DEFAULT_STORE,
    manual_dir: ManualDirOption = None,
) -> None:
    """Run one step of a recorded run by itself, with the same inputs and config; prints the folder it wrote."""
    where = Store(store)
    record = _run_record(where, run)
    if component not in pipeline.STEPS:
        raise BadConfig(f"unknown component {component!r}{nearest(component, list(pipeline.STEPS))}")
    step = record["steps"].get(component)
    if step:
        _, make = _recorded(where, where.artifact(step["id"]), manual_dir)
    else:
        make = _unmade(where, record, component, manual_dir)
    folder = out or Path(tempfile.mkdtemp(prefix=f"digits-{component}-"))
    if out is not None:
        try:
            out.mkdir(parents=True)
        except OSError as error:
            raise StoreError(
                f"{out}: {(error.strerror or '').lower()}: choose a folder that is not there yet"
            ) from None
    if debug:
        _debug(component, lambda: make(folder))
    else:
        make(folder)
    print(folder)


def _debug(component: str, call: Callable[[], object]) -> None:
    """Call under the debugger, which stops where the component begins."""
    import importlib
    import pdb

    code = getattr(importlib.import_module(f"{pipeline.PACKAGE}.{component}"), component).__code__
    debugger = pdb.Pdb(nosigint=True)
    first = min(line for _, _, line in code.co_lines() if line is not None and line > code.co_firstlineno)
    debugger.rcLines += [f"tbreak {code.co_filename}:{first}", "continue"]
    debugger.runcall(call)


def _run_record(store: Store, run: str) -> dict[str, Any]:
    if run != "latest":
        return store.run(run)
    known = store.runs()
    if not known:
        raise StoreError(f"{store.root}: no run is recorded yet: digits run makes one")
    return known[-1]


def _recorded(store: Store, artifact: Artifact, manual_dir: Path | None) -> tuple[Recipe, Make]:
    """The recipe that an artifact was made by, with the code and libraries of now."""
    manifest = artifact.manifest
    inputs = {
        name: [store.artifact(each["id"]) for each in value] if isinstance(value, list) else store.artifact(value["id"])
        for name, value in manifest.inputs.items()
    }
    config = PipelineConfig.from_flat(manifest.config)
    recipe = pipeline.recipe_with(artifact.component, config, inputs)
    return recipe, lambda folder: pipeline.make(recipe, config, folder, manual_dir)


def _unmade(store: Store, record: dict[str, Any], component: str, manual_dir: Path | None) -> Make:
    """What a step that failed would have made, from the run's parameters and the steps before it."""
    made = {name: step["id"] for name, step in record["steps"].items()}
    lacking = [source for source in pipeline.STEPS[component].inputs.values() if source not in made]
    if lacking:
        raise StoreError(f"{record['run_id']}: {component} had no input: {lacking[0]} was not made in that run")
    config = PipelineConfig.from_flat(record["parameters"])
    recipe = pipeline.recipe_of(component, store, config, made)
    return lambda folder: pipeline.make(recipe, config, folder, manual_dir)
