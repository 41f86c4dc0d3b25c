"""Whether examples still look like those of before: distances, and what is said of those that do not."""

import re

import numpy as np
import pyarrow as pa
import pytest

from pipeline_components.data.examples import Examples
from pipeline_components.preprocess import drift
from pipeline_components.preprocess.statistics import measured_part
from pipeline_components.stats.jensen_shannon import chance
from tests.kits.tfds import handwriting

DIGITS = list("0123456789")


def part(image, label):
    ids = pa.array([f"test/{i}" for i in range(len(label))])
    return measured_part("test", Examples(image, label, ids), DIGITS)


@pytest.fixture(scope="module")
def before():
    return part(*handwriting()["test"])


def changed(change):
    image, label = handwriting()["test"]
    return part(*change(image.copy(), label.copy()))


def brighter(image, label):
    return np.clip(image * 2.0, 0, 255).astype(np.uint8), label


def shifted(image, label):
    return np.roll(image, 4, axis=2), label


def inverted(image, label):
    return 255 - image, label


def exchanged(image, label):
    return image, np.where(label == 3, 8, np.where(label == 8, 3, label)).astype(np.uint8)


def test_nothing_is_apart_from_itself_and_limits_allow_for_chance(before):
    found = drift.distances(before.statistics, before.statistics)
    assert {each["feature"]: each["distance"] for each in found} == dict.fromkeys(
        ["class shares", "ink", "row of centre", "column of centre", "pixel values", "place of ink"], 0
    )
    by_feature = {each["feature"]: (each["warning"], each["error"]) for each in found}
    assert by_feature["pixel values"] == (drift.WARNING, drift.ERROR)
    more = drift.PLACE_BY_CHANCE * (2 / 500) ** 0.5
    assert by_feature["place of ink"] == (round(drift.WARNING + more, 4), round(drift.ERROR + more, 4))
    more = drift.RARE * chance(10, 500, 500)
    assert by_feature["class shares"] == (round(drift.WARNING + more, 4), round(drift.ERROR + more, 4))


@pytest.mark.parametrize(
    ("change", "severity", "said"),
    [
        (brighter, "warning", r"ink 0\.2\d \(limit 0\.\d\d\); mean ink 4\d, was 3\d; centre moved by row [+-]0\.0,"),
        (shifted, "error", r"column of centre 1\.00 \(.*; centre moved by row [+-]0\.0, column \+3\.9$"),
        (inverted, "error", r"; inverted\? mean ink 22\d, was 3\d$"),
    ],
)
def test_a_drift_is_graded_and_says_which_features_moved_and_how(before, change, severity, said):
    distances, (found,) = drift.check("drift", changed(change), before.statistics, "the reference")
    assert (found.anomaly, found.severity, found.split, found.count) == ("drift", severity, "test", 500)
    assert found.message.startswith("test: 500 images unlike the reference, the strangest (test/")
    assert re.search(said, found.message), found.message
    assert len(distances) == 6


def test_what_did_not_drift_is_measured_and_not_reported(before):
    distances, found = drift.check("skew", before, before.statistics, "the reference")
    assert len(distances) == 6 and found == []


def test_the_strangest_come_first(before):
    image, label = handwriting()["test"]
    image = image.copy()
    image[7], image[9] = 255, 0
    image[9, 0, 0] = 255
    strange = drift.strangest(part(image, label).measured, before.statistics)
    assert set(strange[:2].tolist()) == {7, 9}


def test_classes_that_changed_their_places_are_named(before):
    (found,) = drift.relabelled(changed(exchanged), before.statistics, DIGITS, "the reference")
    assert (found.anomaly, found.severity, found.count) == ("labels_shifted", "error", 100)
    assert found.message.startswith("test: 100 examples of 2 classes look like another class of the reference (test/")
    assert found.message.endswith("…): 3 like 8, 8 like 3")
    assert drift.relabelled(before, before.statistics, DIGITS, "the reference") == []


def test_a_class_of_a_few_has_no_look_of_its_own(before):
    image, label = exchanged(*handwriting()["test"])
    few = np.concatenate([np.flatnonzero(label == digit)[: drift.FEWEST - 1] for digit in range(10)])
    assert drift.relabelled(part(image[few], label[few]), before.statistics, DIGITS, "the reference") == []


@pytest.mark.parametrize("size", [16, 40, 200])
def test_chance_is_no_drift_however_few_there_are(before, size):
    image, label = handwriting()["train"]
    for seed in range(40):
        rows = np.random.default_rng(seed).permutation(len(label))[:size]
        assert drift.check("skew", part(image[rows], label[rows]), before.statistics, "the reference")[1] == []
