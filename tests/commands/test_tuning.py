"""`digits tune`: refusals in one line, a line per trial, Ctrl-C, the same again, and the minutes."""

import json

import pytest

from pipeline_components.cli import main
from pipeline_components.store import Store
from tests.kits.trials import Trainer, search_in, trainer

__all__ = ["trainer"]
RATE = json.dumps({"learning_rate": {"low": 0.0001, "high": 0.1, "log": True}})


@pytest.fixture
def asked(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline_components.data.examples.read_examples", lambda file: range(10))
    search_in(tmp_path)
    return ["tune", "--store", str(tmp_path), "--space", RATE, "--trials", "4", "--trial-epochs", "6"]


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        (["--trials", "1000000000"], "trials: '1000000000' found, input should be less than or equal to 1000"),
        (["--space", '{"lr": {"low": 1, "high": 2}}'], "space: unknown parameter 'lr'"),
        (["--space", '{"seed": {"low": 2, "high": 2}}'], "space: seed: 2 to 2 is an empty range"),
        (
            ["--space", '{"learning_rate": {"low": 0, "high": 0.1, "log": true}}'],
            "space: learning_rate: low 0 has no log",
        ),
        (["--space", '{"seed": {"low": "a", "high": 2}}'], "space: seed: low: 'a' found, a number expected"),
        (["--sampler", "grid"], "space: dropout: a range without a step found"),
        (["--network", "mpl"], "network: unknown name 'mpl'; did you mean 'mlp'?"),
        (["--examples", "preprocess/9"], "preprocess/9"),
    ],
)
def test_what_cannot_be_searched_is_one_line_and_exit_2(tmp_path, capsys, flags, why):
    search_in(tmp_path)
    assert main(["tune", "--store", str(tmp_path), *flags]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and why in said.err


def test_each_trial_is_a_line_and_the_id_is_the_result(asked, capfd, trainer: Trainer):
    assert main(asked) == 0
    said = capfd.readouterr()
    lines = said.err.splitlines()
    assert said.out == "tune/1\n" and len(lines) == 4
    assert lines[0].split()[:3] == ["0", "complete", "6/6"] and "learning_rate" in lines[0]
    trained = len(trainer.trained)
    assert main([*asked, "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert (told["id"], told["hit"], len(trainer.trained)) == ("tune/1", True, trained)


def test_each_search_is_a_run_that_tells_its_best_and_what_was_asked(asked, capsys, trainer: Trainer, tmp_path):
    assert main(asked) == main(["5" if each == "4" else each for each in asked]) == 0
    capsys.readouterr()
    assert main(["runs", "--store", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert said.count("searched") == 2 and "is the best of 5 of mlp: validation loss" in said
    assert "trial_epochs 6" in said and "sampler" not in said
    first, second = Store(tmp_path).runs()
    assert (first["steps"]["tune"]["id"], second["steps"]["tune"]["id"]) == ("tune/1", "tune/2")
    made_by = [each.manifest.made["run_id"] for each in Store(tmp_path).artifacts("train")]
    assert made_by == [first["run_id"]] * 4 + [second["run_id"]]


def test_ctrl_c_keeps_what_is_finished_and_the_same_goes_on(asked, capfd, trainer: Trainer):
    def stop(training: int, epoch: int) -> None:
        if training == 2:
            raise KeyboardInterrupt

    trainer.stop = stop
    with pytest.raises(SystemExit, match=r"^130$"):
        main(asked)
    said = capfd.readouterr()
    assert said.out == "tune/1\n" and "stopped: the same command goes on" in said.err
    assert Store(asked[2]).last_run()["ending"] == "interrupted"
    trainer.stop = None
    assert main(asked) == 0
    assert capfd.readouterr().out == "tune/2\n"


def test_no_trial_begins_after_the_minutes(asked, capfd, trainer: Trainer, monkeypatch):
    clock = iter(range(0, 100_000, 45))
    monkeypatch.setattr("pipeline_components.commands.tuning.time.monotonic", lambda: next(clock))
    assert main([*asked, "--minutes", "1"]) == 0
    said = capfd.readouterr().err
    assert "1 minutes are over: 3 trials are not begun" in said or "1 minutes are over: 2 trials" in said
