"""The split of the training examples: exact shares of each class, by a seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_components.data.tfds_folder import Records, TfdsFolder
from pipeline_components.errors import BadConfig
from pipeline_components.preprocess import PreprocessConfig
from pipeline_components.preprocess.split import split, stratified

labels = st.lists(st.integers(0, 9), min_size=1, max_size=200).map(lambda values: np.array(values, np.uint8))


@given(labels, st.floats(0.01, 0.5), st.integers(0, 2**32 - 1))
def test_every_example_is_on_exactly_one_side_and_each_class_is_shared_alike(label, fraction, seed):
    train, held_out = stratified(label, fraction, seed)
    assert sorted([*train, *held_out]) == list(range(len(label)))
    assert len(held_out) == round(fraction * len(label))
    for value in np.unique(label):
        assert abs((label[held_out] == value).sum() - fraction * (label == value).sum()) < 1
    again = stratified(label, fraction, seed)
    assert (again[0] == train).all() and (again[1] == held_out).all()


def test_a_seed_chooses_the_split():
    label = np.repeat(np.arange(10, dtype=np.uint8), 50)
    assert stratified(label, 0.1, 0)[1].tolist() != stratified(label, 0.1, 1)[1].tolist()
    assert stratified(label, 0.1, 0)[1].size == pytest.approx(50)


def test_what_is_left_over_goes_to_the_classes_with_the_largest_remainders():
    label = np.repeat([0, 1, 2], [17, 15, 8])  # a tenth: 1.7, 1.5 and 0.8 of 4 in all
    held_out = stratified(label, 0.1, 0)[1]
    assert np.bincount(label[held_out], minlength=3).tolist() == [2, 1, 1]


def folder(size=20):
    """Images of one value each, which is their position, in two splits of two classes."""
    image = np.arange(size, dtype=np.uint8).repeat(784).reshape(size, 28, 28)
    records = {name: Records(name, image, np.arange(size) % 2) for name in ("train", "test")}
    return TfdsFolder("letters", ["a", "b"], records)


def test_images_labels_and_ids_stay_together_and_the_test_split_stays_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline_components.data.tfds_folder.BATCH", 3)
    parts = split(folder(), PreprocessConfig(validation_fraction=0.2, split_seed=3), tmp_path)
    assert {name: len(part) for name, part in parts.items()} == {"train": 16, "validation": 4, "test": 20}
    for name, part in parts.items():
        position = part.image[:, 0, 0]
        source = "test" if name == "test" else "train"
        assert part.example_id.to_pylist() == [f"{source}/{i}" for i in position]
        assert part.label.tolist() == (position % 2).tolist() and part.label.dtype == np.uint8
    assert sorted([*parts["train"].image[:, 0, 0], *parts["validation"].image[:, 0, 0]]) == list(range(20))


def test_a_share_that_holds_nothing_out_is_refused(tmp_path):
    with pytest.raises(BadConfig, match=r"^validation_fraction: 0.01 of 20 examples is none: hold out a larger share$"):
        split(folder(), PreprocessConfig(validation_fraction=0.01), tmp_path)
