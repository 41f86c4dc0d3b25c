"""What a search leaves: a table, the best, the study, figures and a page that stands alone."""

import json
import shutil

import pyarrow.parquet as pq
import pytest

from pipeline_components.data.images import png_size
from pipeline_components.errors import BadData
from pipeline_components.tune import TuneConfig, tune
from pipeline_components.tune.trials import read_trials
from tests.kits.components import digests


def test_the_artifact_of_a_study(tuned, studied, chain_facts):
    rows = pq.read_table(tuned / "trials.parquet").to_pylist()
    common = {"epochs": 20, "learning_rate": 0.001, "batch_size": 128, "activation": "sigmoid", "dropout": 0.0}
    common |= {"seconds": 2.5, "train_artifact": None}
    scored = {"state": "complete", "validation_loss": 0.3, "validation_accuracy": 0.9, "reason": None}
    failed = {"state": "failed", "validation_loss": None, "validation_accuracy": None, "reason": "loss is nan"}
    assert rows == [{"trial": 0, **common, **scored}, {"trial": 1, **common, **failed}]
    best = json.loads((tuned / "best.json").read_text())
    parameters = {name: common[name] for name in ("learning_rate", "batch_size", "activation", "dropout")}
    assert best["config"] == {"network": "mlp", "epochs": 10, "seed": 0, **parameters}
    assert (best["trial"], best["validation_loss"]) == (0, 0.3)
    assert read_trials(tuned) == read_trials(studied)
    facts = chain_facts["tune"]
    assert (facts["trials"], facts["complete"], facts["pruned"], facts["failed"], facts["best"]) == (2, 1, 0, 1, 0)


def test_the_page_stands_alone_and_the_figures_are_files(tuned):
    page = (tuned / "study.html").read_text()
    for outside in ("http", "<script", "src=", "@import"):
        assert outside not in page.replace("http://www.w3.org", "")
    assert "loss is nan" in page and "no trial has seen the test split" in page
    figures = sorted((tuned / "figures").iterdir())
    assert [figure.stem for figure in figures] == ["history", "parallel", "slices"]
    assert all(min(png_size(figure.read_bytes()[:24])) > 400 for figure in figures)


def test_what_does_not_belong_together_is_refused(preprocessed, studied, trained, tmp_path):
    with pytest.raises(BadData, match=r"1 trials with a model found, and 2 artifacts of train given"):
        tune(preprocessed, [trained, trained], studied, out=tmp_path, config=TuneConfig())
    assert digests(tmp_path) == {}


def test_a_study_put_elsewhere_gives_the_same_bytes(preprocessed, studied, trained, tuned, tmp_path):
    shutil.copytree(studied, tmp_path / "study")
    tune(preprocessed, [trained], tmp_path / "study", out=tmp_path / "out", config=TuneConfig())
    assert digests(tmp_path / "out") == digests(tuned)
