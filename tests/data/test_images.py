"""What is wrong with a file, in words, before TensorFlow gets it."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_components.data.images import MAX_BYTES, png_size, problem_of
from tests.kits.images import encoded, one, png

WHOLE = encoded(one())
PHOTO = encoded(one(), "JPEG")


@pytest.mark.parametrize("data", [WHOLE, PHOTO, WHOLE + b"trailing", PHOTO + b"trailing", encoded(one(), mode="P")])
def test_whole_images_pass(data):
    assert problem_of(data) is None


@pytest.mark.parametrize(
    "data, problem",
    [
        (b"", "an empty file"),
        (encoded(one(), "GIF"), "GIF found; PNG or JPEG expected"),
        (encoded(one(), "BMP"), "BMP found"),
        (encoded(one(), "TIFF"), "TIFF found"),
        (b"%PDF-1.7 ...", "PDF found"),
        (b'\n<?xml version="1.0"?><svg/>', "SVG or other markup found"),
        (b"\0\0\0\x18ftypheic....", "HEIC or AVIF found"),
        (b"a text", "no image known here found"),
        (WHOLE[:20], "a truncated PNG: it ends after 20 bytes"),
        (WHOLE[:-5], "a truncated PNG"),
        (WHOLE[:60] + bytes([WHOLE[60] ^ 1]) + WHOLE[61:], "the checksum of chunk b'IDAT' at byte 33 is wrong"),
        (png(60_000, 60_000, b"\0"), "60000×60000 pixels found; at most 10000 a side and 25000000 in all"),
        (png(20_000, 20, b"\0"), "20000×20 pixels found"),
        (png(0, 5, b"\0"), "0×5 pixels found"),
        (WHOLE[:8] + WHOLE[33:], "a damaged PNG: it does not begin with its header"),
        (PHOTO[: len(PHOTO) // 2], "a truncated JPEG"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * MAX_BYTES, f"at most {MAX_BYTES} expected"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_is_said(data, problem):
    assert problem in problem_of(data)


@given(st.integers(0, len(WHOLE) - 1))
def test_every_truncation_of_a_png_is_seen(cut):
    assert problem_of(WHOLE[:cut])


@given(st.integers(8, len(WHOLE) - 1), st.integers(1, 255))
def test_every_changed_byte_of_a_png_is_seen(at, change):
    assert problem_of(WHOLE[:at] + bytes([WHOLE[at] ^ change]) + WHOLE[at + 1 :])


@given(st.binary(max_size=300))
def test_no_bytes_pass_for_an_image(data):
    for start in (b"", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR"):
        assert problem_of(start + data)
    photo = b"\xff\xd8\xff" + data
    assert problem_of(photo) == (None if b"\xff\xd9" in photo else "a truncated JPEG: it has no end")


def test_one_pixel_is_an_image():
    assert problem_of(encoded(np.zeros((1, 1), np.uint8))) is None


def test_a_png_declares_its_width_and_its_height():
    assert png_size(encoded(np.zeros((3, 5), np.uint8))) == (5, 3)
