"""Confusion, mistakes, and the images on which two evaluations differ."""

import shutil

import pytest

from pipeline_components.browse.answers import confusion_of, mistakes_of, newly
from pipeline_components.errors import BadData
from tests.kits.pages import TEST_IMAGES, filled


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return filled(tmp_path_factory.mktemp("store"))


def test_the_confusion_counts_every_image(store):
    found = confusion_of(store.artifact("evaluate/1"))
    assert sum(map(sum, found.counts)) == TEST_IMAGES
    assert [found.counts[0][:2], found.counts[9][9]] == [[3, 1], 4]
    assert confusion_of(store.artifact("train/1")) is None


def test_mistakes_come_most_surely_wrong_first_with_their_images(store):
    found = mistakes_of(store, store.artifact("evaluate/1"), 0, 5)
    assert (len(found.shown), found.total) == (5, 8)
    assert [(each.label, each.answers) for each in found.shown[:2]] == [("0", ["1"]), ("1", ["2"])]
    assert all(each.picture for each in found.shown)
    assert len(mistakes_of(store, store.artifact("evaluate/1"), 5, 5).shown) == 3
    assert mistakes_of(store, store.artifact("train/1"), 0, 5) is None


def test_two_evaluations_differ_where_one_alone_was_right(store):
    gained, lost = newly(store, store.artifact("evaluate/1"), store.artifact("evaluate/2"), 4)
    assert (gained.total, len(gained.shown), lost.total) == (6, 4, 0)
    assert gained.shown[0].answers == ["3", "2"]
    assert newly(store, store.artifact("train/1"), store.artifact("train/2"), 4) is None


def test_answers_are_told_without_images_that_are_gone(store, tmp_path):
    copy = type(store)(shutil.copytree(store.root, tmp_path / "copy", symlinks=True))
    shutil.rmtree(copy.root / "preprocess" / "1")
    assert [each.picture for each in mistakes_of(copy, copy.artifact("evaluate/1"), 0, 2).shown] == [None, None]
    (copy.root / "evaluate/1/confusion.parquet").write_text("no table")
    with pytest.raises(BadData, match=r"evaluate/1: confusion\.parquet: not a confusion"):
        confusion_of(copy.artifact("evaluate/1"))
