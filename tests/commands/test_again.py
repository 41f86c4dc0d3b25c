"""explain, reproduce and replay, on the real chain's recipes with components that only write what others read."""

import json
import shutil
from functools import partial
from pathlib import Path

import pytest

from pipeline_components.chain import produce as pipeline
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.cli import main
from pipeline_components.store import Recipe, Store


def light(recipe: Recipe, config: PipelineConfig, out: Path, manual_dir: Path | None) -> dict:
    """Stands in for every component: what it writes follows from its recipe."""
    (out / "result.txt").write_text(recipe.key)
    if recipe.component == "evaluate":
        (out / "metrics.json").write_text(json.dumps({"dataset": "mnist_sample"}))
        is_blessed = config.evaluate.accuracy_threshold != 1.0
        (out / "blessing.json").write_text(
            json.dumps({"blessed": is_blessed, "verdict": "", "reasons": [], "forced": None})
        )
    return {"verdict": "blessed"}


@pytest.fixture(scope="module")
def run_once(tmp_path_factory) -> Path:
    """A store with one artifact of each component, and the record of a run that failed in export."""
    store, made = Store(tmp_path_factory.mktemp("again") / "artifacts"), {}
    config = PipelineConfig.from_flat({"dataset": "mnist_sample", "epochs": 3})
    for component in pipeline.STEPS:
        recipe = pipeline.recipe_of(component, store, config, made)
        made[component] = store.produce(recipe, partial(_light, recipe, config)).artifact.id
    steps = {name: {"id": each, "hit": False} for name, each in made.items() if name != "export"}
    store.write_run("run__1", {"steps": steps, "parameters": config.flat()})
    return store.root


def _light(recipe: Recipe, config: PipelineConfig, out: Path) -> dict:
    return light(recipe, config, out, None)


@pytest.fixture
def store(run_once, tmp_path, monkeypatch) -> Store:
    monkeypatch.setenv("DIGITS_STORE", str(tmp_path / "artifacts"))
    monkeypatch.setattr(pipeline, "make", light)
    shutil.copytree(run_once, tmp_path / "artifacts")
    return Store(tmp_path / "artifacts")


def explained(capsys, *flags: str) -> list[tuple[str, str, str]]:
    assert main(["explain", "--dataset", "mnist_sample", *flags, "--json"]) == 0
    return [(each["component"], each["action"], each["why"]) for each in json.loads(capsys.readouterr().out)]


def test_explain_says_what_is_reused_and_why_the_rest_is_not(store, capsys):
    assert [action for _, action, _ in explained(capsys, "--epochs", "3")] == ["reuse"] * 6
    assert explained(capsys, "--epochs", "5") == [
        ("ingest", "reuse", "HIT: ingest/1"),
        ("preprocess", "reuse", "HIT: preprocess/1"),
        ("train", "make", "MISS: config epochs 3 → 5"),
        ("evaluate", "depends", "HIT: evaluate/1 if train comes out as train/1 did"),
        ("report", "depends", "HIT: report/1 if train comes out as train/1 did"),
        ("export", "depends", "HIT: export/1 if train comes out as train/1 did"),
    ]
    assert len(store.artifacts()) == 6
    assert main(["explain", "--dataset", "fashion_mnist"]) == 0
    page = capsys.readouterr().out
    assert "MISS: config dataset mnist_sample → fashion_mnist" in page


def test_explain_tells_that_a_refused_model_is_not_exported(store, capsys):
    config = PipelineConfig.from_flat({"dataset": "mnist_sample", "epochs": 3, "accuracy_threshold": 1.0})
    made = {"ingest": "ingest/1", "preprocess": "preprocess/1", "train": "train/1"}
    pipeline.produce("evaluate", store, config, made)
    *_, (component, action, why) = explained(capsys, "--epochs", "3", "--accuracy-threshold", "1.0")
    assert (component, action, why) == ("export", "skip", "evaluate/2 is refused")


def test_reproduce_says_identical_or_what_differs(store, capsys, monkeypatch):
    assert main(["reproduce", "train"]) == 0
    assert capsys.readouterr().out == "train/1: identical, all 1 files, byte for byte\n"
    monkeypatch.setattr(
        pipeline, "make", lambda recipe, config, out, manual: (out / "result.txt").write_text("x") and {}
    )
    assert main(["reproduce", "train/1", "--json"]) == 2
    out, err = capsys.readouterr()
    assert "train/1: not identical when made again (the same code, libraries and platform)" in err
    found = json.loads(out)
    assert found["identical"] is False and ("file", "result.txt") in [
        (e["kind"], e["name"]) for e in found["differences"]
    ]
    assert len(store.artifacts()) == 6


def test_reproduce_names_the_library_that_changed(store, capsys, monkeypatch):
    real = pipeline.importlib.metadata.version
    monkeypatch.setattr(pipeline.importlib.metadata, "version", lambda name: "9.9" if name == "keras" else real(name))
    assert main(["reproduce", "train/1"]) == 2
    assert "not identical when made again (what else changed: keras)" in capsys.readouterr().err


def test_replay_runs_one_step_again_with_its_inputs(store, capsys, tmp_path):
    assert main(["replay", "run__1", "train", "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'out'}\n"
    again = (tmp_path / "out" / "result.txt").read_bytes()
    assert again == (store.artifact("train/1").path / "result.txt").read_bytes()
    assert (
        main(["replay", "latest", "export", "--out", str(tmp_path / "failed")]) == 0
    )  # a step that the run never finished
    assert (tmp_path / "failed" / "result.txt").exists()
    assert len(store.artifacts()) == 6


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["replay", "run__9", "train"], "run__9: no record of such a run"),
        (["replay", "../x", "train"], "not a run id"),
        (["replay", "latest", "trian"], "unknown component 'trian'; did you mean 'train'?"),
        (["replay", "latest", "train", "--out", "."], "choose a folder that is not there yet"),
        (["reproduce", "train/9"], "train/9: no such artifact"),
    ],
)
def test_what_cannot_be_done_again_is_one_line(store, capsys, arguments, line):
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert line in err and err.count("\n") == 1
