"""`digits ls`, `show`, `diff`, `lineage`, `runs`, `open`: what there is, what it was made from, what runs came to."""

import json as jsonlib
import webbrowser
from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from pipeline_components.browse.marks import marks_of
from pipeline_components.browse.runs import how_it_ended
from pipeline_components.browse.versions import Version, told_of
from pipeline_components.chain.components import COMPONENTS, Component
from pipeline_components.commands.options import DEFAULT_STORE, Count, JsonOption, StoreOption, existing, note
from pipeline_components.commands.tables import fields, print_table, short, when
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import ArtifactNotFound, BadConfig, StoreError
from pipeline_components.store import Artifact, Store
from pipeline_components.store.catalog import Summary, components
from pipeline_components.store.disk import size
from pipeline_components.store.ids import is_component
from pipeline_components.store.manifest import input_entries
from pipeline_components.terminal import NO_BREAK, wrapped

Verdict = Literal["blessed", "refused"]
Id = Annotated[str, Parameter(help="An artifact's id, such as train/7; a component's name means its newest.")]


def ls(
    component: Annotated[str | None, Parameter(help="Only this component's artifacts.")] = None,
    *,
    latest: Annotated[bool, Parameter(negative="", help="Only the newest of each component.")] = False,
    verdict: Annotated[Verdict | None, Parameter(help="Only evaluations and reports with this verdict.")] = None,
    run: Annotated[str | None, Parameter(help="Only what this run made.")] = None,
    limit: Annotated[Count, Parameter(help="At most so many, the newest; 0 for all.")] = 50,
    store: StoreOption = DEFAULT_STORE,
    json: JsonOption = False,
) -> None:
    """List artifacts, the newest last."""
    where = existing(store)
    if component is not None and component not in components(store):
        raise ArtifactNotFound(f"{component}: no such component in {store}; there are: {listed(components(store))}")
    found = where.summaries(component)
    if latest:
        found = list({each.id.partition("/")[0]: each for each in found}.values())
    found = [each for each in found if run is None or each.run_id == run]
    found = [each for each in found if verdict is None or each.facts.get("verdict") == verdict]
    shown = sorted(found, key=lambda each: each.at)[-limit:] if limit else found
    marks = marks_of(where)
    if json:
        print(jsonlib.dumps([_summary_json(each, marks) for each in shown]))
        return
    rows = [
        (each.id, when(each.at), f"{each.elapsed_s:.1f} s", size(each.size_bytes), _said(each, marks.get(each.id, "")))
        for each in shown
    ]
    print_table(("id", "made", "took", "size", "what"), rows, wide="size")
    if not shown:
        asked = latest or verdict or run or component
        note(f"{store}: no artifact {'is like that: digits ls lists all' if asked else 'yet: digits run makes some'}")
    if len(shown) < len(found):
        print(f"… {len(found) - len(shown)} older ones: --limit 0 lists all")


def _summary_json(summary: Summary, marks: dict[str, str]) -> dict[str, Any]:
    return vars(summary) | {"mark": marks.get(summary.id, "")}


def _said(summary: Summary, mark: str) -> list[str]:
    """Whether it is served or pinned, and what matters of its facts; the table shows as much as fits."""
    if summary.damage:
        return ["DAMAGED: digits verify says more"]
    component = COMPONENTS.get(summary.id.partition("/")[0], Component("", ""))
    return [mark, *component.in_short(summary.facts)]


def resolve(store: Store, name: str) -> Artifact:
    """The artifact that a person means: `train/7`, or `train` for the newest one."""
    if is_component(name):
        known = store.summaries(name)
        if not known:
            raise ArtifactNotFound(
                f"{name}: no such artifact in {store.root}; there are: {listed(components(store.root))}"
            )
        return store.artifact(known[-1].id)
    return store.artifact(name)


def listed(names: Iterable[str]) -> str:
    """`a, b`, or `none`."""
    return ", ".join(names) or "none"


def show(
    artifact: Id,
    *,
    file: Annotated[str | None, Parameter(help="One of its files: show more of it.")] = None,
    store: StoreOption = DEFAULT_STORE,
    json: JsonOption = False,
) -> None:
    """Show an artifact's manifest, its files, and a look into each."""
    from pipeline_components.browse.peek import peek

    where = Store.at(store)
    found = resolve(where, artifact)
    if json:
        print(jsonlib.dumps(found.manifest.as_json()))
        return
    manifest = found.manifest
    if file is not None:
        if file not in manifest.files:
            raise BadConfig(f"{found.id}: no file {file!r}; there are: {listed(manifest.files)}")
        print(peek(found.path / file, 40))
        return
    made = manifest.made
    by = f" by {made['run_id']}" if made.get("run_id") else ""
    print(wrapped(f"{found.id}  {manifest.digest[:12]}  made {when(made['at'])} in {made['elapsed_s']:.1f} s{by}", 2))
    fields("served", _service(where, found.id))
    fields("config", manifest.config)
    fields("inputs", {name: _names(value) for name, value in manifest.inputs.items()})
    fields("facts", manifest.facts)
    fields("libraries", manifest.libraries | manifest.platform)
    fields("source", {name: digest[:12] for name, digest in manifest.source.items()})
    rows = [
        (name, size(each["size"]), each["sha256"][:12], peek(found.path / name, 1))
        for name, each in manifest.files.items()
    ]
    print_table(("file", "size", "sha256", "inside"), rows, wide="sha256")


