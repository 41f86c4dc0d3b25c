"""Training: what is learnt, what is written, and that one seed is one model in any process."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipeline_components.data.examples import read_examples, write_examples
from pipeline_components.errors import BadConfig, BadData, DivergedTraining
from pipeline_components.models import Network, mlp, network, weights_digest
from pipeline_components.train import TrainConfig, train
from tests.kits.components import digests

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def few(preprocessed, tmp_path_factory):
    """A preprocess artifact with 300 of the training examples: two batches of 128 and one of 44."""
    folder = tmp_path_factory.mktemp("few")
    for split, count in (("train", 300), ("validation", 50)):
        write_examples(folder / f"{split}.arrow", read_examples(preprocessed / f"{split}.arrow").take(np.arange(count)))
    (folder / "schema.json").write_bytes((preprocessed / "schema.json").read_bytes())
    return folder


def test_the_defaults_learn_the_sample(trained, preprocessed, chain_facts):
    import keras

    facts = chain_facts["train"]
    assert (facts["network"], facts["parameters"], facts["examples"], facts["epochs"]) == ("mlp", 468_874, 3_600, 20)
    model = keras.models.load_model(trained / "model.keras")
    test = read_examples(preprocessed / "test.arrow")
    probabilities = model.predict(test.image, verbose=0)
    assert probabilities.shape == (1_000, 10) and probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert (probabilities.argmax(axis=1) == test.label).mean() > 0.88
    np.testing.assert_allclose(model.predict(test.image.astype(np.float32), verbose=0), probabilities, atol=1e-6)
    assert weights_digest(model) == facts["weights_digest"]


def test_history_is_a_row_an_epoch_and_ends_in_the_facts(trained, chain_facts):
    history = pq.read_table(trained / "history.parquet").to_pydict()
    assert history["epoch"] == list(range(1, 21))
    for name in ("loss", "accuracy", "validation_loss", "validation_accuracy"):
        assert history[name][-1] == chain_facts["train"][name]
    assert history["loss"][0] > history["loss"][1] > history["loss"][-1] and history["loss"][-1] < 0.25
    assert all(0 <= value <= 1 for value in history["accuracy"] + history["validation_accuracy"])


def test_validation_figures_are_exactly_those_of_the_saved_model(trained, preprocessed, chain_facts):
    import keras

    model = keras.models.load_model(trained / "model.keras")
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    held_out = read_examples(preprocessed / "validation.arrow")
    loss, accuracy = model.evaluate(np.array(held_out.image), np.array(held_out.label), verbose=0)
    assert accuracy == pytest.approx(chain_facts["train"]["validation_accuracy"], abs=1e-6)
    assert loss == pytest.approx(chain_facts["train"]["validation_loss"], rel=1e-4)


def test_one_seed_is_one_model_in_two_processes_and_another_seed_another(few, tmp_path):
    program = (
        "import sys; from pathlib import Path; from pipeline_components.train import TrainConfig;"
        "from pipeline_components.train import train;"
        "train(Path(sys.argv[1]), out=Path(sys.argv[2]), config=TrainConfig(epochs=2, seed=int(sys.argv[3])))"
    )
    subprocess.run([sys.executable, "-c", program, few, tmp_path / "one", "7"], cwd=ROOT, check=True)
    train(few, out=tmp_path / "again", config=TrainConfig(epochs=2, seed=7))
    train(few, out=tmp_path / "other", config=TrainConfig(epochs=2, seed=8))
    assert digests(tmp_path / "one") == digests(tmp_path / "again")
    assert digests(tmp_path / "one")["model.keras"] != digests(tmp_path / "other")["model.keras"]


def test_one_line_is_logged_an_epoch(few, tmp_path, caplog):
    caplog.set_level(logging.INFO, "pipeline_components.train")
    train(few, out=tmp_path, config=TrainConfig(epochs=2))
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("pipeline_components.train")]
    assert [line.split("  loss")[0] for line in lines] == ["epoch 1/2", "epoch 2/2"]


def test_a_loss_that_is_no_number_stops_the_run_and_writes_nothing(few, tmp_path, monkeypatch):
    built = network("mlp").build

    def exploding(classes, seed, **options):
        import keras

        model = built(classes, seed)
        scale = keras.layers.Rescaling(1e38, name="scale")
        return keras.Sequential([*model.layers[:-1], scale, scale.__class__(1e38, name="again"), model.layers[-1]])

    monkeypatch.setattr(mlp, "NETWORK", Network(exploding, lambda options: True))
    with pytest.raises(DivergedTraining, match=r"loss is nan in epoch 1 at learning rate 0\.5: lower"):
        train(few, out=tmp_path / "out", config=TrainConfig(learning_rate=0.5))
    assert not (tmp_path / "out").exists()


def test_an_unknown_network_and_a_file_of_no_examples_are_named(few, tmp_path):
    with pytest.raises(BadConfig, match="'mpl'; did you mean 'mlp'"):
        train(few, out=tmp_path / "out", config=TrainConfig(network="mpl"))
    (tmp_path / "train.arrow").write_bytes(b"nothing")
    with pytest.raises(BadData, match=r"train\.arrow: not an Arrow file"):
        train(tmp_path, out=tmp_path / "out", config=TrainConfig())
    assert not (tmp_path / "out").exists()


def test_what_is_left_empty_is_as_the_network_says():
    seed = TrainConfig().model_dump()
    assert {name: seed[name] for name in ("epochs", "batch_size", "optimizer", "learning_rate", "schedule")} == {
        "epochs": 20,
        "batch_size": 128,
        "optimizer": "adam",
        "learning_rate": 0.001,
        "schedule": "constant",
    }
    cnn = TrainConfig(network="cnn", learning_rate=None)
    assert (cnn.optimizer, cnn.learning_rate, cnn.schedule, cnn.hidden_units) == ("adamw", 0.004, "one_cycle", None)
    assert cnn.augmentation == "full"
    assert TrainConfig(network="cnn", optimizer="sgd").learning_rate == 0.05
    turned = TrainConfig(augmentation="affine", rotation=5)
    assert (turned.rotation, turned.shift, turned.elastic) == (5, 2, 0)
    assert TrainConfig(**cnn.model_dump()) == cnn


def test_a_parameter_that_the_network_has_not_is_named():
    with pytest.raises(BadConfig, match=r"^members: cnn has no such parameter, only ensemble$"):
        TrainConfig(network="cnn", members=3)
    with pytest.raises(BadConfig, match=r"^hidden_units: ensemble has no such parameter"):
        TrainConfig(network="ensemble", hidden_units=[3])


@pytest.mark.parametrize("network", ["cnn", "ensemble"])
def test_every_network_is_trained_saved_and_itself_when_loaded(few, tmp_path, network):
    import keras

    config = TrainConfig(network=network, epochs=1, **({"members": 2} if network == "ensemble" else {}))
    facts = train(few, out=tmp_path, config=config)
    model = keras.models.load_model(tmp_path / "model.keras")
    assert weights_digest(model) == facts["weights_digest"]
    held_out = read_examples(few / "validation.arrow")
    right = (model.predict(held_out.image, verbose=0).argmax(axis=1) == held_out.label).mean()
    assert right == pytest.approx(facts["validation_accuracy"])


def test_patience_stops_and_the_best_epoch_is_kept(few, tmp_path):
    facts = train(few, out=tmp_path, config=TrainConfig(epochs=40, learning_rate=0.3, patience=2, keep_best=True))
    history = pq.read_table(tmp_path / "history.parquet").to_pydict()["validation_loss"]
    assert len(history) == facts["epochs"] == history.index(min(history)) + 3 < 40
    assert facts["validation_loss"] == pytest.approx(min(history), rel=1e-5)


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores")
@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_one_core_or_two_give_the_same_weights(few, tmp_path, name):
    def on(cores: int) -> str:
        program = (
            f"import os; os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:{cores}])\n"
            "from pipeline_components import quiet; quiet.import_tensorflow()\n"
            "from pathlib import Path; from pipeline_components.train import TrainConfig, train\n"
            f"config = TrainConfig(network={name!r}, epochs=2)\n"
            f"few, out = Path({str(few)!r}), Path({str(tmp_path / str(cores))!r})\n"
            "print(train(few, out=out, config=config)['weights_digest'])"
        )
        clean = {name: value for name, value in os.environ.items() if name != "TF_NUM_INTRAOP_THREADS"}
        done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=clean, capture_output=True, check=True)
        return done.stdout.decode().strip()

    assert on(1) == on(2) != ""
