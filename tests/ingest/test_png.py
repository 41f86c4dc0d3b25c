"""PNGs: every pixel comes back from TensorFlow's decoder and from Pillow's."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline_components.ingest.png import png

IMAGES = st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(1)).flatmap(lambda shape: arrays(np.uint8, shape))


@settings(max_examples=20, deadline=None)
@given(IMAGES)
def test_decodes_to_the_same_pixels(image):
    import tensorflow as tf

    decoded = tf.io.decode_png(png(image)).numpy()
    assert decoded.dtype == np.uint8
    np.testing.assert_array_equal(decoded, image)


def test_is_a_grayscale_png_for_others_too():
    image = pytest.importorskip("PIL.Image")
    pixels = np.arange(28 * 28, dtype=np.uint32).reshape(28, 28, 1).astype(np.uint8)
    opened = image.open(io.BytesIO(png(pixels)))
    assert (opened.format, opened.mode, opened.size) == ("PNG", "L", (28, 28))
    np.testing.assert_array_equal(np.asarray(opened), pixels[..., 0])
