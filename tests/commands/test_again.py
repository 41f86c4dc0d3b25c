"""explain, reproduce and replay, on the real chain's recipes with components that only write what others read."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline_components.chain import again, produce
from pipeline_components.chain.components import COMPONENTS
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.chain.outside import images_digest
from pipeline_components.cli import main
from pipeline_components.data import registry
from pipeline_components.store import Store, libraries, publish
from tests.kits.images import encoded, one
from tests.kits.light import fill, light


@pytest.fixture(scope="module")
def run_once(tmp_path_factory) -> Path:
    """A store with one artifact of each component, and the record of a run that failed in export."""
    return fill(Store(tmp_path_factory.mktemp("again") / "artifacts")).root


@pytest.fixture
def store(run_once, tmp_path, monkeypatch) -> Store:
    monkeypatch.setenv("DIGITS_STORE", str(tmp_path / "artifacts"))
    monkeypatch.setattr(again, "make", light)
    shutil.copytree(run_once, tmp_path / "artifacts")
    return Store(tmp_path / "artifacts")


def explained(capsys, *flags: str) -> list[tuple[str, str, str]]:
    """Component, action and why; only what is reused has an id, and it is there."""
    assert main(["explain", "--dataset", "mnist_sample", *flags, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert all((each["id"] is not None) == (each["action"] == "reuse") for each in found)
    return [(each["component"], each["action"], each["why"]) for each in found]


def test_explain_says_what_is_reused_and_why_the_rest_is_not(store, capsys):
    assert [action for _, action, _ in explained(capsys, "--epochs", "3")] == ["reuse"] * 6
    assert explained(capsys, "--epochs", "5") == [
        ("ingest", "reuse", "HIT: ingest/1"),
        ("preprocess", "reuse", "HIT: preprocess/1"),
        ("train", "make", "MISS: config epochs 3 → 5, against train/1"),
        ("evaluate", "depends", "HIT: evaluate/1 if train comes out as train/1 did"),
        ("report", "depends", "HIT: report/1 if train comes out as train/1 did"),
        ("export", "depends", "HIT: export/1 if train comes out as train/1 did"),
    ]
    assert len(store.artifacts()) == 6
    assert main(["explain", "--dataset", "fashion_mnist"]) == 0
    page = capsys.readouterr().out
    assert "MISS: config dataset mnist_sample → fashion_mnist, against ingest/1" in page


def test_explain_gives_no_reason_that_rests_on_an_artifact_that_is_not_made_yet(store, capsys, monkeypatch):
    monkeypatch.setattr(produce, "make", light)
    made = {"ingest": "ingest/1", "preprocess": "preprocess/1"}
    produce.produce(COMPONENTS["train"], store, PipelineConfig.from_flat({"epochs": 4})["train"], made)
    assert explained(capsys, "--epochs", "5", "--accuracy-threshold", "0.5")[2:] == [
        ("train", "make", "MISS: config epochs 4 → 5, against train/2"),
        ("evaluate", "make", "MISS: config accuracy_threshold None → 0.5, against evaluate/1"),
        ("report", "make", "MISS: train is made before it"),
        ("export", "make", "MISS: train is made before it"),
    ]


def test_explain_tells_that_a_refused_model_is_not_exported(store, capsys, monkeypatch):
    monkeypatch.setattr(produce, "make", light)
    config = PipelineConfig.from_flat({"accuracy_threshold": 1.0})["evaluate"]
    made = {"ingest": "ingest/1", "preprocess": "preprocess/1", "train": "train/1"}
    produce.produce(COMPONENTS["evaluate"], store, config, made)
    *_, (component, action, why) = explained(capsys, "--epochs", "3", "--accuracy-threshold", "1.0")
    assert (component, action, why) == ("export", "skip", "evaluate/2 is refused")


def test_reproduce_says_identical_or_what_differs(store, capsys, monkeypatch):
    assert main(["reproduce", "train"]) == 0
    assert capsys.readouterr().out == "train/1: identical, all 2 files, byte for byte\n"
    monkeypatch.setattr(again, "make", lambda *given: (given[-1] / "result.txt").write_text("x") and {})
    assert main(["reproduce", "train/1", "--json"]) == 2
    out, err = capsys.readouterr()
    assert "train/1: not identical when made again (the same code, libraries and platform)" in err
    found = json.loads(out)
    assert found["identical"] is False and ("file", "result.txt") in [
        (e["kind"], e["name"]) for e in found["differences"]
    ]
    assert len(store.artifacts()) == 6


def test_reproduce_names_the_library_that_changed(store, capsys, monkeypatch):
    real = libraries.library_of
    monkeypatch.setattr(libraries, "library_of", lambda name: ("keras", "9.9") if name == "keras" else real(name))
    assert main(["reproduce", "train/1"]) == 2
    assert "not identical when made again (what else changed: keras)" in capsys.readouterr().err


def test_reproduce_names_what_changed_of_the_platform(store, capsys, monkeypatch):
    here = publish.this_platform()
    monkeypatch.setattr(publish, "this_platform", lambda: here | {"cpu_flags": "avx avx2", "cores": "96"})
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "on another machine")
    monkeypatch.setattr(again, "make", lambda *given: (given[-1] / "result.txt").write_text("x") and {})
    assert main(["reproduce", "train/1"]) == 2
    page, error = capsys.readouterr()
    assert "not identical when made again (what else changed: cpu_flags, cores, TF_ENABLE_ONEDNN_OPTS)" in error
    assert "avx avx2" in page and "on another machine" in page
    assert main(["reproduce", "report/1"]) == 2
    assert "what else changed: cpu_flags, cores)" in capsys.readouterr().err


def test_a_folder_outside_the_store_is_found_again_where_it_was_or_is_named(store, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(produce, "make", light)
    monkeypatch.setitem(COMPONENTS["predict"].references, "model", lambda store, inputs: store.artifact("export/1"))
    monkeypatch.setenv("DIGITS_BATCH_DIR", str(tmp_path / "newer"))
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "1.png").write_bytes(encoded(one()))
    predict = COMPONENTS["predict"]
    produce.produce(predict, store, predict.config(), {}, outside={"images": tmp_path / "images"})

    assert main(["reproduce", "predict/1"]) == 0
    assert capsys.readouterr().out == "predict/1: identical, all 2 files, byte for byte\n"
    (tmp_path / "images").rename(tmp_path / "moved")
    assert main(["reproduce", "predict/1"]) == 2
    assert f"{tmp_path / 'images'}: no PNG or JPEG in it" in capsys.readouterr().err
    assert main(["reproduce", "predict/1", "--images", str(tmp_path / "moved")]) == 0
    (tmp_path / "moved" / "2.png").write_bytes(encoded(one()))
    assert main(["reproduce", "predict/1", "--images", str(tmp_path / "moved")]) == 2
    assert "images: not what predict/1 was made from" in capsys.readouterr().err


def test_a_folder_of_which_an_old_manifest_knows_the_digest_alone_has_to_be_named(store, capsys, tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "1.png").write_bytes(encoded(one()))
    predict = COMPONENTS["predict"]
    new = produce.recipe_of(predict, predict.config(), {"model": store.artifact("export/1")}, {})
    old = {"predict_batch": 64, "images_sha256": images_digest(tmp_path / "images")}
    store.produce(replace(new, config=old), lambda out: (out / "result.txt").write_text("?") and {})

    assert main(["reproduce", "predict/1"]) == 2
    assert "predict/1: images: its manifest names no folder: name it with --images" in capsys.readouterr().err
    assert main(["reproduce", "predict/1", "--images", str(tmp_path / "images")]) == 2
    assert "predict/1: not identical when made again" in capsys.readouterr().err
    (tmp_path / "images" / "2.png").write_bytes(encoded(one()))
    assert main(["reproduce", "predict/1", "--images", str(tmp_path / "images")]) == 2
    assert "images: not what predict/1 was made from" in capsys.readouterr().err


def test_replay_runs_one_step_again_with_its_inputs(store, capsys, tmp_path):
    assert main(["replay", "run__1", "train", "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'out'}\n"
    before = (tmp_path / "out" / "result.txt").read_bytes()
    assert before == (store.artifact("train/1").path / "result.txt").read_bytes()
    unfinished = ["replay", "latest", "export", "--out", str(tmp_path / "failed")]
    assert main(unfinished) == 0
    assert (tmp_path / "failed" / "result.txt").exists()
    assert len(store.artifacts()) == 6


def test_replay_of_an_ingest_that_failed_settles_what_auto_means(store, tmp_path, monkeypatch):
    asked = []
    monkeypatch.delenv("DIGITS_MANUAL_DIR", raising=False)
    monkeypatch.setattr(again, "make", lambda component, recipe, outside, out: asked.append(recipe.config["dataset"]))
    monkeypatch.setattr(registry, "reachable", lambda name: False)
    store.write_run("run__2", {"steps": {}, "parameters": PipelineConfig().flat()})
    store.write_run("run__3", {"searched": {}, "steps": {}})  # a search is no retraining
    assert main(["replay", "latest", "ingest", "--out", str(tmp_path / "out")]) == 0
    assert asked == ["mnist_sample"]


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
