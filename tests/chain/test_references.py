"""What a run compares itself with, before a model is served and after, and when the same run comes again."""

import json
import re
import shutil

import pytest

from pipeline_components.chain import references
from pipeline_components.chain.references import (
    anchor,
    baseline,
    champion,
    history,
    itself,
    learnt_from,
    served_model,
    unforced,
)
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import ArtifactDamaged, ArtifactNotFound
from pipeline_components.store import Artifact, Recipe, ServedModel, Store
from tests.kits.store import maker, recipe


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "artifacts")


def made(store: Store, component: str, seed: int, dataset: str = "mnist", **inputs: Artifact) -> Artifact:
    of = recipe(component, inputs=inputs, seed=seed)
    return store.produce(of, maker(component, seed, facts={"dataset": dataset})).artifact


def line(store: Store, seed: int, dataset: str = "mnist", **compared: dict[str, Artifact]) -> dict[str, Artifact]:
    """A run's artifacts; `compared` gives what its preprocess and its evaluate had besides."""
    data = made(store, "ingest", seed, dataset)
    examples = made(store, "preprocess", seed, dataset, examples=data, **compared.get("preprocess", {}))
    model = made(store, "train", seed, dataset, examples=examples)
    evaluation = made(store, "evaluate", seed, dataset, examples=examples, model=model, **compared.get("evaluate", {}))
    export = made(store, "export", seed, dataset, examples=examples, model=model, evaluation=evaluation)
    return {"data": data, "examples": examples, "model": model, "evaluation": evaluation, "export": export}


def blessed(store: Store, run: dict[str, Artifact], **said: object) -> None:
    """Write the blessing of a run's evaluation."""
    told = {"blessed": True, "verdict": "blessed", "reasons": [], "rules": [], "forced": None, "anchors": False} | said
    (run["evaluation"].path / "blessing.json").write_text(json.dumps(told))


def served(store: Store, seed: int, said: dict[str, object], **beside: Artifact) -> dict[str, Artifact]:
    """A run that was evaluated beside these, blessed so, and served."""
    run = line(store, seed, evaluate=beside)
    blessed(store, run, **said)
    serve(store, run)
    return run


def test_the_first_model_is_the_anchor_until_one_is_surely_better(store):
    first = served(store, 1, {"anchors": True})
    assert anchor(store, line(store, 9)) == first["export"] and anchor(store, first) is None
    beside = {"champion": first["export"], "anchor": first["export"]}
    second = served(store, 2, {"anchors": False}, **beside)
    assert anchor(store, line(store, 9)) == first["export"] == anchor(store, second)
    assert champion(store, line(store, 9)) == second["export"]
    third = served(store, 3, {"anchors": True}, champion=second["export"], anchor=first["export"])
    assert anchor(store, line(store, 9)) == third["export"] and anchor(store, third) == first["export"]
    ServedModel(store.root, MODEL_NAME).rollback()
    assert anchor(store, line(store, 9)) == first["export"], "one that was rolled back holds nobody to it"


def test_a_forced_model_is_no_anchor_and_the_champion_before_it_stays_a_comparison(store):
    first = served(store, 1, {"anchors": True})
    assert unforced(store, line(store, 9)) is None
    beside = {"champion": first["export"], "anchor": first["export"]}
    second = served(store, 2, {"forced": "shown at noon"}, **beside)
    for _ in range(2):
        new = line(store, 9)
        assert champion(store, new) == second["export"]
        assert unforced(store, new) == anchor(store, new) == first["export"]
        beside = {"champion": second["export"], "anchor": first["export"], "unforced": first["export"]}
        second = served(store, 3, {"forced": "shown at five"}, **beside)
    served(store, 4, {}, **beside)
    assert unforced(store, line(store, 9)) is None and anchor(store, line(store, 9)) == first["export"]


def test_what_the_champion_learnt_from_is_asked_for_where_it_is_other_data(store):
    first = served(store, 1, {"anchors": True})
    examples = learnt_from(champion)
    assert examples(store, line(store, 9)) == [first["examples"]]
    assert examples(store, first | {"model": line(store, 9)["model"]}) is None, "the same data"


