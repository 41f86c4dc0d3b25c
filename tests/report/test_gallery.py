"""Galleries: which images are chosen, in which order, and what is said of them."""

import base64
import io
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from pipeline_components.data.examples import Examples
from pipeline_components.report import gallery
from pipeline_components.report.reading import Answers, read_findings
from pipeline_components.theme import styled
from tests.kits.evaluations import made

LABEL = [0, 1, 2, 0, 1]
MODEL = [0, 2, 0, 1, 1]
CHAMPION = [0, 1, 0, 0, 2]


def answers(digit, loss) -> Answers:
    each = np.full((5, 3), 0.25, np.float32)
    each[np.arange(5), digit] = 0.5
    ids = [f"test/{i}" for i in range(5)]
    return Answers(np.array(LABEL, np.uint8), np.array(digit, np.uint8), each, np.array(loss), ids)


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """Five images: the model is wrong about 1, 2 and 3, the champion about 2 and 4."""
    found = read_findings(*made(tmp_path_factory.mktemp("made")))
    return replace(
        found,
        classes=["a", "b", "c"],
        model=answers(MODEL, [0.1, 2.0, 3.0, 2.0, 0.2]),
        champion=answers(CHAMPION, [0.3, 0.1, 4.0, 0.2, 5.0]),
    )


def test_the_worst_come_first_and_ties_in_the_order_of_the_split(findings):
    chosen = {each.name: (each.rows.tolist(), each.total) for each in gallery.choose(findings, 2)}
    assert chosen == {
        "worst_mistakes": ([2, 1], 3),
        "newly_wrong": ([1, 3], 2),
        "newly_right": ([4], 1),
        "suspect_labels": ([1, 2], 3),
        "ordinary": ([0, 4], 5),
    }
    assert [each.name for each in gallery.choose(replace(findings, champion=None), 2)] == [
        "worst_mistakes", "suspect_labels", "ordinary",
    ]  # fmt: skip


def test_ordinary_ones_are_taken_evenly_and_each_once(findings):
    assert gallery.choose(findings, 3)[-1].rows.tolist() == [0, 2, 4]
    assert gallery.choose(findings, 9)[-1].rows.tolist() == [0, 1, 2, 3, 4]


def test_a_tile_says_what_was_read_and_how_surely(findings):
    wrong, right = gallery.tiles(gallery.Gallery("x", "X", "", np.array([1, 4]), 2), findings)
    assert (wrong.example_id, wrong.label, wrong.answer, wrong.right) == ("test/1", "b", "c", False)
    assert wrong.alt == "b read as c, 50.0% sure; 25.0% for b; the champion says b"
    assert right.alt == "b, read correctly, 50.0% sure; the champion says c"
    (alone,) = gallery.tiles(gallery.Gallery("x", "X", "", np.array([0]), 1), replace(findings, champion=None))
    assert alone.alt == "a, read correctly, 50.0% sure" and alone.champion is None


def test_a_picture_is_black_and_as_opaque_as_the_ink():
    image = np.arange(0, 256, 64, dtype=np.uint8).reshape(2, 2)
    address = gallery.picture(image)
    assert address.startswith("data:image/png;base64,")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))).convert("RGBA"))
    assert pixels[..., 3].tolist() == image.tolist()
    assert not pixels[..., :3][image > 0].any()


def test_a_sheet_has_every_image_with_a_line_under_it(findings):
    with styled():
        drawn = gallery.sheet(gallery.choose(findings, 3)[0], findings)
    (axes,) = drawn.figure.axes
    assert (drawn.name, drawn.alt) == ("worst_mistakes", "Worst mistakes: 3 images.")
    assert [text.get_text() for text in axes.texts] == ["c as a", "b as c", "a as b"]
    paper = axes.images[0].get_array()
    assert paper.shape == (40, 6 * 36)
    np.testing.assert_array_equal(paper[:28, 4 + 36 : 32 + 36], findings.test.image[1])


def test_variations_stand_below_what_they_are_of():
    image = np.arange(6, dtype=np.uint8)[:, None, None] * np.ones((1, 28, 28), np.uint8) + 1
    varied = Examples(image, np.array([0, 1, 2] * 2, np.uint8), pa.array(["a", "b", "c"] * 2))
    picture = gallery.side_by_side(varied)
    assert picture.shape == (2 * 30, 3 * 30)
    assert picture[[1, 1, 1, 31], [1, 31, 61, 1]].tolist() == [1, 2, 3, 4] and picture[0].max() == 0
    with styled():
        assert gallery.augmentation(varied).png().startswith(b"\x89PNG")
