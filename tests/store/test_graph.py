"""What was made from what."""

from pipeline_components.store.graph import graph_of, mentioned, served_models
from tests.kits.store import chain, produce, recipe, served


def test_ancestors_are_the_artifacts_themselves_and_all_they_were_made_from(store):
    chain(store)
    chain(store, epochs=2)
    graph = graph_of(store.root)
    assert list(graph.artifacts) == [
        *("export/1", "export/2", "ingest/1"),  # ingest and preprocess are the same for both
        *("preprocess/1", "train/1", "train/2"),
    ]
    assert graph.inputs("train/2") == ["preprocess/1"] and graph.inputs("ingest/1") == graph.inputs("ingest/9") == []
    assert graph.ancestors(["train/2"]) == {"train/2", "preprocess/1", "ingest/1"}
    assert graph.ancestors(["export/1", "train/2"]) == {*graph.artifacts} - {"export/2"}
    assert graph.users == {
        "ingest/1": ["preprocess/1"],
        "preprocess/1": ["train/1", "train/2"],
        "train/1": ["export/1"],
        "train/2": ["export/2"],
    }


def test_users_come_before_what_they_use(store):
    made = chain(store)
    report = produce(store, recipe("report", inputs={"data": made["ingest"], "all": [made["export"], made["train"]]}))
    order = graph_of(store.root).users_first()
    assert order[0] == report.artifact.id and sorted(order) == sorted(graph_of(store.root).artifacts)
    assert order.index("export/1") < order.index("train/1") < order.index("preprocess/1") < order.index("ingest/1")


def test_an_artifact_whose_manifest_is_damaged_is_in_the_order_and_told_apart(store):
    made = chain(store)
    (made["train"].path / "artifact.json").write_bytes(b"{}")
    graph = graph_of(store.root)
    assert graph.damaged.keys() == {"train/1"} and "train/1/artifact.json" in graph.damaged["train/1"]
    assert graph.users_first().index("export/1") < graph.users_first().index("train/1")
    assert graph.ancestors(["export/1"]) == {"export/1", "train/1"}  # what train/1 was made from, nobody can read


def test_models_in_service_are_the_folders_with_a_models_name(store):
    assert served_models(store.root) == []
    served(store, 1)
    (store.root / "serving" / "Not a model").mkdir()
    (store.root / "serving" / "a_file").write_text("x")
    assert [each.model for each in served_models(store.root)] == ["digits"]


def test_ids_are_found_wherever_they_stand_in_a_record():
    record = {
        "steps": {"train": {"id": "train/3", "why": "HIT: train/9"}, "history": ["evaluate/1", ["evaluate/2", None]]},
        "verdict": "export/0",
        "seed": 7,
    }
    assert mentioned(record) == {"train/3", "evaluate/1", "evaluate/2"}
