"""The split of the training examples: exact shares of each class, by a seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_components.preprocess.split import stratified

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
