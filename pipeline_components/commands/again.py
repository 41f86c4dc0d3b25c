"""`digits explain`, `reproduce`, `replay`: what a run would do, and an artifact or one step of a run again."""

import json as jsonlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from pipeline_components.browse.diff import differences
from pipeline_components.chain.again import artifact_again, component_named, step_again
from pipeline_components.chain.components import COMPONENTS
from pipeline_components.chain.forecast import forecast
from pipeline_components.commands.inspect import Id, resolve
from pipeline_components.commands.options import DEFAULT_STORE, JsonOption, StoreOption
from pipeline_components.commands.parameters import (
    Flat,
    Parameters,
    ParametersOption,
    RunOutside,
    RunOutsideOption,
    folders,
    outside_type,
    pipeline_config,
)
from pipeline_components.commands.tables import print_table
from pipeline_components.errors import ArtifactDamaged, StoreError
from pipeline_components.store import Store

Outside = outside_type(*COMPONENTS.values())
OutsideOption = Annotated[Outside, Flat]  # type: ignore[valid-type]


def explain(
    *,
    parameters: ParametersOption = Parameters(),
    store: StoreOption = DEFAULT_STORE,
    outside: RunOutsideOption = RunOutside(),
    json: JsonOption = False,
) -> None:
    """Say what `digits run` with these flags would reuse and what it would make, and why."""
    found = forecast(Store.at(store), pipeline_config(parameters), folders(outside))
    if json:
        print(jsonlib.dumps([asdict(each) for each in found]))
    else:
        print_table(("component", "", "id", "why"), [(e.component, e.action, e.id or "", e.why) for e in found])


def reproduce(
    artifact: Id,
    *,
    store: StoreOption = DEFAULT_STORE,
    outside: OutsideOption = Outside(),
    json: JsonOption = False,
) -> None:
    """Make an artifact again, in a store of its own, and compare every byte."""
    found = resolve(Store.at(store), artifact)
    again = artifact_again(Store.at(store), found, folders(outside))
    with tempfile.TemporaryDirectory(prefix="digits-") as scratch:
        made = Store(scratch).produce(again.recipe, again.make).artifact
        different = differences(found, made)
    is_identical = found.manifest.content == made.manifest.content
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
    outside: OutsideOption = Outside(),
) -> None:
    """Run one step of a recorded run by itself, with the same inputs and config; prints the folder it wrote."""
    where, name = Store.at(store), component_named(component).name
    again = step_again(where, _run_record(where, run), name, folders(outside))
    folder = _folder(out, name)
    if debug:
        _debug(name, lambda: again.make(folder))
    else:
        again.make(folder)
    print(folder)


def _folder(out: Path | None, component: str) -> Path:
    if out is None:
        return Path(tempfile.mkdtemp(prefix=f"digits-{component}-"))
    try:
        out.mkdir(parents=True)
    except OSError as error:
        raise StoreError(f"{out}: {(error.strerror or '').lower()}: choose a folder that is not there yet") from None
    return out


def _debug(component: str, call: Callable[[], object]) -> None:
    """Call under the debugger, which stops where the component begins."""
    import pdb

    code = COMPONENTS[component].function.__code__
    debugger = pdb.Pdb(nosigint=True)
    first = min(line for _, _, line in code.co_lines() if line is not None and line > code.co_firstlineno)
    debugger.rcLines += [f"tbreak {code.co_filename}:{first}", "continue"]
    debugger.runcall(call)


def _run_record(store: Store, run: str) -> Mapping[str, Any]:
    if run != "latest":
        return store.run(run)
    record = store.last_run()
    if record is not None and "searched" in record:  # a search has none of a retraining's steps
        record = next((each for each in reversed(store.runs()) if "searched" not in each), None)
    if record is None:
        raise StoreError(f"{store.root}: no run is recorded yet: digits run makes one")
    return record
