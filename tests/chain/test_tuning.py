"""A search: the same again is the same, what ended stays, what was killed goes on, and the store knows all of it."""

import shutil
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline_components.chain.components import COMPONENTS
from pipeline_components.chain.produce import produce
from pipeline_components.chain.tuning import Search, TrialFailed
from pipeline_components.data.examples import Examples, read_examples, write_examples
from pipeline_components.errors import BadData, StoreError
from pipeline_components.store import Store
from tests.kits.store import KEEP_NOTHING
from tests.kits.trials import BEST, Trainer, search_in, trainer

__all__ = ["trainer"]


@pytest.fixture(autouse=True)
def ten_validation_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    """The light preprocess artifact has no examples: the page counts ten."""
    monkeypatch.setattr("pipeline_components.data.examples.read_examples", lambda file: range(10))


def carry_out(search: Search) -> list[str]:
    """Every trial; the failures."""
    failed = []
    for number in search.study.prepare():
        try:
            search.trial(number)
        except TrialFailed as failure:
            failed.append(str(failure))
    return failed


def rows(search: Search) -> list[dict[str, Any]]:
    """The table of the study as it stands, the seconds left out."""
    table = pq.read_table(search.reduce().artifact.path / "trials.parquet")
    return [{name: value for name, value in row.items() if name != "seconds"} for row in table.to_pylist()]


def test_the_same_seed_one_at_a_time_gives_the_same_study_and_again_trains_nothing(tmp_path, trainer: Trainer):
    one, other = (search_in(tmp_path / name, trials=8) for name in ("one", "other"))
    carry_out(one)
    trained = len(trainer.trained)
    carry_out(other)
    assert rows(one) == rows(other) and len(rows(one)) == 8
    first = one.reduce().artifact
    assert first.manifest.facts["study_digest"] == other.reduce().artifact.manifest.facts["study_digest"]
    assert len(trainer.trained) == 2 * trained

    again = search_in(tmp_path / "one", trials=8)
    carry_out(again)
    assert again.reduce().hit and again.reduce().artifact.id == first.id
    assert len(trainer.trained) == 2 * trained


def test_without_its_scratch_a_study_goes_on_from_the_store(tmp_path, trainer: Trainer):
    search = search_in(tmp_path, trials=8)
    carry_out(search)
    before, trained = rows(search), len(trainer.trained)
    assert {row["state"] for row in before} == {"complete", "pruned"}
    shutil.rmtree(tmp_path / ".workspaces")
    again = search_in(tmp_path, trials=8)
    carry_out(again)
    assert rows(again) == before and again.reduce().hit
    assert len(trainer.trained) == trained


def test_more_trials_go_on_from_those_that_there_are(tmp_path, trainer: Trainer):
    carry_out(search_in(tmp_path, trials=3))
    trained = len(trainer.trained)
    more = search_in(tmp_path, trials=5)
    carry_out(more)
    assert len(trainer.trained) > trained
    assert [row["trial"] for row in rows(more)] == [0, 1, 2, 3, 4]


def test_a_trial_that_is_given_up_is_an_artifact_with_the_epochs_it_had(tmp_path, trainer: Trainer):
    search = search_in(tmp_path, trials=8)
    carry_out(search)
    pruned = next(row for row in rows(search) if row["state"] == "pruned")
    manifest = search.store.artifact(pruned["train_artifact"]).manifest
    assert manifest.config["stop_after"] == manifest.facts["epochs"] == pruned["epochs"] == 2
    assert manifest.config["epochs"] == 6
    assert pruned["validation_loss"] == manifest.facts["validation_loss"]


def test_one_that_is_killed_goes_on_with_the_same_parameters_and_is_no_second_trial(tmp_path, trainer: Trainer):
    search = search_in(tmp_path, trials=2, prune_after=0)

    def kill(training: int, epoch: int) -> None:
        if (training, epoch) == (2, 3):
            raise KeyboardInterrupt

    trainer.stop = kill
    with pytest.raises(KeyboardInterrupt):
        carry_out(search)
    (failed,) = [row for row in rows(search) if row["state"] == "failed"]
    assert (failed["trial"], failed["reason"]) == (1, "killed or interrupted after 2 epochs")
    again = search_in(tmp_path, trials=2, prune_after=0)
    assert carry_out(again) == []
    assert [row["state"] for row in rows(again)] == ["complete", "complete"]
    assert trainer.trained[1][0] == trainer.trained[2][0] and len(trainer.trained) == 3


