"""What is found wrong with a store, and what is no problem."""

from pipeline_components.store import ServedModel
from pipeline_components.store.check import Problem, check_files
from pipeline_components.store.gc import Policy, collect
from tests.kits.store import chain, served


def test_a_version_that_is_retired_while_somebody_looks_at_it_is_no_problem(store, monkeypatch):
    serving, _ = served(store, 3)
    numbers = serving.numbers()

    def late(*_: object) -> list[Problem]:
        monkeypatch.undo()
        collect(store.root, Policy(keep=0, days=0, grace_hours=0, versions=0), dry_run=False)
        return check_files(*_)

    monkeypatch.setattr("pipeline_components.store.verify.check_files", late)
    assert store.verify() == [] and serving.numbers() == [2, 3]
    monkeypatch.setattr(ServedModel, "numbers", lambda _: numbers)
    assert [each.number for each in serving.versions()] == [2, 3]


def test_a_missing_artifact_that_was_not_collected_is_damage(store):
    made = chain(store)
    chain(store, 2)
    for path in sorted(made["train"].path.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    made["train"].path.rmdir()
    assert {(each.where, each.what) for each in store.verify()} == {
        ("train/1", "missing with its whole folder, and not by the collector"),
        ("export/1", "its input train, train/1, is missing"),
    }
