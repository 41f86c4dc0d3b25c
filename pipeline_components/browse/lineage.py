"""An artifact's lineage: what it was made from, up to the data, and what was made of it, down to what was served."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline_components.store import Store
from pipeline_components.store.graph import Graph, graph_of, served_models
from pipeline_components.store.manifest import input_entries

if TYPE_CHECKING:
    from rich.tree import Tree

DEEPEST = 12  # steps that a tree shows in 80 columns: our chains have five


@dataclass(frozen=True)
class Lineage:
    """`id`'s ancestors and descendants: `nodes` with a word on each, `edges` (made from, made, as which input)."""

    id: str
    nodes: dict[str, str]
    edges: list[tuple[str, str, str]]


def lineage_of(store: Store, artifact_id: str) -> Lineage:
    """Everything that an artifact came from and led to."""
    everything = graph_of(store.documents())
    members = everything.ancestors([artifact_id]) | _descendants(everything, artifact_id)
    nodes = {each: _word(everything, each) for each in sorted(members)}
    edges = [
        (entry["id"], each, name)
        for each in nodes
        if each in everything.artifacts
        for name, entry in input_entries(everything.artifacts[each].manifest.inputs)
        if entry["id"] in nodes
    ]
    for model in served_models(store.documents()):
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
    """Two trees: made from, and made of it; what is farther away than DEEPEST steps is left to --json."""
    from rich.console import Console
    from rich.markup import escape
    from rich.tree import Tree

    console = Console(highlight=False, emoji=False)
    for title, source, target in (("made from", 1, 0), ("led to", 0, 1)):
        tree = Tree(f"[bold]{found.id}[/] {escape(found.nodes[found.id])} [dim]{title}[/]")
        steps: dict[str, list[tuple[str, str]]] = {}
        for edge in found.edges:
            steps.setdefault(edge[source], []).append((edge[2], edge[target]))
        _grow(tree, found.nodes, steps, found.id, {found.id}, DEEPEST)
        if tree.children:
            console.print(tree)
        else:
            console.print(f"[bold]{found.id}[/] [dim]{title} nothing[/]")


def _grow(
    tree: "Tree", nodes: dict[str, str], steps: dict[str, list[tuple[str, str]]], name: str, seen: set[str], left: int
) -> None:
    from rich.markup import escape

    for edge, other in steps.get(name, ()):
        mark = "(above)" if other in seen else "… (--json)" if left == 1 else ""
        again = f" [dim]{mark}[/]" if mark and other in steps else ""
        branch = tree.add(f"[dim]{escape(edge)}[/] {other} {escape(nodes[other])}{again}")
        if other not in seen and left > 1:
            seen.add(other)
            _grow(branch, nodes, steps, other, seen, left - 1)


def as_dot(found: Lineage) -> str:
    """The lineage for Graphviz."""
    nodes = [f'  "{name}" [label="{name}\\n{_quoted(word)}"];' for name, word in found.nodes.items()]
    edges = [f'  "{one}" -> "{other}" [label="{_quoted(name)}"];' for one, other, name in found.edges]
    return "\n".join(["digraph lineage {", "  rankdir=LR; node [shape=box];", *nodes, *edges, "}"])


def as_mermaid(found: Lineage) -> str:
    """The lineage as a Mermaid flowchart."""
    numbers = {name: f"n{number}" for number, name in enumerate(found.nodes)}
    nodes = [f'  {numbers[name]}["{name}<br>{_quoted(word)}"]' for name, word in found.nodes.items()]
    edges = [f"  {numbers[one]} -->|{_quoted(name)}| {numbers[other]}" for one, other, name in found.edges]
    return "\n".join(["flowchart LR", *nodes, *edges])


def _quoted(word: str) -> str:
    """A word that ends no quotation and no line."""
    return " ".join(word.replace('"', "'").replace("|", "/").replace("\\", "/").split())