def _service(store: Store, export: str) -> dict[str, str]:
    """When and why an artifact was served, and whether it is now, by version."""
    try:
        found = list(told_of(store, store.served(MODEL_NAME), export))
    except StoreError as error:
        return {"unknown": str(error)}
    return {f"{MODEL_NAME}/{each.number}": _service_of(each) for each in found}


def _service_of(version: Version) -> str:
    state = "now" if version.state == "served" else version.state
    why = f", {version.why}" if version.why else ""
    return f"{state}: {version.action} {when(version.at)} by {version.who}{why}"


def _names(value: Any) -> str:
    return ", ".join(each["id"] for each in (value if isinstance(value, list) else [value]))


def diff(
    one: Id,
    other: Id,
    *,
    details: Annotated[
        bool, Parameter(negative="", help="Every metric, count and file, not their number alone.")
    ] = False,
    store: StoreOption = DEFAULT_STORE,
    json: JsonOption = False,
) -> None:
    """Say how two artifacts of a component differ: what came of it first, then what was changed.

    Of two evaluations, by how much the accuracy changed, with the interval of that difference.
    """
    from pipeline_components.browse.diff import accuracy_change, differences
    from pipeline_components.commands.differing import print_differences

    where = Store.at(store)
    pair = resolve(where, one), resolve(where, other)
    if pair[0].component != pair[1].component:
        raise BadConfig(
            f"{pair[0].id} and {pair[1].id}: of different components: name two of one (digits ls {pair[0].component})"
        )
    found, change = differences(*pair), accuracy_change(*pair)
    if json:
        print(
            jsonlib.dumps(
                {
                    "one": pair[0].id,
                    "other": pair[1].id,
                    "accuracy": asdict(change) if change else None,
                    "differences": [asdict(each) for each in found],
                }
            )
        )
    elif not found:
        print(f"{pair[0].id} and {pair[1].id} are the same")
    else:
        print_differences(pair[0].id, pair[1].id, found, change, details=details)


def lineage(
    artifact: Id,
    *,
    dot: Annotated[bool, Parameter(negative="", help="Print a graph for Graphviz.")] = False,
    mermaid: Annotated[bool, Parameter(negative="", help="Print a Mermaid flowchart.")] = False,
    store: StoreOption = DEFAULT_STORE,
    json: JsonOption = False,
) -> None:
    """Show what an artifact was made from, up to the data, and what was made of it, down to what was served."""

    from pipeline_components.browse.lineage import as_dot, as_mermaid, lineage_of, print_tree

    where = Store.at(store)
    found = lineage_of(where, resolve(where, artifact).id)
    if json:
        print(jsonlib.dumps(asdict(found)))
    elif dot:
        print(as_dot(found))
    elif mermaid:
        print(as_mermaid(found))
    else:
        print_tree(found)


def runs(
    *,
    limit: Annotated[Count, Parameter(help="At most so many, the newest; 0 for all.")] = 20,
    store: StoreOption = DEFAULT_STORE,
    json: JsonOption = False,
) -> None:
    """List pipeline runs, the newest last: verdict, parameters that were not the default, and what stood against it."""
    found = existing(store).runs(limit)
    if json:
        print(jsonlib.dumps(found))
        return
    print_table(
        ("run", "ended", ["accuracy", "took   ", "model"]),
        [_run_row(each) for each in found],
        below=[_run_details(each) for each in found],
    )
    if not found:
        note(f"{store}: no run yet: digits run makes one")


def _run_row(record: dict[str, Any]) -> tuple[str, str, list[str]]:
    accuracy = f"{record['accuracy']:.4f}" if isinstance(record.get("accuracy"), float) else ""
    elapsed_s, model = record.get("elapsed_s"), str(record.get("model") or "")
    took = f"{elapsed_s:.1f} s" if isinstance(elapsed_s, int | float) else ""
    return record["run_id"], how_it_ended(record), [f"{accuracy:<8}", f"{took:<7}", model]


def _run_details(record: dict[str, Any]) -> list[str]:
    from pipeline_components.chain.config import PipelineConfig  # here: pydantic's models, which no other list needs

    parameters, reasons = record.get("parameters"), record.get("reasons")
    changed = PipelineConfig().changed(parameters if isinstance(parameters, dict) else {})
    searched = COMPONENTS["tune"].config().model_dump(mode="json") if "searched" in record else {}
    changed = {name: each for name, each in changed.items() if name not in searched or searched[name] != each}
    told = ["  ".join(f"{name}{NO_BREAK}{short(value, 40)}" for name, value in changed.items())] if changed else []
    return told + (reasons if isinstance(reasons, list) and record.get("verdict") != "blessed" else [])


def open(
    artifact: Annotated[str, Parameter(help="A report's id, or that of the evaluation it shows.")] = "report",
    *,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Open a report in the browser; prints its path, and where there is no browser what to do with it."""
    where = Store.at(store)
    found = resolve(where, artifact)
    if found.component not in ("report", COMPONENTS["report"].inputs["evaluation"]):
        raise BadConfig(f"{found.id}: a report's id, or that of the evaluation it shows, expected")
    shown = next((each for each in where.newest("report") if each.id == found.id or _shows(each, found.id)), None)
    if shown is None:
        raise ArtifactNotFound(f"{found.id}: no report of it in {store}: digits report --evaluation {found.id}")
    page = shown.intact("report.html").absolute()
    print(page)
    if not webbrowser.open(page.as_uri()):
        note("no browser here: copy that one file to a machine that has one; it needs nothing else")


def _shows(report: Artifact, evaluation: str) -> bool:
    return ("evaluation", evaluation) in [(name, each["id"]) for name, each in input_entries(report.manifest.inputs)]
