"""Evaluate: real models on real digits, counted exactly, compared with a champion, judged by every rule."""

import json
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline_components.data.examples import Examples, write_examples
from pipeline_components.data.schema import DataSchema
from pipeline_components.errors import BadConfig, BadData, BadModel
from pipeline_components.evaluate import EvaluateConfig, evaluate
from tests.kits.tfds import handwriting

# Keras saves its variables through an old numpy protocol.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

OPEN = EvaluateConfig(
    accuracy_threshold=0.5, recall_floor=0.3, overconfidence_bound=0.5, class_margin=1, loss_margin=99
)
DIGITS = list("0123456789")


def read(folder, name):
    return json.loads((folder / name).read_text())


def nearest_mean_network(sharpness, seed=None):
    """A network that needs no training: an image is of the class whose mean image is nearest."""
    import keras

    image, label = handwriting()["train"]
    flat = image.reshape(len(image), -1) / 255.0
    means = np.stack([flat[label == digit].mean(axis=0) for digit in range(10)])
    if seed is not None:
        means += np.random.default_rng(seed).normal(0, 0.05, means.shape)
    network = keras.Sequential(
        [keras.Input((28, 28)), keras.layers.Rescaling(1 / 255), keras.layers.Flatten(),
         keras.layers.Dense(10, activation="softmax")]
    )  # fmt: skip
    network.layers[-1].set_weights([2 * sharpness * means.T, -sharpness * (means**2).sum(axis=1)])
    return network


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Folders: examples, and the models good, other (about as good) and poor, each as trained and as exported."""
    import tensorflow as tf

    root = tmp_path_factory.mktemp("world")
    image, label = handwriting()["test"]
    (root / "examples").mkdir()
    ids = pa.array([f"test/{i}" for i in range(len(label))])
    write_examples(root / "examples" / "test.arrow", Examples(image, label, ids))
    schema = DataSchema(dataset="mnist_sample", classes=DIGITS, splits={"train": 2000, "test": 500})
    (root / "examples" / "schema.json").write_text(schema.model_dump_json())
    for name, network in {
        "good": nearest_mean_network(0.3),
        "other": nearest_mean_network(0.3, seed=1),
        "poor": nearest_mean_network(0.3, seed=7),
    }.items():
        if name == "poor":
            kernel, bias = network.layers[-1].get_weights()
            network.layers[-1].set_weights([kernel, bias + np.eye(10)[3] * 8])
        (root / name).mkdir()
        network.save(root / name / "model.keras")

        def serve(image, network=network):
            probabilities = network(image)
            return {"probabilities": probabilities, "digit": tf.argmax(probabilities, axis=1)}

        module = tf.Module()
        module.network = network
        signature = tf.function(serve, input_signature=[tf.TensorSpec([None, 28, 28], tf.uint8, name="image")])
        exported = root / f"{name}_exported"
        tf.saved_model.save(module, str(exported / "saved_model"), signatures={"serving_default": signature})
        (exported / "model.json").write_text(
            json.dumps({"classes": DIGITS, "dataset": "mnist_sample", "line": "mnist"})
        )
    return root


def run(world, out, model="good", champion=None, config=OPEN):
    out.mkdir()
    facts = evaluate(
        world / "examples", world / model, world / f"{champion}_exported" if champion else None, out=out, config=config
    )
    return facts, read(out, "metrics.json"), read(out, "blessing.json")


def rule(blessing, name):
    (found,) = [r for r in blessing["rules"] if r["rule"] == name]
    return found


def test_every_example_is_counted_once_in_order(world, tmp_path):
    facts, metrics, blessing = run(world, tmp_path / "out")
    rows = pq.read_table(tmp_path / "out" / "predictions.parquet")
    confusion = pq.read_table(tmp_path / "out" / "confusion.parquet")
    image, label = handwriting()["test"]
    expected = np.asarray(nearest_mean_network(0.3)(image))

    assert rows["example_id"].to_pylist() == [f"test/{i}" for i in range(500)]
    assert rows["label"].to_numpy().tolist() == label.tolist()
    probabilities = rows["probabilities"].combine_chunks().flatten().to_numpy().reshape(500, 10)
    np.testing.assert_allclose(probabilities, expected, atol=1e-6)
    digit = probabilities.argmax(axis=1)
    assert rows["digit"].to_numpy().tolist() == digit.tolist()
    np.testing.assert_allclose(rows["loss"], -np.log(probabilities[range(500), label]), rtol=1e-4)
    assert rows.schema.field("probabilities").type == pa.list_(pa.float32(), 10)
    assert rows["champion_digit"].null_count == rows["champion_probabilities"].null_count == 500

    assert metrics["examples"] == 500 and metrics["correct"] == (digit == label).sum()
    assert metrics["accuracy"] == facts["accuracy"] == (digit == label).mean() > 0.7
    assert metrics["loss"] == pytest.approx(-np.log(expected[range(500), label]).mean(), rel=1e-4)
    assert confusion.num_rows == 100 and confusion["count"].to_numpy().sum() == 500
    diagonal = confusion.filter(pa.compute.equal(confusion["label"], confusion["digit"]))
    assert diagonal["count"].to_numpy().sum() == metrics["correct"]
    eight = metrics["per_class"][8]
    assert eight["support"] == 50
    assert eight["recall"] == pytest.approx((digit[label == 8] == 8).mean())
    assert eight["precision"] == pytest.approx((label[digit == 8] == 8).mean())
    assert eight["f1"] == pytest.approx(
        2 * eight["recall"] * eight["precision"] / (eight["recall"] + eight["precision"])
    )
    ink = [s for s in metrics["slices"] if s["slice"].startswith("ink_")]
    assert [s["examples"] for s in ink] == [125] * 4
    assert sum(round(s["accuracy"] * s["examples"]) for s in ink) == metrics["correct"]
    assert metrics["champion"] is None and facts["verdict"] == blessing["verdict"] == "blessed"


def test_the_datasets_own_bar_refuses_and_says_why(world, tmp_path):
    facts, _, blessing = run(world, tmp_path / "out", config=EvaluateConfig())
    assert not blessing["blessed"] and facts["verdict"] == "refused"
    assert rule(blessing, "accuracy")["required"] == "≥ 0.85" and rule(blessing, "class_recall")["required"] == "≥ 0.25"
    assert any(reason.startswith("accuracy: ") and "of 500 right (0.7" in reason for reason in blessing["reasons"])
    assert facts["reasons"] == blessing["reasons"]


def test_a_worse_model_is_refused_with_mcnemars_numbers(world, tmp_path):
    _, metrics, blessing = run(world, tmp_path / "out", "poor", champion="good")
    beside = metrics["champion"]
    assert beside["outcome"] == "worse" and beside["p_worse"] < 1e-6
    assert beside["newly_wrong"] - beside["newly_right"] == round((beside["accuracy"] - metrics["accuracy"]) * 500)
    refused = rule(blessing, "champion")
    assert not refused["passed"] and refused["observed"] == beside["p_worse"]
    numbers = f"{beside['newly_right']:,} newly right, {beside['newly_wrong']:,} newly wrong"
    assert f"worse than the champion: {numbers}" in refused["detail"] and not blessing["blessed"]
    rows = pq.read_table(tmp_path / "out" / "predictions.parquet")
    right = rows["champion_digit"].to_numpy() == rows["label"].to_numpy()
    assert right.mean() == beside["accuracy"] and rows["champion_probabilities"].null_count == 0
    hard = next(s for s in metrics["slices"] if s["slice"] == "hard")
    assert hard["examples"] == (~right).sum()


def test_a_better_model_is_blessed_and_the_same_cannot_be_told_apart(world, tmp_path):
    asked = OPEN.model_copy(update={"require_improvement": True})
    _, metrics, blessing = run(world, tmp_path / "better", "good", champion="poor", config=asked)
    assert blessing["blessed"] and metrics["champion"]["outcome"] == "better"
    assert rule(blessing, "improvement")["passed"]

    _, metrics, blessing = run(world, tmp_path / "same", "other", champion="good")
    assert metrics["champion"]["outcome"] == "cannot be told apart" and blessing["blessed"]
    assert "cannot be told apart from the champion" in "; ".join(blessing["reasons"])

    _, metrics, blessing = run(world, tmp_path / "asked", "good", champion="good", config=asked)
    assert (metrics["champion"]["newly_right"], metrics["champion"]["p_different"]) == (0, 1.0)
    assert not blessing["blessed"] and not rule(blessing, "improvement")["passed"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"line": "kmnist"}, "line of data kmnist, this model's mnist"), ({"classes": ["a", "b"]}, "classes ['a', 'b']")],
)
def test_a_champion_of_another_kind_refuses_unless_a_new_line_starts(world, tmp_path, changed, said):
    other = world / f"{'_'.join(changed)}_exported"
    if not other.exists():
        shutil.copytree(world / "good_exported", other)
        (other / "model.json").write_text(json.dumps(read(other, "model.json") | changed))
    name = other.name.removesuffix("_exported")
    _, metrics, blessing = run(world, tmp_path / "shut", champion=name)
    assert not blessing["blessed"] and said in blessing["reasons"][0] and "set new_line" in blessing["reasons"][0]
    assert metrics["champion"]["outcome"] == "cannot be compared" and metrics["champion"]["p_worse"] is None
    _, _, blessing = run(world, tmp_path / "open", champion=name, config=OPEN.model_copy(update={"new_line": True}))
    assert blessing["blessed"] and "a new line starts" in rule(blessing, "champion_comparable")["detail"]


def test_a_model_of_nan_is_refused_by_every_number_and_cannot_be_forced(world, tmp_path):
    broken = nearest_mean_network(0.3)
    broken.layers[-1].set_weights([np.full((784, 10), np.nan), np.zeros(10)])
    (world / "nan").mkdir(exist_ok=True)
    broken.save(world / "nan" / "model.keras")
    everything = EvaluateConfig(
        accuracy_threshold=0.0, recall_floor=0.0, overconfidence_bound=1.0, force_bless="serve it all the same"
    )
    facts, metrics, blessing = run(world, tmp_path / "out", "nan", config=everything)
    assert not blessing["blessed"] and blessing["forced"] is None
    assert facts["loss"] is None and metrics["loss"] is None and metrics["correct"] == 0
    assert not rule(blessing, "loss")["passed"] and not rule(blessing, "overconfidence")["passed"]


def test_force_needs_a_reason_and_records_it(world, tmp_path):
    forced = EvaluateConfig(force_bless="shown to the customer at noon")
    _, _, blessing = run(world, tmp_path / "out", "poor", champion="good", config=forced)
    assert blessing["blessed"] and blessing["forced"] == "shown to the customer at noon"
    assert not rule(blessing, "champion")["passed"]


def test_slices_can_have_floors(world, tmp_path):
    floors = OPEN.model_copy(update={"slice_floors": {"class_1": 0.5, "ink_4": 0.999, "hard": 0.5}})
    _, _, blessing = run(world, tmp_path / "out", config=floors)
    assert rule(blessing, "slice class_1")["passed"] and not rule(blessing, "slice ink_4")["passed"]
    with pytest.raises(BadConfig, match=r"slice_floors: no slice ink_9; slices: class_0, "):
        run(world, tmp_path / "typo", config=OPEN.model_copy(update={"slice_floors": {"ink_9": 0.5}}))


def test_what_cannot_be_run_is_named(world, tmp_path):
    (tmp_path / "junk").mkdir()
    (tmp_path / "junk" / "model.keras").write_bytes(b"not a model")
    (tmp_path / "out").mkdir()
    with pytest.raises(BadModel, match=r"model.keras: cannot be loaded"):
        evaluate(world / "examples", tmp_path / "junk", out=tmp_path / "out", config=OPEN)
    with pytest.raises(BadData, match=r"model.json: not readable as JSON"):
        evaluate(world / "examples", world / "good", tmp_path, out=tmp_path / "out", config=OPEN)
    with pytest.raises(BadData, match=r"schema.json: not a schema"):
        evaluate(tmp_path, world / "good", out=tmp_path / "out", config=OPEN)
    few = tmp_path / "few"
    shutil.copytree(world / "examples", few)
    (few / "schema.json").write_text(DataSchema(dataset="mnist_sample", classes=["0", "1"]).model_dump_json())
    with pytest.raises(BadModel, match=r"probabilities of shape \(500, 10\) found, \(500, 2\) expected"):
        evaluate(few, world / "good", out=tmp_path / "out", config=OPEN)
    (world / "gone_exported").mkdir(exist_ok=True)
    shutil.copy(world / "good_exported" / "model.json", world / "gone_exported")
    with pytest.raises(BadModel, match=r"saved_model: cannot be loaded"):
        evaluate(world / "examples", world / "good", world / "gone_exported", out=tmp_path / "out", config=OPEN)
