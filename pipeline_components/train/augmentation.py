"""Varies the training images: another variation of each image in each epoch, which follows from seed and epoch alone.

Every pixel of a new image is looked up where an affine map and an elastic distortion (Simard et al. 2003) say, between
four pixels of the old one: one interpolation for all of it. XLA is not used: it takes ten times as long for the looking
up. Labels stay, and so do the images of validation and test, which never come here.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline_components.shape import IMAGE_SHAPE
from pipeline_components.train.config import STRENGTHS, TrainConfig

if TYPE_CHECKING:
    import tensorflow as tf

    from pipeline_components.data.examples import Examples

SIDE = IMAGE_SHAPE[0]
CHUNK = 1000  # images at once, so that what lies between fits into the processor's cache
VARIATIONS = 5
SMOOTH = 4.0  # pixels: the standard deviation of the Gaussian that makes noise elastic


def is_asked_for(config: TrainConfig) -> bool:
    """Whether any strength is above zero."""
    return any(getattr(config, name) for name in STRENGTHS)


def augmented(image: np.ndarray, config: TrainConfig, epoch: int) -> np.ndarray:
    """The images uint8 [n, 28, 28] of an epoch, varied as the config says; the same if all strengths are zero."""
    return augmenter(config)(image, epoch, 0)


def augmenter(config: TrainConfig) -> Callable[[np.ndarray, int, int], np.ndarray]:
    """A function from images, an epoch and how many CHUNKs of it were varied before, to the images varied."""
    import tensorflow as tf

    varied = _program(config)

    def vary(image: np.ndarray, epoch: int, before: int) -> np.ndarray:
        seed, found = [config.seed, epoch], np.empty_like(image)
        for number, first in enumerate(range(0, len(image), CHUNK), start=before):
            rows = slice(first, first + CHUNK)
            found[rows] = varied(tf.constant(image[rows]), tf.random.experimental.stateless_fold_in(seed, number))
        return found

    return vary


def variations(training: "Examples", config: TrainConfig) -> "Examples":
    """The first example of each class as it is, and then as VARIATIONS epochs would see it: one after the other."""
    first = np.unique(training.label, return_index=True)[1]
    shown = training.take(np.tile(first, 1 + VARIATIONS))
    seen = [augmented(training.image[first], config, epoch) for epoch in range(1, 1 + VARIATIONS)]
    return replace(shown, image=np.concatenate([training.image[first], *seen]))


def _program(config: TrainConfig) -> Callable[["tf.Tensor", "tf.Tensor"], Any]:
    """A compiled function from images and a seed to images."""
    import tensorflow as tf

    def varied(image: "tf.Tensor", seed: "tf.Tensor") -> "tf.Tensor":
        draws = _Draws(tf.shape(image)[0], seed)
        y, x = _places(draws, config)
        looked_up = _between(image, y, x)
        return _erased(looked_up, draws, config.erasing) if config.erasing else looked_up

    program: Callable[[tf.Tensor, tf.Tensor], Any] = tf.function(
        varied,
        input_signature=[tf.TensorSpec((None, *IMAGE_SHAPE), tf.uint8), tf.TensorSpec((2,), tf.int32)],
        autograph=False,
    )
    return program


class _Draws:
    """Random numbers for so many images, each asked for under a number of its own."""

    def __init__(self, count: "tf.Tensor", seed: "tf.Tensor") -> None:
        self.count, self.seed = count, seed

    def uniform(self, number: int, largest: float = 1.0, shape: tuple[int, int] = (1, 1)) -> "tf.Tensor":
        """In −largest to largest, [n, *shape]."""
        import tensorflow as tf

        seed = tf.random.experimental.stateless_fold_in(self.seed, number)
        return tf.random.stateless_uniform((self.count, *shape), seed, -largest, largest)


def _places(draws: _Draws, config: TrainConfig) -> tuple["tf.Tensor", "tf.Tensor"]:
    """Where each pixel of the new images comes from in the old ones: y and x, [n, 28, 28], around the centre."""
    import tensorflow as tf

    middle = (SIDE - 1) / 2
    y, x = (tf.range(SIDE, dtype=tf.float32) - middle)[:, None], (tf.range(SIDE, dtype=tf.float32) - middle)[None, :]
    turn, slant = draws.uniform(0, math.radians(config.rotation)), draws.uniform(1, math.radians(config.shear))
    wide, high = (tf.exp(draws.uniform(number, -math.log1p(-config.zoom))) for number in (2, 3))
    x = wide * (x + tf.tan(slant) * y)
    y = high * y
    to_y = tf.cos(turn) * y + tf.sin(turn) * x + draws.uniform(4, config.shift) + middle
    to_x = tf.cos(turn) * x - tf.sin(turn) * y + draws.uniform(5, config.shift) + middle
    if config.elastic:
        to_y += config.elastic * _smooth_noise(draws.uniform(6, shape=IMAGE_SHAPE))
        to_x += config.elastic * _smooth_noise(draws.uniform(7, shape=IMAGE_SHAPE))
    return to_y, to_x


def _smooth_noise(noise: "tf.Tensor") -> "tf.Tensor":
    """Noise [n, 28, 28] in −1 to 1, blurred by a Gaussian and scaled to a mean square of 1."""
    import tensorflow as tf

    place = np.arange(SIDE)
    blur = np.exp(-((place[:, None] - place) ** 2) / (2 * SMOOTH**2))
    blur *= 3**0.25 / np.sqrt((blur**2).sum(axis=1, keepdims=True))  # uniform noise has a mean square of 1/3
    rows, columns = tf.constant(blur, tf.float32), tf.constant(blur.T, tf.float32)
    along_x = tf.reshape(tf.matmul(tf.reshape(noise, (-1, SIDE)), columns), (-1, *IMAGE_SHAPE))
    return tf.einsum("ij,njk->nik", rows, along_x)


def _between(image: "tf.Tensor", y: "tf.Tensor", x: "tf.Tensor") -> "tf.Tensor":
    """The images at these places, from the four pixels around each; outside is nothing."""
    import tensorflow as tf

    side = SIDE + 3  # one empty pixel before, two behind
    y, x = (tf.clip_by_value(place + 1, 0.0, SIDE + 1.0) for place in (y, x))
    top, left = tf.floor(y), tf.floor(x)
    down, right = y - top, x - left
    pixels = tf.reshape(tf.pad(image, [[0, 0], [1, 2], [1, 2]]), (-1,))
    first = tf.cast(top, tf.int32) * side + tf.cast(left, tf.int32)
    first += (tf.range(tf.shape(image)[0]) * side * side)[:, None, None]
    a, b, c, d = (tf.cast(tf.gather(pixels, first + step), tf.float32) for step in (0, 1, side, side + 1))
    above, below = a + (b - a) * right, c + (d - c) * right
    return tf.cast(tf.round(above + (below - above) * down), tf.uint8)


def _erased(image: "tf.Tensor", draws: _Draws, share: float) -> "tf.Tensor":
    """The images, so many of them without a rectangle of 4 to 12 pixels each way (Zhong et al. 2020)."""
    import tensorflow as tf

    place = tf.range(SIDE, dtype=tf.float32)
    half_y, half_x = (4 + 2 * draws.uniform(number) for number in (8, 9))
    middle_y, middle_x = ((SIDE - 1) / 2 * (1 + draws.uniform(number)) for number in (10, 11))
    inside = (tf.abs(place[:, None] - middle_y) < half_y) & (tf.abs(place[None, :] - middle_x) < half_x)
    return tf.where(inside & (draws.uniform(12) < 2 * share - 1), tf.zeros_like(image), image)