def test_one_that_diverges_is_named_and_the_others_go_on(tmp_path, trainer: Trainer):
    space = {"learning_rate": {"choices": [BEST, 0.01, 1.0]}}
    search = search_in(tmp_path, space=space, sampler="grid", prune_after=0)
    (failure,) = carry_out(search)
    (failed,) = [row for row in rows(search) if row["state"] == "failed"]
    assert failure == f"trial {failed['trial']}: loss is nan in epoch 1"
    assert (failed["learning_rate"], failed["train_artifact"], failed["validation_loss"]) == (1.0, None, None)
    facts = search.reduce().artifact.manifest.facts
    assert (facts["trials"], facts["complete"], facts["failed"]) == (3, 2, 1)
    assert carry_out(search_in(tmp_path, space=space, sampler="grid", prune_after=0)) == [failure]
    assert len(trainer.trained) == 2


def test_a_disk_that_fails_fails_no_trial(tmp_path, trainer: Trainer):
    search = search_in(tmp_path, trials=1)
    trainer.stop = lambda training, epoch: (_ for _ in ()).throw(StoreError("disk full"))
    with pytest.raises(StoreError):
        carry_out(search)
    trainer.stop = lambda training, epoch: (_ for _ in ()).throw(OSError("disk full"))
    with pytest.raises(OSError, match="disk full"):
        carry_out(search)
    trainer.stop = None
    assert carry_out(search) == []


def test_a_study_of_failures_has_no_best(tmp_path, trainer: Trainer):
    search = search_in(tmp_path, space={"learning_rate": {"choices": [1.0]}}, sampler="grid")
    carry_out(search)
    with pytest.raises(BadData, match=r"^no trial of 1 was trained to its end: trial 0: loss is nan in epoch 1$"):
        search.reduce()


def test_the_best_is_taken_by_id_and_recorded_as_an_input(tmp_path, trainer: Trainer):
    search = search_in(tmp_path, trials=8)
    carry_out(search)
    found = search.reduce().artifact
    best = min((row for row in rows(search) if row["state"] == "complete"), key=lambda row: row["validation_loss"])
    train, made = COMPONENTS["train"], {"preprocess": "preprocess/1"}
    taken = produce(train, search.store, train.config(from_=found.id), made).artifact.manifest
    assert taken.inputs["search"]["id"] == found.id
    assert taken.config["learning_rate"] == best["learning_rate"]
    assert (taken.config["epochs"], taken.config["from_"]) == (6, None)
    longer = produce(train, search.store, train.config(from_=found.id, epochs=9), made).artifact.manifest
    assert (longer.config["learning_rate"], longer.config["epochs"]) == (best["learning_rate"], 9)


def test_what_a_study_was_made_of_is_kept_with_it(tmp_path, trainer: Trainer):
    from pipeline_components.store.gc import collect
    from pipeline_components.store.pins import pin

    search = search_in(tmp_path, trials=3)
    carry_out(search)
    found = search.reduce().artifact
    pin(tmp_path, found.id, "")
    collect(tmp_path, KEEP_NOTHING, dry_run=False)
    assert len(Store(tmp_path).artifacts("train")) == len(found.manifest.inputs["trials"]) == 3


def test_other_code_or_another_space_is_another_study(tmp_path, trainer: Trainer):
    one = search_in(tmp_path)
    assert one.folder == search_in(tmp_path, trials=9, minutes=3.0).folder
    others = [search_in(tmp_path, **{name: 7}) for name in ("tune_seed", "trial_epochs", "prune_after")]
    assert len({search.folder for search in [one, *others]}) == 4


def test_no_training_and_no_search_needs_a_test_split(preprocessed, studied, trained, tmp_path, monkeypatch):
    import pipeline_components.data.examples as examples_module
    from pipeline_components.train import TrainConfig, train
    from pipeline_components.tune import TuneConfig, tune

    monkeypatch.setattr(examples_module, "read_examples", read_examples)
    folder = tmp_path / "examples"
    folder.mkdir()
    for split, count in (("train", 200), ("validation", 50)):
        chosen: Examples = read_examples(preprocessed / f"{split}.arrow")
        write_examples(folder / f"{split}.arrow", chosen.take(range(count)))
    shutil.copy(preprocessed / "schema.json", folder)
    for name in ("train", "tune"):
        (tmp_path / name).mkdir()
    train(folder, out=tmp_path / "train", config=TrainConfig(epochs=1, hidden_units=[8]))
    tune(folder, [trained], studied, out=tmp_path / "tune", config=TuneConfig())
    assert (tmp_path / "train" / "model.keras").is_file() and (tmp_path / "tune" / "best.json").is_file()
