"""A journal in which no line can be altered or taken out unseen."""

import json

import pytest

from pipeline_components.errors import ArtifactDamaged
from pipeline_components.store.journal import NAME as JOURNAL
from pipeline_components.store.seal import sha256


def test_a_torn_last_line_is_passed_over_and_removed_by_the_next_writer(serving, exports, store):
    serving.push(exports[0])
    journal = serving.folder / JOURNAL
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"action": "pu')
    assert [entry.version for entry in serving.journal()] == [1]
    assert [each.what for each in store.verify()] == ["its last line is torn: the next push or rollback removes it"]
    serving.push(exports[1])
    assert [entry.version for entry in serving.journal()] == [1, 2] and store.verify() == []
    assert journal.read_bytes().startswith(whole)


def test_a_journal_that_somebody_rewrote_is_found_out(serving, exports, store):
    for export in exports:
        serving.push(export, who="anna")
    journal = serving.folder / JOURNAL
    lines = journal.read_bytes().splitlines(keepends=True)
    entry = json.loads(lines[1])
    for changed in (
        [lines[0], lines[2]],
        [lines[0], lines[1].replace(b"anna", b"bert"), lines[2]],
        [lines[0], lines[1].replace(b"anna", b"bert").replace(entry["checksum"].encode(), b"0" * 64), lines[2]],
        [lines[1], lines[0], lines[2]],
        [lines[0], b"[]\n", lines[2]],
        [*lines, b"\n"],
    ):
        journal.write_bytes(b"".join(changed))
        with pytest.raises(ArtifactDamaged, match=r"journal\.jsonl: line \d"):
            serving.journal()
        assert [each.name for each in store.verify()] == [JOURNAL]
    journal.write_bytes(b"".join(lines[:2]))
    assert [each.what for each in store.verify()] == ["does not tell of version 3"]
    journal.unlink()
    assert len(store.verify()) == 3


def test_a_line_with_other_fields_than_an_entry_has_is_refused(serving, exports):
    serving.push(exports[0])
    line = json.loads((serving.folder / JOURNAL).read_bytes())
    body = {name: value for name, value in line.items() if name not in ("checksum", "why")}
    raw = json.dumps(body | {"checksum": sha256(json.dumps(body))}) + "\n"
    (serving.folder / JOURNAL).write_text(raw)
    with pytest.raises(ArtifactDamaged, match=r"journal\.jsonl: line 1"):
        serving.journal()
