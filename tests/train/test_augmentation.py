"""Varied images: nothing at strength zero, the same for one seed and epoch, and where the strengths say."""

import numpy as np
import pyarrow as pa
import pytest

from pipeline_components.data.examples import Examples
from pipeline_components.train import TrainConfig
from pipeline_components.train.augmentation import VARIATIONS, augmented, is_asked_for, variations
from pipeline_components.train.config import STRENGTHS
from tests.kits.tfds import handwriting

IMAGES = handwriting(110, 1)["train"][0]  # more than a chunk


def only(**strengths):
    return TrainConfig(**dict.fromkeys(STRENGTHS, 0.0) | strengths)


def test_at_strength_zero_it_is_the_identity():
    assert not is_asked_for(TrainConfig()) and is_asked_for(TrainConfig(augmentation="affine"))
    np.testing.assert_array_equal(augmented(IMAGES, only(), 1), IMAGES)


def test_one_seed_and_epoch_is_one_variation_and_others_are_others():
    config = TrainConfig(augmentation="full", erasing=0.5)
    one = augmented(IMAGES, config, 1)
    assert one.shape == IMAGES.shape and one.dtype == np.uint8 and len(one) > 1000
    np.testing.assert_array_equal(augmented(IMAGES, config, 1), one)
    for other in (augmented(IMAGES, config, 2), augmented(IMAGES, config.model_copy(update={"seed": 1}), 1)):
        assert (other != one).any(axis=(1, 2)).mean() > 0.99
    assert (one[:100] != one[1000:1100]).any()  # chunks do not repeat each other


@pytest.mark.parametrize(
    "strength", [{"shift": 2.0}, {"rotation": 20.0}, {"zoom": 0.2}, {"shear": 20.0}, {"elastic": 1.0}, {"erasing": 1.0}]
)
def test_each_strength_changes_images_and_keeps_what_they_show(strength):
    varied = augmented(IMAGES, only(**strength), 1)
    changed = (varied != IMAGES).any(axis=(1, 2)).mean()
    assert changed > 0.5
    ink, before = (images.astype(float).sum(axis=(1, 2)) for images in (varied, IMAGES))
    assert 0.6 < np.median(ink / before) < 1.4


def test_a_shift_is_no_further_than_it_says():
    def middle(images):
        weight = images.astype(float) / images.astype(float).sum(axis=(1, 2), keepdims=True)
        return np.stack([(weight.sum(axis=2) * np.arange(28)).sum(axis=1), (weight.sum(axis=1) * np.arange(28)).sum(1)])

    dots = np.zeros((500, 28, 28), np.uint8)
    dots[:, 12:15, 13:16] = 200
    moved = middle(augmented(dots, only(shift=3.0), 1)) - middle(dots)
    assert np.abs(moved).max() < 3.1 and np.abs(moved).max() > 2.5 and abs(moved.mean()) < 0.3


def test_half_of_the_images_lose_a_rectangle():
    full = np.full((1000, 28, 28), 255, np.uint8)
    erased = augmented(full, only(erasing=0.5), 1)
    assert 0.42 < (erased == 0).any(axis=(1, 2)).mean() < 0.58
    assert ((erased == 0) | (erased == 255)).all()


def test_what_is_shown_is_one_of_each_class_as_it_is_and_varied_by_each_epoch():
    label = np.array([3, 1, 3, 1, 0], np.uint8)
    training = Examples(IMAGES[:5], label, pa.array([f"train/{n}" for n in range(5)]))
    config = TrainConfig(augmentation="affine")
    shown = variations(training, config)
    assert shown.label.tolist() == [0, 1, 3] * (1 + VARIATIONS)
    assert shown.example_id.to_pylist()[:3] == ["train/4", "train/1", "train/0"]
    np.testing.assert_array_equal(shown.image[:3], IMAGES[[4, 1, 0]])
    np.testing.assert_array_equal(shown.image[6:9], augmented(IMAGES[[4, 1, 0]], config, 2))