def test_what_models_learnt_from_that_a_model_began_with_is_asked_for_too(store):
    first, second = line(store, 1), line(store, 2)
    warm = made(store, "train", 3, examples=second["examples"], warm_start=first["model"])
    model = made(store, "train", 4, examples=second["examples"], warm_start=warm)
    examples = learnt_from(itself)
    assert examples(store, second | {"model": model}) == [first["examples"]], "its own data is not other data"
    assert examples(store, first) is None


def test_a_served_export_that_is_damaged_or_gone_is_found_again_by_its_files(store):
    served(store, 1, {"anchors": True})
    run = served(store, 2, {})
    (run["export"].path / "notes.txt").write_text("damaged")
    said = "export/2, which digits/2 was pushed from, is damaged (notes.txt), and no other export has the same files: "
    way_out = "make it again (digits export --evaluation evaluate/2), or put another version into service"
    with pytest.raises(ArtifactDamaged, match=re.escape(said + way_out)):
        champion(store, line(store, 9))
    (run["evaluation"].path / "blessing.json").unlink()  # which was written by hand
    again = store.produce(as_made(run["export"], store), maker("export", 2), force=True).artifact
    blessed(store, run)
    assert again.id != "export/2" and champion(store, line(store, 9)) == again
    shutil.rmtree(run["export"].path)
    assert champion(store, line(store, 9)) == again
    shutil.rmtree(again.path)
    with pytest.raises(
        ArtifactDamaged, match=r"is gone, .* same files: put another version into service \(digits roll"
    ):
        champion(store, line(store, 9))
    ServedModel(store.root, MODEL_NAME).rollback()
    assert champion(store, line(store, 9)).id == "export/1", "the advice helps"


def as_made(export: Artifact, store: Store) -> Recipe:
    """The recipe by which an export was made."""
    inputs = {name: store.artifact(each["id"]) for name, each in export.manifest.inputs.items()}
    return recipe("export", inputs=inputs, **export.manifest.config)


def serve(store: Store, run: dict[str, Artifact]) -> None:
    ServedModel(store.root, MODEL_NAME).push(run["export"])


def of_data(run: dict[str, Artifact]) -> dict[str, Artifact]:
    """The inputs of the run's preprocess, which are called as train's are."""
    return {"examples": run["data"]}


def test_before_anything_is_served_there_is_nothing_to_compare_with(store):
    run = line(store, 1)
    assert champion(store, run) is None and baseline(store, of_data(run)) is None and history(store, run) == []
    with pytest.raises(ArtifactNotFound, match="no model is served yet: run `digits run` first"):
        served_model(store, {})


def test_a_new_model_is_compared_with_the_one_served_and_its_data_with_that_ones_data(store):
    first = line(store, 1)
    serve(store, first)
    second = line(store, 2, "mnist_sample")  # of mnist's line
    assert champion(store, second) == served_model(store, {}) == first["export"]
    assert baseline(store, of_data(second)) == first["examples"]
    assert baseline(store, of_data(line(store, 3, "fashion_mnist"))) is None  # of another line


def test_the_same_run_again_after_its_model_is_served_asks_for_what_it_asked_for_before(store):
    first = line(store, 1)
    serve(store, first)
    assert champion(store, first) is None and baseline(store, of_data(first)) is None  # it had none in its time
    compared = {"preprocess": {"baseline": first["examples"]}, "evaluate": {"champion": first["export"]}}
    second = line(store, 2, **compared)
    serve(store, second)
    assert champion(store, second) == first["export"] and baseline(store, of_data(second)) == first["examples"]


def test_history_is_the_evaluations_of_this_line_before_this_one(store, monkeypatch):
    runs = [line(store, seed, "kmnist" if seed == 2 else "mnist") for seed in range(1, 6)]
    assert [each.id for each in history(store, runs[3])] == ["evaluate/1", "evaluate/3"]
    assert [each.id for each in history(store, runs[1])] == []
    monkeypatch.setattr(references, "HISTORY_LENGTH", 2)
    assert [each.id for each in history(store, runs[4])] == ["evaluate/3", "evaluate/4"]
