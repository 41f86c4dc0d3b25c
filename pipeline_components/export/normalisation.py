"""Brightness of a photograph or scan → a digit as MNIST has it, as TensorFlow operations inside the exported graph.

Y. LeCun, C. Cortes, C. Burges, The MNIST database: "size normalized to fit in a 20x20 pixel box while preserving their
aspect ratio … gray levels as a result of the anti-aliasing … centered in a 28x28 image by computing the center of mass
of the pixels, and translating the image so as to position this point at the center". What an image must be:

paper     what most of the border shows; it may get darker evenly from one side to the other
polarity  ink is what differs most from the paper, darker or lighter
blank     nothing differs from the paper by MIN_CONTRAST: the graph fails with "no ink", and says if there are specks
"""

from typing import Any

import numpy as np

from pipeline_components.shape import IMAGE_SHAPE

WORKING_SIDE = 512  # a larger image is shrunk to this first: bounds time and memory, 32 pixels for a digit of 1/16
MIN_CONTRAST = 24.0  # of 255: above the noise of a photographed blank page, below pencil
PAPER_TOLERANCE = 48.0  # border pixels this near their median, then this near the plane through those, are paper
SMOOTHED_SIDE = 200  # from this size on, what counts as ink does so on average of 5×5 pixels: dust does not
INK = 0.3  # share of the darkest ink's contrast from which a pixel belongs into the box
MNIST_BOX = 20
FAINTEST = 4.0  # a page that nothing on it differs by as much is blank; what is fainter than MIN_CONTRAST may be small
BLANK = "no ink: the image is blank"
SPECK = "no ink but specks: if one is a digit, it is too small a part of the image: crop it"
CENTRE = 14.0  # where MNIST's centres of mass lie: mean 14.0 ± 0.3 in rows and columns, measured on the training images


def box_of(images: np.ndarray) -> int:
    """The box that these images uint8 [n, 28, 28] were scaled into: the median of their ink's longer side.

    20 for MNIST; up to 28 for sets that fill the image, which are then scaled as they are.
    """
    inked = images > 0
    lines = [np.logical_or.reduce(inked, axis=axis) for axis in (2, 1)]
    sides = [each.shape[1] - each.argmax(axis=1) - each[:, ::-1].argmax(axis=1) for each in lines]
    return max(int(np.median(np.maximum(*sides))), 1)


def to_digit(brightness: Any, box: int) -> Any:
    """The digit uint8 [28, 28], 255 as ink, within box×box pixels, of one image's float32 [height, width] in 0..255."""
    import tensorflow as tf

    ink = _ink(_shrink(brightness))
    smooth = _smooth(ink)
    contrast = tf.reduce_max(smooth)
    why = tf.where(tf.reduce_max(ink) < FAINTEST, BLANK, SPECK)
    with tf.control_dependencies([tf.debugging.Assert(contrast >= MIN_CONTRAST, [why])]):
        cropped = _crop(ink, smooth > INK * contrast)
    small = _fit(tf.minimum(cropped / contrast, 1.0), box)
    small = tf.round(255 * small / tf.reduce_max(small))
    return tf.ensure_shape(tf.cast(_centre(small), tf.uint8), IMAGE_SHAPE)


def _shrink(image: Any) -> Any:
    """At most WORKING_SIDE pixels on its longer side, by averaging areas."""
    import tensorflow as tf

    side = tf.cast(tf.reduce_max(tf.shape(image)), tf.float32)
    size = tf.cast(tf.math.ceil(tf.cast(tf.shape(image), tf.float32) * (WORKING_SIDE / side)), tf.int32)

    def shrunk() -> Any:
        return tf.image.resize(image[..., tf.newaxis], size, "area")[..., 0]

    return tf.cond(side > WORKING_SIDE, shrunk, lambda: image)


def _ink(image: Any) -> Any:
    """How far each pixel is from the paper, in the direction of what is farthest."""
    import tensorflow as tf

    deviation = image - _paper(image)
    smooth = _smooth(deviation)
    darker = tf.reduce_max(-smooth) > tf.reduce_max(smooth)
    return tf.maximum(tf.where(darker, -deviation, deviation), 0.0)


def _smooth(image: Any) -> Any:
    """Averages of 5×5 pixels, beyond the edge nothing, where the image is large enough for that to be little."""
    import tensorflow as tf

    height, width = tf.shape(image)[0], tf.shape(image)[1]

    def averages() -> Any:
        padded = tf.pad(image, [[2, 2], [2, 2]])
        rows = tf.add_n([padded[i : i + height] for i in range(5)])
        return tf.add_n([rows[:, i : i + width] for i in range(5)]) / 25

    return tf.cond(tf.maximum(height, width) >= SMOOTHED_SIDE, averages, lambda: image)


def _paper(image: Any) -> Any:
    """The paper's brightness everywhere: a plane through the border's pixels that are near their median."""
    import tensorflow as tf

    shape = tf.shape(image)
    rows = tf.linspace(-1.0, 1.0, shape[0])
    columns = tf.linspace(-1.0, 1.0, shape[1])
    y, x = tf.meshgrid(rows, columns, indexing="ij")
    design = tf.stack([tf.ones_like(image), y, x], axis=-1)

    def border(values: Any) -> Any:
        return tf.concat([values[0], values[-1], values[:, 0], values[:, -1]], axis=0)

    known, values = border(design), border(image)
    plane = tf.stack([tf.sort(values)[tf.size(values) // 2], 0.0, 0.0])
    for _ in range(3):
        near = tf.cast(tf.abs(values - tf.linalg.matvec(known, plane)) < PAPER_TOLERANCE, tf.float32)
        weighted = known * near[:, tf.newaxis]
        rest = (values - plane[0]) * near
        slope = tf.linalg.lstsq(weighted, rest[:, tf.newaxis], l2_regularizer=1e-2)[:, 0]
        plane = slope + tf.stack([plane[0], 0.0, 0.0])
    return tf.tensordot(design, plane, axes=1)


def _crop(image: Any, mask: Any) -> Any:
    """The part of the image that just holds the mask."""
    import tensorflow as tf

    rows = tf.where(tf.reduce_any(mask, axis=1))[:, 0]
    columns = tf.where(tf.reduce_any(mask, axis=0))[:, 0]
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _fit(ink: Any, box: int) -> Any:
    """Scaled so that its longer side is `box` pixels, proportions kept."""
    import tensorflow as tf

    shape = tf.cast(tf.shape(ink), tf.float32)
    size = tf.maximum(tf.cast(tf.round(shape * (box / tf.reduce_max(shape))), tf.int32), 1)
    scaled = tf.image.resize(ink[..., tf.newaxis], size, "bilinear", antialias=True)
    return tf.clip_by_value(scaled[..., 0], 0.0, 1.0)


def _centre(digit: Any) -> Any:
    """Placed with its centre of mass at CENTRE, as far as it stays inside, by whole pixels."""
    import tensorflow as tf

    def before(axis: int) -> Any:
        n, size = IMAGE_SHAPE[axis], tf.shape(digit)[axis]
        mass = tf.reduce_sum(digit, axis=1 - axis)
        position = tf.range(tf.cast(size, tf.float32))
        centre = tf.reduce_sum(mass * position) / tf.reduce_sum(mass)
        return tf.clip_by_value(tf.cast(tf.round(CENTRE - centre), tf.int32), 0, n - size)

    top, left = before(0), before(1)
    return tf.image.pad_to_bounding_box(digit[..., tf.newaxis], top, left, *IMAGE_SHAPE)[..., 0]
