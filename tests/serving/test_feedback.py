"""Corrections on disk: whole or not there, whatever happens to the disk, the process or the neighbours."""

import errno
import json
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pipeline_components.serving.contract import RequestError
from pipeline_components.serving.feedback import Feedback
from tests.kits.serving import corrections

PNG = b"\x89PNG\r\n\x1a\n and so on"
SEEN = np.arange(784, dtype=np.uint16).astype(np.uint8).reshape(28, 28)


@pytest.fixture
def feedback(tmp_path):
    return Feedback(tmp_path / "corrections")


@pytest.fixture
def short_writes(monkeypatch):
    """Calls of os.write take at most 100 bytes each, as on a disk or a network that is nearly full."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: write(descriptor, bytes(content)[:100]))


def labels(feedback):
    return [line["label"] for line in corrections(feedback.folder)]


def test_what_is_saved_is_read_again(feedback):
    first = feedback.save(PNG, {"label": 7, "digit": 1, "version": 3}, SEEN)
    feedback.save(b"\xff\xd8\xff and so on", {"label": 2}, SEEN[::-1])
    feedback.save(PNG, {"label": 4}, None)
    lines = corrections(feedback.folder)
    assert (lines[0]["id"], lines[0]["label"], lines[0]["digit"], lines[0]["version"]) == (first, 7, 1, 3)
    assert (feedback.folder / lines[0]["image"]).read_bytes() == PNG
    assert np.array_equal([line["pixels"] for line in lines[:2]], [SEEN, SEEN[::-1]])
    assert lines[2]["pixels"] is None
    assert sorted(file.suffix for file in (feedback.folder / "images").iterdir()) == [".jpg", ".png", ".png"]


def test_only_images_are_kept(tmp_path):
    with pytest.raises(RequestError, match="neither PNG nor JPEG"):
        Feedback(tmp_path).save(b"<svg/>", {"label": 7}, SEEN)
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_takes_some_of_the_bytes_is_gone_on_with(feedback, short_writes):
    large = PNG + bytes(1000)
    feedback.save(large, {"label": 7}, SEEN)
    (line,) = corrections(feedback.folder)
    assert np.array_equal(line["pixels"], SEEN)
    assert (feedback.folder / line["image"]).read_bytes() == large


@pytest.mark.parametrize("written", [3, 200])
def test_a_correction_that_the_disk_does_not_take_leaves_nothing(feedback, monkeypatch, written):
    """Full after some bytes: within the image, or within the line."""
    feedback.save(PNG, {"label": 1}, SEEN)
    before = sorted((file, file.read_bytes()) for file in feedback.folder.rglob("*") if file.is_file())
    write, left = os.write, written

    def fill(descriptor, content):
        nonlocal left
        if left == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = write(descriptor, bytes(content)[:left])
        left -= taken
        return taken

    monkeypatch.setattr(os, "write", fill)
    with pytest.raises(OSError, match="No space left"):
        feedback.save(PNG, {"label": 2}, SEEN)
    assert sorted((file, file.read_bytes()) for file in feedback.folder.rglob("*") if file.is_file()) == before
    monkeypatch.undo()
    feedback.save(PNG, {"label": 3}, SEEN)
    assert labels(feedback) == [1, 3]


@pytest.mark.parametrize("lines_before", [0, 1])
def test_a_line_that_a_crash_has_torn_spoils_no_later_one(feedback, lines_before):
    for label in range(lines_before + 1):
        feedback.save(PNG, {"label": label}, SEEN)
    os.truncate(feedback.file, feedback.file.stat().st_size - 20)
    feedback.save(PNG, {"label": 9}, SEEN)
    assert labels(feedback) == [*range(lines_before), 9]


def test_a_whole_last_line_without_its_newline_is_kept(feedback):
    """As somebody leaves it who has edited the file."""
    feedback.save(PNG, {"label": 7}, SEEN)
    os.truncate(feedback.file, feedback.file.stat().st_size - 1)
    feedback.save(PNG, {"label": 9}, SEEN)
    assert labels(feedback) == [7, 9]


def test_lines_of_several_writers_do_not_mix(feedback, short_writes):
    with ThreadPoolExecutor(4) as pool:
        saved = list(pool.map(lambda i: Feedback(feedback.folder).save(PNG, {"label": i % 10}, SEEN), range(40)))
    lines = [json.loads(line) for line in feedback.file.read_text().splitlines()]
    assert sorted(line["id"] for line in lines) == sorted(saved)


@pytest.mark.parametrize(("bounds", "taken"), [({"most": 3}, 3), ({"most_bytes": 2 * len(PNG)}, 2)])
def test_a_full_folder_takes_no_more_until_some_are_moved_away(tmp_path, bounds, taken):
    full = Feedback(tmp_path, **bounds)
    for label in range(taken):
        full.save(PNG, {"label": label}, SEEN)
    with pytest.raises(RequestError, match=f"^{taken} corrections of .* are kept, at most .*: move ") as refused:
        full.save(PNG, {"label": 9}, SEEN)
    assert refused.value.status == 507 and labels(full) == list(range(taken))
    next((tmp_path / "images").iterdir()).unlink()
    full.save(PNG, {"label": 9}, SEEN)
    assert labels(full) == [*range(taken), 9]


def test_a_folder_has_bounds_by_itself(tmp_path):
    assert Feedback(tmp_path).most <= 10_000 and Feedback(tmp_path).most_bytes <= 500_000_000
