"""Rolling back by command: the earlier model must behave as its own export demanded, however busy the machine."""

import json
import shutil
from pathlib import Path

import pytest

from pipeline_components.commands.serving import model_of, rollback, versions
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import BadModel
from pipeline_components.export import ExportConfig
from pipeline_components.export.golden import GOLDEN_FILE, Golden, read_golden, write_golden
from pipeline_components.store import Recipe, ServedModel, Store


@pytest.fixture
def store(finished, tmp_path) -> Store:
    return Store(shutil.copytree(finished, tmp_path / "store", symlinks=True))


def serve_another(store: Store, *, difference: float = 0.0, **config: float) -> None:
    """Serve the finished export under another config, its golden probabilities off by so much; then itself again."""
    first = store.artifact("export/1")

    def make(out: Path) -> dict[str, int]:
        shutil.copytree(first.path / "saved_model", out / "saved_model")
        file = out / "saved_model" / GOLDEN_FILE
        golden = read_golden(file)
        file.unlink()
        write_golden(file, Golden(golden.image, golden.probabilities + difference))
        return {}

    recipe = Recipe("export", ExportConfig(**config).model_dump(mode="json"), {}, {}, {})
    served = ServedModel(store.root, MODEL_NAME)
    served.push(store.produce(recipe, make).artifact)
    served.push(first)


def test_a_model_is_held_to_the_tolerance_that_it_was_exported_with(store, capsys):
    serve_another(store, difference=1e-3, golden_tolerance=0.01)
    rollback(2, store=store.root)
    assert capsys.readouterr().out.startswith("digits/4 is served: export/2, since 20")
    assert ServedModel(store.root, MODEL_NAME).current().origin == 2


def test_versions_tells_what_is_served_and_what_was(store, capsys):
    serve_another(store, difference=1e-6)
    versions(store=store.root)
    first, _, _, _, *lines = capsys.readouterr().out.splitlines()
    accuracy = store.artifact("evaluate/1").manifest.facts["accuracy"]
    assert first.startswith(f"digits/3 is served: export/1 of train/1, test accuracy {accuracy:.4f}, since 20")
    assert [line.split()[:3] for line in lines[::2]] == [
        ["1", "earlier", "push"], ["2", "earlier", "push"], ["3", "served", "push"],
    ]  # fmt: skip
    assert lines[1] == "  by digits run: evaluate/1 blessed"
    versions(store=store.root, json=True)
    found = json.loads(capsys.readouterr().out)
    assert [(each["model"], each["export"], each["accuracy"]) for each in found] == [
        ("train/1", "export/1", accuracy), (None, "export/2", None), ("train/1", "export/1", accuracy),
    ]  # fmt: skip


def test_a_served_version_tells_its_model_and_how_good_that_was_on_which_images(store):
    served = ServedModel(store.root, MODEL_NAME)
    facts = store.artifact("evaluate/1").manifest.facts
    assert model_of(Store(served.root), served, 1) == {
        "model": "train/1",
        "export": "export/1",
        **{name: facts[name] for name in ("accuracy", "accuracy_low", "accuracy_high", "examples", "dataset")},
    }
    assert model_of(Store(served.root), served, 2) is None
    shutil.rmtree(store.root / "export" / "1")
    assert model_of(Store(served.root), served, 1) is None
    (served.folder / "journal.jsonl").write_text("not a journal\n{}\n")
    assert model_of(Store(served.root), served, 1) is None


def test_versions_of_an_empty_store_says_how_one_comes_to_be_served(tmp_path, capsys):
    versions(store=tmp_path)
    assert capsys.readouterr().out == f"{tmp_path}: no model is served yet: digits run serves one\n"


def test_budgets_were_met_once_and_are_not_asked_again(store, capsys):
    serve_another(
        store,
        difference=1e-6,
        size_budget_mb=1e-6,
        load_budget_s=1e-9,
        latency_p50_budget_ms=1e-9,
        memory_budget_mb=1.0,
    )
    rollback(2, store=store.root)
    assert capsys.readouterr().out.endswith(", as version 2 was\n")


def test_a_model_that_answers_otherwise_than_it_did_is_not_rolled_back_to(store):
    serve_another(store, difference=0.02, golden_tolerance=0.01)
    with pytest.raises(BadModel, match=r"2: not rolled back to: golden SavedModel: 2\.0e-02 found, within 0\.01 of"):
        rollback(2, store=store.root)
    assert ServedModel(store.root, MODEL_NAME).current().number == 3


def test_where_the_export_is_gone_the_default_tolerance_holds_and_is_said(store, capsys):
    serve_another(store, difference=1e-3, golden_tolerance=0.01)
    shutil.rmtree(store.root / "export" / "2")
    with pytest.raises(BadModel, match=r"within 0\.0001 of the evaluator required"):
        rollback(2, store=store.root)
    error = capsys.readouterr().err
    assert "export/2" in error and "default" in error
