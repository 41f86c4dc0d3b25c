"""`digits ls`, `show`, `diff`, `lineage`, `runs`, `open`: what there is, what it was made from, what runs came to."""

import json as jsonlib
import webbrowser
from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import Parameter

from pipeline_components.chain.components import COMPONENTS
from pipeline_components.commands.options import DEFAULT_STORE, Count, JsonOption, StoreOption
from pipeline_components.commands.tables import fields, print_rows, print_table, when
from pipeline_components.errors import ArtifactNotFound, BadConfig
from pipeline_components.store import Artifact, Store
from pipeline_components.store.catalog import Summary, components
from pipeline_components.store.disk import size
from pipeline_components.store.graph import served_models
from pipeline_components.store.ids import is_component
from pipeline_components.store.manifest import input_entries
from pipeline_components.store.pins import pins

Id = Annotated[str, Parameter(help="An artifact's id, such as train/7; a component's name means its newest.")]


def ls(
    component: Annotated[str | None, Parameter(help="Only this component's artifacts.")] = None,
    *,
    latest: Annotated[bool, Parameter(negative="", help="Only the newest of each component.")] = False,
    verdict: Annotated[str | None, Parameter(help="Only evaluations with this verdict: blessed or refused.")] = None,
    run: Annotated[str | None, Parameter(help="Only what this run made.")] = None,
    limit: Annotated[Count, Parameter(help="At most so many, the newest; 0 for all.")] = 50,
    store: StoreOption = DEFAULT_STORE,
    json: JsonOption = False,
) -> None:
    """List artifacts, the newest last."""
    where = Store(store)
    if component is not None and component not in components(store):
        raise ArtifactNotFound(f"{component}: no such component in {store}; there are: {listed(components(store))}")
    found = where.summaries(component)
    if latest:
        found = list({each.id.partition("/")[0]: each for each in found}.values())
    found = [each for each in found if run is None or each.run_id == run]
    found = [each for each in found if verdict is None or each.facts.get("verdict") == verdict]
    shown = sorted(found, key=lambda each: each.at)[-limit:] if limit else found
    marks = _marks(where)
    if json:
        print(jsonlib.dumps([_summary_json(each, marks) for each in shown]))
        return
    rows = [
        (each.id, when(each.at), f"{each.elapsed_s:.1f} s", size(each.size_bytes), _said(each), marks.get(each.id, ""))
        for each in shown
    ]
    print_rows(("id", "made", "took", "size", "what", ""), rows)
    if len(shown) < len(found):
        print(f"… {len(found) - len(shown)} older ones: --limit 0 lists all")


def _summary_json(summary: Summary, marks: dict[str, str]) -> dict[str, Any]:
    return vars(summary) | {"mark": marks.get(summary.id, "")}


def _said(summary: Summary) -> str:
    """The facts worth a line: the verdict first, then a few numbers."""
    if summary.damage:
        return "DAMAGED: digits verify says more"
    facts = {name: value for name, value in summary.facts.items() if isinstance(value, str | int | float)}
    order = sorted(facts, key=lambda name: (name != "verdict", not name.startswith("accuracy")))
    return "  ".join(f"{name} {_short(facts[name])}" for name in order[:4])


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)[:24]


