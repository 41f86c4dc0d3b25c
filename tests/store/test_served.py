"""Versions in service: pushed whole or not at all, rolled back, written down."""

import json

import pytest

from pipeline_components.errors import ArtifactDamaged, ArtifactNotFound, BadModel, StoreError
from pipeline_components.store import ServedModel, content_in
from pipeline_components.store.journal import NAME as JOURNAL
from tests.kits.store import maker, recipe


def test_a_push_copies_the_folder_under_the_next_number(serving, exports):
    assert serving.current() is None and serving.versions() == [] and serving.journal() == []
    version = serving.push(exports[0], who="anna", why="blessed")
    assert (version.number, version.export, version.digest, version.who) == (1, "export/1", exports[0].digest, "anna")
    assert version.path == serving.root / "serving" / "digits" / "1"
    pushed = {
        str(path.relative_to(version.path)): path.read_bytes() for path in version.path.rglob("*") if path.is_file()
    }
    pushed.pop("version.json")
    assert pushed == {
        name: (exports[0].path / "saved_model" / name).read_bytes() for name in ("saved_model.pb", "variables/data")
    }
    assert serving.current() == version and serving.versions() == [version]


def test_what_is_served_already_is_not_pushed_again(serving, exports):
    first = serving.push(exports[0])
    assert serving.push(exports[0]) == first and len(serving.journal()) == 1
    serving.push(exports[1])
    assert serving.push(exports[0]).number == 3


def test_a_rollback_puts_the_last_other_model_back_as_a_new_version(serving, exports):
    for export in exports:
        serving.push(export)
    checked = []
    fourth = serving.rollback(who="bert", why="worse on sevens", check=checked.append)
    assert (fourth.number, fourth.export, fourth.origin, fourth.action) == (4, "export/2", 2, "rollback")
    assert checked == [serving.folder / "2"]
    fifth = serving.rollback()
    assert (fifth.number, fifth.export, fifth.origin) == (5, "export/1", 1)
    with pytest.raises(
        StoreError, match=r"no version before 5 to roll back to by itself: .* name one, as in digits rollback"
    ):
        serving.rollback()
    assert [entry.action for entry in serving.journal()] == ["push", "push", "push", "rollback", "rollback"]
    assert serving.journal()[3].who == "bert" and serving.journal()[3].why == "worse on sevens"
    withdrawn = [serving.withdrawn(content_in(export)) for export in exports]
    assert [each and (each.version, each.who == "bert") for each in withdrawn] == [None, (5, False), (4, True)]
    assert serving.push(exports[2]).number == 6  # a person may: that ends the withdrawal
    assert not serving.withdrawn(content_in(exports[2]))


def test_the_same_files_are_the_same_model_whatever_their_manifest(serving, exports, store):
    def again(export, **facts):
        """The same files under another manifest, as other code, or another champion, brings them."""
        of = recipe("export", libraries={"numpy": "9"}, seed=export.manifest.config["seed"])
        return store.produce(of, maker("export", sorted(of.config.items()), facts=facts), force=True).artifact

    first = serving.push(exports[0])
    assert serving.push(again(exports[0])) == first and len(serving.journal()) == 1
    serving.push(exports[1])
    serving.rollback()
    for other in (exports[1], again(exports[1]), again(exports[1], accuracy=0.98)):
        assert serving.withdrawn(content_in(other))
    assert again(exports[1]).digest != exports[1].digest
    serving.push(again(exports[1]), why="a person may")
    assert not serving.withdrawn(content_in(exports[1]))
    with pytest.raises(StoreError, match="version 4 of model digits is served, and is the same as 2"):
        serving.rollback(2)


def test_what_is_in_service_is_checked_under_the_lock_before_it_is_replaced(serving, exports):
    seen = []
    assert serving.push(exports[0], check=seen.append).number == 1
    assert serving.push(exports[1], check=seen.append).number == 2
    assert [each and each.export for each in seen] == [None, "export/1"]

    def never(current):
        raise BadModel(f"{current.export} is served by now")

    assert serving.push(exports[1], check=never).number == 2, "what is served already replaces nothing"
    with pytest.raises(BadModel, match="export/2 is served by now"):
        serving.push(exports[2], check=never)
    assert serving.numbers() == [1, 2] and len(serving.journal()) == 2
    assert not list(serving.folder.glob(".draft-*"))


