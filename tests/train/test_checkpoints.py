"""Epochs that are kept: a training that was killed goes on and ends with the same bytes; a damaged one is not used."""

import multiprocessing
import os
import signal
import time

import numpy as np
import pytest

from pipeline_components.data.examples import read_examples, write_examples
from pipeline_components.train import TrainConfig, train
from pipeline_components.train.checkpoints import Checkpoints, State
from tests.kits.components import digests

ROW = {"epoch": 1, "loss": 0.5, "accuracy": 0.75, "validation_loss": 0.625, "validation_accuracy": 0.5}
CONFIG = TrainConfig(
    network="cnn", epochs=60, augmentation="full", averaging=0.9, keep_best=True, label_smoothing=0.1, clip_norm=1.0
)


def state(epochs: int) -> State:
    return State([ROW] * epochs, [np.arange(3.0) + epochs, np.array(7)], [np.ones(2)] * (epochs % 2))


def test_the_newest_whole_epoch_is_found_and_old_ones_go(tmp_path):
    checkpoints = Checkpoints(tmp_path / "not" / "there")
    assert checkpoints.newest() is None
    for epochs in (1, 2, 3, 10):
        checkpoints.save(state(epochs))
    found = Checkpoints(checkpoints.folder).newest()
    assert len(found.history) == 10 and found.history[0] == ROW
    np.testing.assert_array_equal(found.values[0], np.arange(3.0) + 10)
    assert found.values[1] == 7 and found.best == []
    assert sorted(path.name for path in checkpoints.folder.iterdir()) == ["epoch-10", "epoch-3"]


@pytest.mark.parametrize("file", ["values.npz", "history.json", "digest"])
@pytest.mark.parametrize("harm", ["torn", "altered", "gone"])
def test_a_damaged_epoch_is_passed_over_for_the_one_before(tmp_path, file, harm, caplog):
    checkpoints = Checkpoints(tmp_path)
    for epochs in (1, 2):
        checkpoints.save(state(epochs))
    path = tmp_path / "epoch-2" / file
    raw = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(raw[: len(raw) // 2] if harm == "torn" else raw[:-1] + bytes([raw[-1] ^ 1]))
    assert len(checkpoints.newest().history) == 1
    assert "epoch-2 is not used" in caplog.text
    checkpoints.save(state(2))
    assert len(checkpoints.newest().history) == 2


@pytest.fixture(scope="module")
def few(preprocessed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("few")
    for split, count in (("train", 300), ("validation", 50)):
        write_examples(folder / f"{split}.arrow", read_examples(preprocessed / f"{split}.arrow").take(np.arange(count)))
    (folder / "schema.json").write_bytes((preprocessed / "schema.json").read_bytes())
    return folder


def started(few, out, workspace=None):
    """A training in a process of its own, which sets TensorFlow up as every step of a run does."""
    kwargs = {"out": out, "config": CONFIG, "workspace": workspace}
    context = multiprocessing.get_context("forkserver")  # imports once for all of them
    context.set_forkserver_preload(["tests.kits.loaded"])
    process = context.Process(target=train, args=(few,), kwargs=kwargs)
    process.start()
    return process


def test_a_training_that_was_killed_at_ten_random_moments_ends_with_the_same_bytes(few, tmp_path):
    whole = started(few, tmp_path / "whole")
    moments = np.random.default_rng()
    workspace, part, reached = tmp_path / "workspace", tmp_path / "workspace" / "part-1", 0
    for _ in range(10):
        process = started(few, tmp_path / "killed", workspace)
        deadline = time.monotonic() + 120
        while not (part / f"epoch-{reached + 1}").exists():
            assert time.monotonic() < deadline and process.is_alive()
            time.sleep(0.002)
        time.sleep(moments.uniform(0, 0.3))
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        found = Checkpoints(part).newest()
        assert found is not None and len(found.history) > reached
        reached = len(found.history)
    assert not (tmp_path / "killed").exists() and reached < CONFIG.epochs
    resumed = started(few, tmp_path / "resumed", workspace)
    for process in (resumed, whole):
        process.join()
        assert process.exitcode == 0
    assert digests(tmp_path / "resumed") == digests(tmp_path / "whole")
