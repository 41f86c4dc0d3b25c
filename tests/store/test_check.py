"""Files that are not those that were published: each named, none followed or waited for."""

import os

from pipeline_components.store.check import problems_of
from tests.kits.store import produce, recipe


def test_a_fifo_or_a_link_in_the_place_of_a_file_is_named_and_nobody_waits_for_it(store):
    made = produce(store, recipe()).artifact
    for replace in (os.mkfifo, lambda path: path.symlink_to("/dev/zero")):
        for name in ("notes.txt", "artifact.json"):
            kept = (made.path / name).read_bytes()
            (made.path / name).unlink()
            replace(made.path / name)
            assert [problem.name for problem in store.verify()] == [name]
            assert produce(store, recipe()).why.startswith("MISS: train/1 is damaged")
            (made.path / name).unlink()
            (made.path / name).write_bytes(kept)
            for extra in store.artifacts()[1:]:
                for path in sorted(extra.path.rglob("*"), reverse=True):
                    path.unlink() if path.is_file() else path.rmdir()
                extra.path.rmdir()
    assert store.verify() == []


def test_every_file_that_is_another_missing_or_added_is_named_with_what_was_found(store):
    made = produce(store, recipe()).artifact
    assert problems_of(made) == []
    data = made.path / "saved_model" / "variables" / "data"
    (made.path / "notes.txt").write_text("x")
    data.write_bytes(data.read_bytes()[::-1])
    (made.path / "saved_model" / "saved_model.pb").unlink()
    (made.path / "added").write_text("x")
    (made.path / "empty").mkdir()
    found = {each.name: each.what for each in problems_of(made)}
    assert {each.where for each in problems_of(made)} == {"train/1"} and list(found) == sorted(found)
    assert found.pop("saved_model/variables/data").startswith("its bytes have changed (")
    assert found.pop("notes.txt").startswith("1 bytes found, ")
    assert found == {
        "added": "not in the manifest",
        "empty": "an empty folder, not in the manifest",
        "saved_model/saved_model.pb": "missing",
    }
