"""The versions of the served model: in the journal's order, with what became of each and how good its model is."""

import shutil

import pytest

from pipeline_components.browse.versions import told_of, versions_of
from pipeline_components.store import ServedModel, Store
from tests.kits.store import maker, produce, recipe


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "artifacts")


def exported(store, seed):
    model = produce(store, recipe("train", seed=seed)).artifact
    evaluation = store.produce(recipe("evaluate", seed=seed), maker(seed, facts={"accuracy": seed / 10})).artifact
    return produce(store, recipe("export", seed=seed, inputs={"model": model, "evaluation": evaluation})).artifact


def test_a_version_tells_who_put_it_there_and_what_became_of_it(store):
    served = ServedModel(store.root, "digits")
    first, second = exported(store, 8), exported(store, 9)
    served.push(first, who="anna", why="evaluate/1 blessed")
    served.push(second, who="anna")
    served.rollback(who="ben", why="users complained")
    assert [(each.number, each.state, each.action, each.who, each.export) for each in versions_of(store, served)] == [
        (1, "earlier", "push", "anna", first.id),
        (2, "earlier", "push", "anna", second.id),
        (3, "served", "rollback", "ben", first.id),
    ]
    told = list(told_of(store, served, first.id))
    assert [(each.number, each.model, each.accuracy, each.why) for each in told] == [
        (1, "train/1", 0.8, "evaluate/1 blessed"),
        (3, "train/1", 0.8, "users complained"),
    ]


def test_what_was_retired_is_called_so_and_what_is_gone_tells_no_accuracy(store):
    served = ServedModel(store.root, "digits")
    first, second = exported(store, 8), exported(store, 9)
    served.push(first)
    served.push(second)
    served.retire([1])
    shutil.rmtree(second.path)
    found = versions_of(store, served)
    assert [(each.number, each.state, each.accuracy) for each in found] == [(1, "retired", 0.8), (2, "served", None)]


def test_a_push_that_a_crash_cut_short_was_never_served(store):
    served = ServedModel(store.root, "digits")
    served.push(exported(store, 8))
    served.push(exported(store, 9))
    shutil.rmtree(served.folder / "2")
    assert [each.state for each in versions_of(store, served)] == ["served", "abandoned"]


def test_nothing_served_is_no_version(store):
    assert versions_of(store, ServedModel(store.root, "digits")) == []
