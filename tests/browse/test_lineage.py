"""An artifact's lineage: up to the data, down to what was served, and a word on each."""

import shutil

import pytest

from pipeline_components.browse.lineage import as_dot, as_mermaid, lineage_of, print_tree
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.store import ServedModel, Store
from tests.kits.store import chain, maker, produce, recipe


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "artifacts")


EDGES = [
    ("train/1", "export/1", "train"),
    ("ingest/1", "preprocess/1", "ingest"),
    ("preprocess/1", "train/1", "preprocess"),
]


def test_from_any_artifact_the_whole_line_is_found_and_nothing_beside_it(store):
    chain(store, 1)
    chain(store, 2)  # shares ingest/1 and preprocess/1
    assert sorted(lineage_of(store, "export/1").edges) == sorted(EDGES)
    assert set(lineage_of(store, "train/2").nodes) == {"ingest/1", "preprocess/1", "train/2", "export/2"}
    assert len(lineage_of(store, "preprocess/1").nodes) == 6


def test_served_versions_hang_on_their_export_and_say_by_whom(store):
    exports = [chain(store, epochs)["export"] for epochs in (1, 2)]
    for export in exports:
        ServedModel(store.root, MODEL_NAME).push(export, who="anna")
    ServedModel(store.root, MODEL_NAME).rollback(who="bert")
    found = lineage_of(store, "train/1")
    served = {name: word for name, word in found.nodes.items() if name.startswith("served")}
    assert served == {"served digits/1": "push by anna", "served digits/3": "rollback by bert"}
    assert ("export/1", "served digits/3", "rollback") in found.edges


def test_an_artifact_is_described_by_verdict_dataset_or_network(store):
    for component, facts in (
        ("evaluate", {"verdict": "refused", "dataset": "mnist"}),
        ("ingest", {"dataset": "mnist"}),
        ("report", {"figures": 8}),
    ):
        store.produce(recipe(component), maker("x", facts=facts))
    store.produce(recipe("train", network="mlp"), maker("x", facts={}))
    words = {name: lineage_of(store, name).nodes[name] for name in ("evaluate/1", "ingest/1", "report/1", "train/1")}
    assert words == {"evaluate/1": "refused", "ingest/1": "mnist", "report/1": "", "train/1": "mlp"}


def test_what_is_damaged_or_gone_says_so(store):
    made = chain(store)
    (made["train"].path / "artifact.json").write_text("{}")
    assert lineage_of(store, "train/1").nodes["train/1"] == "DAMAGED"
    shutil.rmtree(made["train"].path)
    assert lineage_of(store, "export/1").nodes["train/1"] == "MISSING"


def test_it_is_drawn_for_graphviz_and_for_mermaid(store):
    chain(store)
    found = lineage_of(store, "train/1")
    dot = as_dot(found).splitlines()
    assert (dot[0], dot[-1]) == ("digraph lineage {", "}")
    assert [line for line in dot if "->" in line] == [
        f'  "{one}" -> "{other}" [label="{name}"];' for one, other, name in found.edges
    ]
    assert '  "train/1" [label="train/1\\n"];' in dot
    head, *lines = as_mermaid(found).splitlines()
    assert head == "flowchart LR"
    assert lines[:4] == [f'  n{i}["{name}<br>"]' for i, name in enumerate(found.nodes)]
    assert lines[4:] == ["  n3 -->|train| n0", "  n1 -->|ingest| n2", "  n2 -->|preprocess| n3"]


def test_a_tree_names_what_stands_above_once(store, capsys):
    raw = produce(store, recipe("ingest")).artifact
    data = produce(store, recipe("preprocess", inputs={"examples": raw})).artifact
    model = produce(store, recipe("train", inputs={"examples": data})).artifact
    produce(store, recipe("evaluate", inputs={"examples": data, "model": model}))
    print_tree(lineage_of(store, "evaluate/1"))
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "evaluate/1  made from",
        "├── examples preprocess/1",
        "│   └── examples ingest/1",
        "└── model train/1",
        "    └── examples preprocess/1  (above)",
        "evaluate/1 led to nothing",
    ]
    print_tree(lineage_of(store, "preprocess/1"))
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()][2:] == [
        "preprocess/1  led to",
        "├── examples evaluate/1",
        "└── examples train/1",
        "    └── model evaluate/1",
    ]
