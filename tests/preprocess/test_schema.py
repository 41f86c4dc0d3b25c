"""Checks of arrays that TFRecord files of images cannot express, and of the split."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_components.data.schema import ImageSchema
from pipeline_components.data.tfds_folder import Records
from pipeline_components.preprocess.schema import image_violations
from pipeline_components.preprocess.split import stratified


def found(image):
    records = Records("train", image, np.zeros(len(image), np.int64))
    return {a.anomaly: a for a in image_violations(records, ImageSchema())}


def test_good_images_violate_nothing():
    assert found(np.zeros((3, 28, 28), np.uint8)) == {}


def test_nan_is_counted_and_located():
    image = np.zeros((9, 28, 28), np.float32)
    image[[2, 5], 3, 3] = np.nan
    assert found(image)["image_nan"].message == "train: 2 images with NaN pixels (train/2, train/5)"
    assert found(image)["image_dtype"].message == "train: 9 images of float32 found, uint8 expected (train/0, …)"


def test_a_wrong_shape_and_values_out_of_range_are_named():
    wrong = found(np.zeros((4, 27, 28), np.uint8))
    assert wrong["image_shape"].message == "train: 4 images of 27×28 pixels found, 28×28 expected (train/0, …)"
    assert found(np.full((2, 28, 28), 256, np.int16))["image_range"].examples == ("train/0", "train/1")


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
