"""Why something was reused or made: one sentence for each kind, and what a run's record holds of it."""

import pytest

from pipeline_components.store import Change, Reason
from pipeline_components.store.reason import changes_between

EPOCHS = Change("config", "epochs", "20", "3")


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (Reason("hit", "train/1"), "HIT: train/1"),
        (Reason("forced"), "MISS: forced"),
        (Reason("new"), "MISS: nothing like it yet"),
        (Reason("damaged", "train/3", "model.keras"), "MISS: train/3 is damaged: model.keras"),
        (Reason("changed", "train/3", changes=(EPOCHS,)), "MISS: config epochs 20 → 3"),
        (Reason("changed", "train/3", changes=(EPOCHS, EPOCHS)), "MISS: config epochs 20 → 3 and 1 more"),
    ],
)
def test_each_kind_has_its_sentence(reason, said):
    assert str(reason) == said


def test_a_record_holds_every_change():
    assert Reason("changed", "train/3", changes=(EPOCHS,)).as_json() == {
        "kind": "changed",
        "id": "train/3",
        "file": None,
        "changes": [{"kind": "config", "name": "epochs", "before": "20", "after": "3"}],
    }


def test_changes_tell_what_came_and_went_and_keep_the_whole_value():
    found = changes_between("config", {"a": 1, "b": None, "c": [1, 2]}, {"c": [1], "d": "x" * 99, "b": None})
    assert found == [
        Change("config", "c", "1, 2", "1"),
        Change("config", "d", None, "x" * 99),
        Change("config", "a", "1", None),
    ]
    assert str(found[1]) == f"config d (none) → {'x' * 57}..."


def test_a_changed_file_of_the_source_is_told_without_its_digests():
    told = [str(each) for each in changes_between("source", {"a.py": "1", "b.py": "1"}, {"a.py": "2", "c.py": "1"})]
    assert told == ["source a.py changed", "source c.py added", "source b.py removed"]
