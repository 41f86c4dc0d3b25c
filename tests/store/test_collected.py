"""Numbers of what was collected, never given again."""

import pytest

from pipeline_components.errors import StoreError
from pipeline_components.store.collected import collected, forget, record
from pipeline_components.store.gc import collect
from pipeline_components.store.seal import seal
from tests.kits.store import KEEP_NOTHING, produce, recipe


def test_a_collected_number_is_never_given_again(store):
    produce(store, recipe(epochs=1))
    collect(store.root, KEEP_NOTHING, dry_run=False)
    assert produce(store, recipe(epochs=1)).artifact.id == "train/2" and store.verify() == []


def test_numbers_are_recorded_in_order_and_those_that_were_spared_taken_back(store):
    assert collected(store.root, "train") == []
    record(store.root, "train", [3, 1])
    record(store.root, "train", [2, 3])
    assert collected(store.root, "train") == [1, 2, 3] and collected(store.root, "export") == []
    forget(store.root, "train", [2, 9])
    forget(store.root, "train", [])
    assert collected(store.root, "train") == [1, 3]


@pytest.mark.parametrize("numbers", [None, {}, "12", [1, "2"], [True], [1.0]])
def test_a_list_of_anything_but_integers_is_refused(store, numbers):
    file = store.root / "train" / ".collected.json"
    file.parent.mkdir(parents=True)
    file.write_bytes(seal({"format": 1, "numbers": numbers}))
    with pytest.raises(StoreError, match=r"collected\.json: numbers: a list of artifacts' numbers expected"):
        collected(store.root, "train")
