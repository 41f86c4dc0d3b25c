"""A model and the champion on the same examples: what is asked of whom, and the four files that tell of it."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline_components.data.examples import Examples, read_examples, write_examples
from pipeline_components.data.schema import DataSchema
from pipeline_components.evaluate import EvaluateConfig, judging
from pipeline_components.evaluate.predictions import Champion

LABEL = (np.arange(60) % 3).astype(np.uint8)
IMAGE = np.arange(60, dtype=np.uint8)[:, None, None] * np.ones((1, 28, 28), np.uint8)
SCHEMA = DataSchema(dataset="mnist_sample", classes=["a", "b", "c"])
OPEN = EvaluateConfig(accuracy_threshold=0.5, recall_floor=0.3, overconfidence_bound=1.0)
IDENTITY = {"classes": ["a", "b", "c"], "dataset": "mnist", "line": "mnist"}


def answers(wrong: int) -> np.ndarray:
    """Sure answers, of which the first so many are wrong."""
    digit = LABEL.copy()
    digit[:wrong] = (digit[:wrong] + 1) % 3
    return np.eye(3, dtype=np.float32)[digit]


@pytest.fixture
def judge(tmp_path, monkeypatch):
    """Judges a challenger that gets 10 of 60 wrong beside a champion that gets 30 wrong, both without a network."""
    for name in ("examples", "champion"):
        (tmp_path / name).mkdir()
    ids = pa.array([f"test/{i}" for i in range(60)])
    write_examples(tmp_path / "examples" / "test.arrow", Examples(IMAGE, LABEL, ids))
    (tmp_path / "examples" / "schema.json").write_text(SCHEMA.model_dump_json())
    monkeypatch.setattr(judging, "probabilities_of", lambda file, image, classes: answers(10))
    monkeypatch.setattr(Champion, "predict", lambda champion, image: answers(30))

    def judge(identity=None, anchor=False, learnt_from=None, **config):
        (tmp_path / "champion" / "model.json").write_text(json.dumps(identity))
        champion = tmp_path / "champion" if identity else None
        beside = {"champion": champion, "anchor": anchor and champion}
        asked = OPEN.model_copy(update=config)
        return judging.judge(tmp_path / "examples", tmp_path, beside, asked, learnt_from or {})

    return judge


def rules(judged):
    return {rule["rule"]: rule["passed"] for rule in judged.blessing["rules"]}


def test_without_a_champion_nobody_is_compared(judge):
    judged = judge()
    assert (judged.champion, judged.metrics["champion"]) == (None, None)
    assert judged.metrics["accuracy"] == 50 / 60
    assert rules(judged) == dict.fromkeys(["loss", "accuracy", "class_recall", "overconfidence"], True)
    assert judged.blessing["blessed"]


def test_a_champion_of_the_same_kind_is_asked_the_same_examples(judge):
    judged = judge(IDENTITY, require_improvement=True)
    assert judged.champion.correct.sum() == 30
    beside = judged.metrics["champion"]
    assert (beside["accuracy"], beside["newly_right"], beside["newly_wrong"]) == (0.5, 20, 0)
    assert beside["outcome"] == "better"
    assert {name: rules(judged)[name] for name in ("champion_comparable", "champion", "improvement")} == {
        "champion_comparable": True, "champion": True, "improvement": True,
    }  # fmt: skip


@pytest.mark.parametrize("change", [{"line": "kmnist"}, {"classes": ["c", "b", "a"]}])
def test_a_champion_of_another_kind_is_not_asked_and_refuses_unless_a_line_starts(judge, change):
    judged = judge(IDENTITY | change)
    assert judged.champion is None and len(judged.metrics["champion"]["problems"]) == 1
    assert rules(judged)["champion_comparable"] is False and "champion" not in rules(judged)
    assert not judged.blessing["blessed"]
    assert judge(IDENTITY | change, new_line=True).blessing["blessed"]


def test_examples_that_either_model_learnt_from_are_left_out_of_the_comparison(judge, tmp_path):
    test = read_examples(tmp_path / "examples" / "test.arrow")
    other = tmp_path / "other"
    other.mkdir()
    write_examples(tmp_path / "examples" / "train.arrow", test.take(np.arange(5)))
    write_examples(other / "train.arrow", test.take(np.arange(3, 12)))
    for learnt_from, left in (({}, 55), ({"champion_examples": [other]}, 48), ({"anchor_examples": [other]}, 55)):
        judged = judge(IDENTITY, learnt_from=learnt_from)
        assert (judged.metrics["champion"]["examples"], judged.metrics["examples"]) == (left, 60)
        (rule,) = [each for each in judged.blessing["rules"] if each["rule"] == "champion"]
        assert rule["detail"].endswith(f"; {60 - left} left out that one of them learnt from")
    write_examples(other / "train.arrow", test)
    judged = judge(IDENTITY, learnt_from={"champion_examples": [other]})
    assert (judged.metrics["champion"]["examples"], judged.blessing["blessed"]) == (0, True)
    assert judged.blessing["undecided"] == ["undecided: the champion may be better by 100.0 points, unseen"]


def test_a_model_that_began_with_one_that_knew_the_test_images_is_refused(judge, tmp_path):
    test = read_examples(tmp_path / "examples" / "test.arrow")
    other = tmp_path / "other"
    other.mkdir()
    write_examples(other / "train.arrow", test.take(np.arange(3, 12)))
    judged = judge(IDENTITY, learnt_from={"model_examples": [other]})
    assert (judged.metrics["learnt_before"], judged.metrics["champion"]["examples"]) == (9, 51)
    assert judged.blessing["reasons"] == [
        "unseen: 9 of 60 test images are among those that a model it began with learnt from, required ≤ 0.001"
    ]
    assert judge(IDENTITY, learnt_from={"model_examples": [tmp_path / "none"]}).blessing["blessed"]


def test_what_was_judged_is_written_into_four_files(judge, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    judged = judge(IDENTITY)
    judging.write(judged, out)
    assert sorted(file.name for file in out.iterdir()) == [
        "blessing.json", "confusion.parquet", "metrics.json", "predictions.parquet",
    ]  # fmt: skip
    assert json.loads((out / "metrics.json").read_text()) == judged.metrics
    assert json.loads((out / "blessing.json").read_text()) == judged.blessing
    assert pq.read_table(out / "confusion.parquet")["count"].to_pylist() == [16, 4, 0, 0, 17, 3, 3, 0, 17]
    assert pq.read_table(out / "predictions.parquet").num_rows == 60
