"""What is remembered of the last verification, and believed only as it was written."""

from pipeline_components.store import Store
from pipeline_components.store.check import Problem
from pipeline_components.store.verified import FILE, MOST, last_verified, remember
from tests.kits.store import produce, recipe


def test_a_whole_verification_is_remembered_and_one_of_some_is_not(tmp_path):
    store = Store(tmp_path)
    produce(store, recipe())
    store.verify(["train/1"])
    assert last_verified(tmp_path) is None
    store.verify()
    assert last_verified(tmp_path).problems == 0
    (tmp_path / "train/1/notes.txt").write_text("changed")
    problems = store.verify()
    assert (last_verified(tmp_path).problems, last_verified(tmp_path).first) == (1, [str(problems[0])])


def test_of_many_problems_the_first_are_kept_in_words(tmp_path):
    remember(tmp_path, [Problem("train/1", str(n), "gone") for n in range(3 * MOST)])
    assert (last_verified(tmp_path).problems, len(last_verified(tmp_path).first)) == (3 * MOST, MOST)


def test_what_is_not_as_it_was_written_is_not_believed(tmp_path):
    remember(tmp_path, [])
    file = tmp_path / FILE
    file.write_bytes(file.read_bytes().replace(b'"problems": 0', b'"problems": 1'))
    assert last_verified(tmp_path) is None


def test_a_store_that_is_not_there_is_not_made(tmp_path):
    remember(tmp_path / "none", [])
    assert not (tmp_path / "none").exists()
