"""An artifact's lineage: what it was made from, up to the data, and what was made of it, down to what was served."""

from dataclasses import dataclass

from pipeline_components.store import Store
from pipeline_components.store.graph import Graph, graph_of, served_models
from pipeline_components.store.manifest import input_entries


@dataclass(frozen=True)
class Lineage:
    """`id`'s ancestors and descendants: `nodes` with a word on each, `edges` (made from, made, as which input)."""

    id: str
    nodes: dict[str, str]
    edges: list[tuple[str, str, str]]


def lineage_of(store: Store, artifact_id: str) -> Lineage:
    """Everything that an artifact came from and led to."""
    everything = graph_of(store.root)
    members = everything.ancestors([artifact_id]) | _descendants(everything, artifact_id)
    nodes = {each: _word(everything, each) for each in sorted(members)}
    edges = [
        (entry["id"], each, name)
        for each in nodes
        if each in everything.artifacts
        for name, entry in input_entries(everything.artifacts[each].manifest.inputs)
        if entry["id"] in nodes
    ]
    for model in served_models(store.root):
        for version in model.versions():
            if version.export in nodes:
                name = f"served {model.model}/{version.number}"
                nodes[name] = f"{version.action} by {version.who}"
                edges.append((version.export, name, version.action))
    return Lineage(artifact_id, nodes, edges)


def _descendants(everything: Graph, artifact_id: str) -> set[str]:
    found: set[str] = set()
    waiting = [artifact_id]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting.extend(everything.users.get(each, ()))
    return found


def _word(everything: Graph, artifact_id: str) -> str:
    if artifact_id in everything.damaged:
        return "DAMAGED"
    if artifact_id not in everything.artifacts:
        return "MISSING"
    manifest = everything.artifacts[artifact_id].manifest
    for name in ("verdict", "dataset", "network"):
        if isinstance(value := manifest.facts.get(name) or manifest.config.get(name), str):
            return value
    return ""


def print_tree(found: Lineage) -> None:
    """Two trees: made from, and made of it."""
    from rich.console import Console
    from rich.tree import Tree

    console = Console(highlight=False)
    for title, source, target in (("made from", 1, 0), ("led to", 0, 1)):
        tree = Tree(f"[bold]{found.id}[/] {found.nodes[found.id]} [dim]{title}[/]")
        _grow(tree, found, found.id, source, target, set())
        if tree.children:
            console.print(tree)
        else:
            console.print(f"[bold]{found.id}[/] [dim]{title} nothing[/]")


def _grow(tree: object, found: Lineage, name: str, source: int, target: int, seen: set[str]) -> None:
    for edge in found.edges:
        if edge[source] == name:
            other = edge[target]
            again = " [dim](above)[/]" if other in seen and any(each[source] == other for each in found.edges) else ""
            branch = tree.add(f"[dim]{edge[2]}[/] {other} {found.nodes[other]}{again}")  # type: ignore[attr-defined]
            if other not in seen:
                seen.add(other)
                _grow(branch, found, other, source, target, seen)


def as_dot(found: Lineage) -> str:
    """The lineage for Graphviz."""
    nodes = [f'  "{name}" [label="{name}\\n{word}"];' for name, word in found.nodes.items()]
    edges = [f'  "{one}" -> "{other}" [label="{name}"];' for one, other, name in found.edges]
    return "\n".join(["digraph lineage {", "  rankdir=LR; node [shape=box];", *nodes, *edges, "}"])


def as_mermaid(found: Lineage) -> str:
    """The lineage as a Mermaid flowchart."""
    numbers = {name: f"n{number}" for number, name in enumerate(found.nodes)}
    nodes = [f'  {numbers[name]}["{name}<br>{word}"]' for name, word in found.nodes.items()]
    edges = [f"  {numbers[one]} -->|{name}| {numbers[other]}" for one, other, name in found.edges]
    return "\n".join(["flowchart LR", *nodes, *edges])