def test_a_journal_of_old_names_no_content_and_what_it_withdrew_stays_away(serving, exports, monkeypatch):
    with monkeypatch.context() as patch:
        fields = ("at", "action", "version", "export", "digest", "replaces", "who", "why")
        patch.setattr("pipeline_components.store.journal.asdict", lambda entry: {f: getattr(entry, f) for f in fields})
        for export in exports:
            serving.push(export)
        serving.rollback()
    assert "content" not in json.loads((serving.folder / JOURNAL).read_bytes().splitlines()[0])
    assert [serving.withdrawn(content_in(export)) is not None for export in exports] == [False, False, True]
    serving.push(exports[0])
    assert [entry.content for entry in serving.journal()] == [None] * 4 + [content_in(exports[0])]


def test_a_rollback_to_a_version_by_number(serving, exports):
    for export in exports:
        serving.push(export)
    assert serving.rollback(1).export == "export/1"
    with pytest.raises(StoreError, match="version 4 of model digits is served, and is the same as 1"):
        serving.rollback(1)
    with pytest.raises(ArtifactNotFound, match=r"version 9 of model digits: no such version: there are 1, 2"):
        serving.rollback(9)


def test_a_rollback_that_does_not_pass_its_check_changes_nothing(serving, exports):
    serving.push(exports[0])
    serving.push(exports[1])

    def broken(path):
        raise BadModel(f"{path}: cannot be loaded")

    with pytest.raises(BadModel, match="cannot be loaded"):
        serving.rollback(check=broken)
    assert serving.numbers() == [1, 2] and len(serving.journal()) == 2
    assert not list(serving.folder.glob(".draft-*"))


def test_a_damaged_export_is_never_served_and_the_file_is_named(serving, exports):
    file = exports[0].path / "saved_model" / "variables" / "data"
    for raw in (file.read_bytes()[:-1], b"\0" + file.read_bytes()[1:], b""):
        kept = file.read_bytes()
        file.write_bytes(raw)
        with pytest.raises(ArtifactDamaged, match="export/1: saved_model/variables/data"):
            serving.push(exports[0])
        file.write_bytes(kept)
    assert serving.numbers() == [] and serving.journal() == []


def test_a_damaged_version_is_never_rolled_back_to(serving, exports):
    first = serving.push(exports[0])
    serving.push(exports[1])
    (first.path / "saved_model.pb").write_bytes(b"x")
    with pytest.raises(ArtifactDamaged, match=r"serving/digits/1: saved_model\.pb"):
        serving.rollback()
    assert serving.numbers() == [1, 2]


def test_a_folder_that_is_not_there_and_a_bad_model_name_are_refused(serving, store):
    made = store.produce(recipe("report"), maker("x")).artifact
    with pytest.raises(StoreError, match="report/1: no folder 'model' in it"):
        serving.push(made, "model")
    for hostile in ("../x", "", "a/b", "Digits"):
        with pytest.raises(StoreError, match="not a model's name"):
            ServedModel(store.root, hostile)


def test_a_number_is_never_given_twice(serving, exports, store):
    serving.push(exports[0])
    second = serving.push(exports[1])
    for path in sorted(second.path.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    second.path.rmdir()
    assert [(each.where, each.what) for each in store.verify()] == [
        ("serving/digits/2", "missing with its whole folder")
    ]
    assert serving.push(exports[2]).number == 3


def test_a_push_that_a_crash_cut_short_is_written_down_as_abandoned(serving, exports, store, monkeypatch):
    serving.push(exports[0])
    with monkeypatch.context() as patch:
        patch.setattr(
            "pipeline_components.store.lock.reveal", lambda draft, path: (_ for _ in ()).throw(OSError(5, "I/O"))
        )
        with pytest.raises(StoreError, match="i/o while serving export/2"):
            serving.push(exports[1])
    assert [entry.action for entry in serving.journal()] == ["push", "push", "abandoned"]
    assert store.verify() == [] and serving.current().number == 1
    assert not serving.withdrawn(content_in(exports[0]))
    assert serving.push(exports[1]).number == 3