def _marks(store: Store) -> dict[str, str]:
    found = dict.fromkeys(pins(store.root), "pinned")
    for model in served_models(store.root):
        for version in model.versions():
            found[version.export] = f"served as version {version.number}"
        current = model.current()
        if current:
            found[current.export] = f"SERVED NOW (version {current.number})"
    return found


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

    found = resolve(Store(store), artifact)
    if json:
        print(jsonlib.dumps(found.manifest.as_json()))
        return
    manifest = found.manifest
    if file is not None:
        if file not in manifest.files:
            raise BadConfig(f"{found.id}: no file {file!r}; there are: {listed(manifest.files)}")
        print(peek(found.path / file, 40))
        return
    print(
        f"{found.id}  {manifest.digest[:12]}  made {when(manifest.made['at'])} in {manifest.made['elapsed_s']} s",
        end="",
    )
    print(f" by {manifest.made['run_id']}" if manifest.made.get("run_id") else "")
    inputs = {name: _names(value) for name, value in manifest.inputs.items()}
    for title, values in {"config": manifest.config, "inputs": inputs, "facts": manifest.facts}.items():
        fields(title, values)
    fields("libraries", manifest.libraries | manifest.platform)
    fields("source", {name: digest[:12] for name, digest in manifest.source.items()})
    rows = [
        (name, size(each["size"]), each["sha256"][:12], peek(found.path / name, 1))
        for name, each in manifest.files.items()
    ]
    print_table(("file", "size", "sha256", "inside"), rows)


def _names(value: Any) -> str:
    return ", ".join(each["id"] for each in (value if isinstance(value, list) else [value]))


def diff(one: Id, other: Id, *, store: StoreOption = DEFAULT_STORE, json: JsonOption = False) -> None:
    """Say how two artifacts differ: config, inputs, code, libraries, facts, files, metrics, confusion."""
    from pipeline_components.browse.diff import differences

    where = Store(store)
    pair = resolve(where, one), resolve(where, other)
    found = differences(*pair)
    if json:
        print(jsonlib.dumps({"one": pair[0].id, "other": pair[1].id, "differences": [asdict(each) for each in found]}))
    elif not found:
        print(f"{pair[0].id} and {pair[1].id} are the same")
    else:
        rows = [(each.kind, each.name, each.one, each.other) for each in found]
        print_table(("", "", pair[0].id, pair[1].id), rows)


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

    where = Store(store)
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
    """List pipeline runs, the newest last: what each made or reused, and its verdict."""
    found = Store(store).runs(limit)
    if json:
        print(jsonlib.dumps(found))
        return
    print_rows(
        ("run", "ended", "took", "made", "reused", "verdict", "accuracy"),
        [
            (
                each["run_id"],
                when(str(each.get("ended_at", ""))),
                f"{each['elapsed_s']:.1f} s" if isinstance(each.get("elapsed_s"), int | float) else "",
                listed(str(step.get("id")) for step in _steps(each) if not step.get("hit")),
                listed(str(step.get("id")) for step in _steps(each) if step.get("hit")),
                how_it_ended(each),
                _short(each["accuracy"]) if isinstance(each.get("accuracy"), float) else "",
            )
            for each in found
        ],
    )


def how_it_ended(record: dict[str, Any]) -> str:
    """`refused`, `bad parameter`, `blessed, held back (attempt 2)`: the last attempt, its reason in a word or two."""
    ending, earlier = str(record.get("ending") or record.get("verdict")), record.get("earlier")
    return f"{ending} (attempt {len(earlier) + 1})" if isinstance(earlier, list) else ending


def _steps(record: dict[str, Any]) -> list[dict[str, Any]]:
    steps = record.get("steps")
    return [each for each in steps.values() if isinstance(each, dict)] if isinstance(steps, dict) else []


def open(
    artifact: Annotated[str, Parameter(help="A report's id, or that of the evaluation it shows.")] = "report",
    *,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Open a report in the browser; prints its path."""
    where = Store(store)
    found = resolve(where, artifact)
    if found.component not in ("report", COMPONENTS["report"].inputs["evaluation"]):
        raise BadConfig(f"{found.id}: a report's id, or that of the evaluation it shows, expected")
    shown = next((each for each in where.newest("report") if each.id == found.id or _shows(each, found.id)), None)
    if shown is None:
        raise ArtifactNotFound(f"{found.id}: no report of it in {store}: digits report --evaluation {found.id}")
    page = shown.intact("report.html").absolute()
    print(page)
    webbrowser.open(page.as_uri())


def _shows(report: Artifact, evaluation: str) -> bool:
    return ("evaluation", evaluation) in [(name, each["id"]) for name, each in input_entries(report.manifest.inputs)]
