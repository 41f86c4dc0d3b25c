"""Every kind of PNG and JPEG into brightness, and what is none refused before a pixel is decoded."""

import numpy as np
import pytest

from tests.kits.images import encoded, near, one, png

tf = pytest.importorskip("tensorflow")


@pytest.mark.parametrize(
    "how",
    [
        {"mode": "RGB"},
        {"mode": "RGBA"},
        {"mode": "LA"},
        {"mode": "P"},
        {"mode": "1"},
        {"form": "JPEG", "mode": "CMYK"},
        {"form": "JPEG", "progressive": True},
    ],
    ids=str,
)
def test_every_kind_of_png_and_jpeg_is_the_same_digit(digit, expected, how):
    assert near(digit(encoded(one(), **how)), expected)


def test_a_palette_of_two_bits_is_read(digit, expected):
    from PIL import Image

    assert near(digit(encoded(Image.fromarray(one()).quantize(4))), expected)


def test_sixteen_bits_are_read(digit, expected):
    assert near(digit(encoded(one().astype(np.uint16) * 257)), expected)


@pytest.mark.parametrize("ink", [0, 255])
def test_ink_on_transparent_is_read_in_any_colour(digit, expected, ink):
    for hidden in (0, 255):
        alpha = 255 - one()
        pixels = np.dstack([np.where(alpha, ink, hidden).astype(np.uint8)] * 3 + [alpha])
        assert near(digit(encoded(pixels)), expected)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("order", ["little", "big"])
def test_exif_orientation_is_undone(digit, expected, orientation, order):
    from PIL import Image, ImageOps

    turn = {2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}.get(orientation)
    exif = Image.Exif()
    exif.endian = "<" if order == "little" else ">"
    exif[0x010F] = "a maker's name"
    stored = Image.fromarray(one())
    if turn is not None:
        exif[0x0112] = turn
        stored = ImageOps.exif_transpose(_with_exif(stored, exif))
    exif[0x0112] = orientation
    data = encoded(stored, "JPEG", quality=95, exif=exif)
    assert near(digit(data), expected)


def _with_exif(image, exif):
    import io

    from PIL import Image

    return Image.open(io.BytesIO(encoded(image, "JPEG", quality=95, exif=exif)))


@pytest.mark.parametrize("cut", [*range(6, 26), None])
def test_broken_exif_means_upright(digit, expected, cut):
    """EXIF that ends before its orientation, or lies about where it is: the picture is read as it stands."""
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6
    whole = exif.tobytes()
    broken = whole[:cut].ljust(len(whole), b"\xff") if cut else whole[:6] + b"II*\0" + b"\xff" * 40
    assert near(digit(encoded(one(), "JPEG", exif=broken)), expected)


@pytest.mark.parametrize("width, height", [(20_000, 20), (60_000, 60_000), (2**31 - 1, 2**31 - 1), (5_001, 5_000)])
def test_a_bomb_is_refused_by_what_it_declares(digit, width, height):
    with pytest.raises(tf.errors.InvalidArgumentError, match="at most 10000 pixels a side"):
        digit(png(width, height, b"\0" * 1000))


@pytest.mark.parametrize("damage", ["truncated", "half its rows", "bad CRC", "GIF", "empty", "text", "half a JPEG"])
def test_a_damaged_or_foreign_file_fails(digit, damage):
    whole = encoded(one())
    rows = b"".join(b"\0" + row.tobytes() for row in one()[:100])
    jpeg = encoded(one(), "JPEG")
    data = {
        "truncated": whole[: len(whole) // 2],
        "half its rows": png(160, 200, rows),
        "bad CRC": whole[:60] + bytes([whole[60] ^ 1]) + whole[61:],
        "GIF": encoded(one(), "GIF"),
        "empty": b"",
        "text": b"<svg/>",
        "half a JPEG": jpeg[: len(jpeg) // 2],
    }[damage]
    with pytest.raises(tf.errors.InvalidArgumentError):
        digit(data)


def test_trailing_bytes_do_no_harm(digit, expected):
    assert near(digit(encoded(one()) + b"trailing"), expected)
    assert near(digit(encoded(one(), "JPEG") + b"trailing"), expected)
