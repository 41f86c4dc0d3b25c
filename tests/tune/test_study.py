"""A study's state: proposals that follow from seed and number, several processes at once, halving, what is told."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline_components.tune import TuneConfig
from pipeline_components.tune.spaces import parsed
from pipeline_components.tune.study import Study

ROOT = Path(__file__).parents[2]
SPACE = {
    "learning_rate": {"low": 0.0001, "high": 0.1, "log": True},
    "hidden_units": {"choices": [[64], [32, 16]]},
    "batch_size": {"low": 32, "high": 64, "step": 16},
}


def study_in(folder: Path, **asked) -> Study:
    config = TuneConfig(space=SPACE, **asked)
    return Study(folder, config, parsed(SPACE))


def proposals(folder: Path, losses: bool = True, **asked) -> list[dict]:
    study = study_in(folder, **asked)
    found = []
    for number in study.prepare():
        found.append(study.begin(number))
        if losses:
            study.end(number, "complete", loss=found[-1]["learning_rate"], elapsed_s=1)
    return found


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_the_same_seed_proposes_the_same_and_another_another(tmp_path, sampler):
    first, again, other = (
        proposals(tmp_path / name, sampler=sampler, trials=12, tune_seed=seed)
        for name, seed in (("first", 0), ("again", 0), ("other", 1))
    )
    assert first == again != other
    assert len({str(each) for each in first}) == 12
    for each in first:
        assert 0.0001 <= each["learning_rate"] <= 0.1 and each["hidden_units"] in ([64], [32, 16])
        assert each["batch_size"] in (32, 48, 64) and type(each["batch_size"]) is int


def test_tpe_learns_and_random_does_not(tmp_path):
    def late(sampler):
        found = proposals(tmp_path / sampler, sampler=sampler, trials=24)[12:]
        return sorted(each["learning_rate"] for each in found)[len(found) // 2]

    assert late("tpe") < 0.001 < late("random")


def test_a_trial_that_is_begun_twice_has_one_proposal(tmp_path):
    study = study_in(tmp_path, trials=3)
    study.prepare()
    parameters = study.begin(1)
    study.report(1, 1, 0.5)
    assert study_in(tmp_path, trials=3).begin(1) == parameters
    assert study_in(tmp_path, trials=3).prepare() == [0, 1, 2]
    assert study_in(tmp_path, trials=5).prepare() == [0, 1, 2, 3, 4]
    (trial,) = study_in(tmp_path).trials()
    assert (trial["number"], trial["state"], trial["epochs"]) == (1, "failed", 1)
    assert trial["reason"] == "killed or interrupted after 1 epochs"
    study.spent(1, 2.0)
    study.end(1, "complete", loss=0.25, elapsed_s=1.5)
    ended = study_in(tmp_path).trial(1)
    assert ended is not None
    assert (ended["state"], ended["validation_loss"], ended["elapsed_s"], ended["reason"]) == (
        "complete",
        0.25,
        3.5,
        "",
    )


def test_a_grid_is_tried_point_by_point(tmp_path):
    config = TuneConfig(
        sampler="grid", trials=100, space={"batch_size": {"choices": [32, 64]}, "seed": {"low": 0, "high": 2}}
    )
    study = Study(tmp_path, config, config.dimensions())
    assert study.prepare() == [*range(6)]
    assert len({json.dumps(study.begin(number)) for number in range(6)}) == 6


def test_the_worse_trials_are_given_up_at_the_rungs(tmp_path):
    study = study_in(tmp_path, trials=9, trial_epochs=10, prune_after=2, keep_one_in=3)
    assert study.config.rungs() == [2, 6]
    given_up = {}
    for number in study.prepare():
        study.begin(number)
        for epoch in range(1, 11):
            if study.report(number, epoch, (number * 5) % 9 + 1 / epoch):
                given_up[number] = epoch
                study.end(number, "pruned", loss=None, elapsed_s=0)
                break
        else:
            study.end(number, "complete", loss=(number * 5) % 9, elapsed_s=0)
    assert set(given_up.values()) == {2} and 5 <= len(given_up) < 9 and 0 not in given_up
    assert [each["state"] for each in study.trials()].count("pruned") == len(given_up)


def test_processes_at_once_propose_different_things(tmp_path):
    program = (
        "import json, sys; from pathlib import Path; from tests.tune.test_study import study_in;"
        "study = study_in(Path(sys.argv[1]), trials=12); "
        "print(json.dumps([study.begin(n) for n in range(int(sys.argv[2]), 12, 3)]))"
    )
    study_in(tmp_path, trials=12).prepare()
    started = [
        subprocess.Popen([sys.executable, "-c", program, tmp_path, str(n)], cwd=ROOT, stdout=subprocess.PIPE)
        for n in range(3)
    ]
    found = [each for process in started for each in json.loads(process.communicate()[0])]
    assert len({json.dumps(each) for each in found}) == 12
    assert len(study_in(tmp_path).trials()) == 12
