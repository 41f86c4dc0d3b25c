"""Which version answers: pick-up, retreat from broken ones, and who stays loaded."""

import os

import pytest

from pipeline_components.errors import BadModel
from pipeline_components.serving.loading import LoadedVersions
from tests.kits.serving import SumVersion


class Loader:
    def __init__(self):
        self.loaded, self.broken = [], set()

    def __call__(self, number, path):
        self.loaded.append(number)
        if number in self.broken:
            raise BadModel(f"{path}: cannot be served")
        return SumVersion(number)


@pytest.fixture
def load():
    return Loader()


@pytest.fixture
def versions(tmp_path, load):
    return LoadedVersions(tmp_path, load)


def put(folder, *numbers):
    for number in numbers:
        (folder / str(number)).mkdir()
        (folder / str(number) / "saved_model.pb").touch()


def test_nothing_is_served_from_a_folder_that_is_not_there(tmp_path):
    versions = LoadedVersions(tmp_path / "none")
    assert versions.refresh() is False
    assert versions.current is None
    assert versions.states() == {}


def test_the_newest_is_current_and_loaded_once(tmp_path, versions, load):
    put(tmp_path, 9, 10)
    assert versions.refresh() is True
    assert versions.refresh() is False
    assert versions.current.number == 10
    put(tmp_path, 11)
    assert versions.refresh() is True
    assert versions.current.number == 11
    assert load.loaded == [10, 11]


def test_only_whole_versions_count(tmp_path, versions):
    put(tmp_path, 1, ".draft-2", "٣")
    (tmp_path / "4").mkdir()
    (tmp_path / "5").touch()
    (tmp_path / "journal.jsonl").touch()
    assert versions.on_disk() == {1: tmp_path / "1"}


def test_a_broken_version_never_answers_and_is_tried_once(tmp_path, versions, load):
    put(tmp_path, 1)
    versions.refresh()
    load.broken = {2}
    put(tmp_path, 2)
    assert versions.refresh() is False
    assert versions.refresh() is False
    assert versions.current.number == 1
    assert versions.get(2) is None
    assert load.loaded == [1, 2]
    assert versions.states() == {1: None, 2: f"{tmp_path / '2'}: cannot be served"}


def test_a_mended_version_is_tried_again(tmp_path, versions, load):
    load.broken = {1}
    put(tmp_path, 1)
    assert versions.refresh() is False
    load.broken = set()
    os.utime(tmp_path / "1" / "saved_model.pb", ns=(1, 1))
    assert versions.refresh() is True


def test_when_the_newest_is_taken_away_the_one_before_answers(tmp_path, versions):
    put(tmp_path, 1, 2)
    versions.refresh()
    (tmp_path / "2").rename(tmp_path / "gone")
    assert versions.refresh() is True
    assert versions.current.number == 1


def test_the_last_version_goes_on_when_the_folder_goes(tmp_path, versions):
    put(tmp_path, 1)
    versions.refresh()
    (tmp_path / "1").rename(tmp_path / "gone")
    assert versions.refresh() is False
    assert versions.current.number == 1
    assert versions.states() == {1: None}


def test_earlier_versions_answer_by_number_and_few_stay_loaded(tmp_path, versions, load):
    put(tmp_path, 1, 2, 3, 4, 5)
    versions.refresh()
    assert [versions.get(number).number for number in (1, 2, 1, 3, 4, 1, 5)] == [1, 2, 1, 3, 4, 1, 5]
    assert load.loaded == [5, 1, 2, 3, 4]
    assert versions.get(2).number == 2
    assert load.loaded == [5, 1, 2, 3, 4, 2]
    assert versions.get(6) is None


def test_a_version_taken_from_disk_answers_no_more(tmp_path, versions):
    put(tmp_path, 1, 2)
    versions.refresh()
    versions.get(1)
    (tmp_path / "1").rename(tmp_path / "gone")
    assert versions.get(1) is None
