"""Corrections on disk."""

import json
import os

import numpy as np
import pytest

from pipeline_components.errors import BadData
from pipeline_components.serving.contract import RequestError
from pipeline_components.serving.feedback import Feedback, read_feedback

PNG = b"\x89PNG\r\n\x1a\n and so on"
SEEN = np.arange(784, dtype=np.uint16).astype(np.uint8).reshape(28, 28)


def test_what_is_saved_is_read_again(tmp_path):
    feedback = Feedback(tmp_path / "corrections")
    first = feedback.save(PNG, {"label": 7, "digit": 1, "version": 3}, SEEN)
    feedback.save(b"\xff\xd8\xff and so on", {"label": 2}, SEEN[::-1])
    feedback.save(PNG, {"label": 4}, None)
    images, labels = read_feedback(feedback.folder)
    assert np.array_equal(images, [SEEN, SEEN[::-1]])
    assert labels.tolist() == [7, 2]
    line = json.loads(feedback.file.read_text().splitlines()[0])
    assert (line["id"], line["label"], line["digit"], line["version"]) == (first, 7, 1, 3)
    assert (feedback.folder / line["image"]).read_bytes() == PNG
    assert sorted(file.suffix for file in (feedback.folder / "images").iterdir()) == [".jpg", ".png", ".png"]


def test_only_images_are_kept(tmp_path):
    with pytest.raises(RequestError, match="neither PNG nor JPEG"):
        Feedback(tmp_path).save(b"<svg/>", {"label": 7}, SEEN)
    assert list(tmp_path.iterdir()) == []


def test_half_a_line_is_no_correction(tmp_path):
    feedback = Feedback(tmp_path)
    feedback.save(PNG, {"label": 7}, SEEN)
    os.truncate(feedback.file, feedback.file.stat().st_size - 20)
    with pytest.raises(BadData, match=r"feedback\.jsonl"):
        read_feedback(tmp_path)


def test_a_folder_without_corrections_is_told(tmp_path):
    with pytest.raises(BadData, match="feedback"):
        read_feedback(tmp_path / "none")
