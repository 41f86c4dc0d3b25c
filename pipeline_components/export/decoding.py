"""Encoded PNG or JPEG bytes → brightness of each pixel, as TensorFlow operations inside the exported graph.

Alpha, palette, gray and 16 bits end as one float in 0..255 per pixel; EXIF orientation is obeyed. What the header
declares is checked before a pixel is decoded, so a decompression bomb costs nothing.
"""

from typing import Any

from pipeline_components.data.images import MAX_PIXELS, MAX_SIDE
from pipeline_components.data.magic_numbers import JPEG, PNG

EXIF_SEARCH_BYTES = 4096
EXIF_ORIENTATION = 0x0112


def decode(data: Any) -> Any:
    """Brightness float32 [height, width] of one image, a scalar string; fails the graph when it is not one."""
    import tensorflow as tf

    is_png = tf.strings.substr(data, 0, len(PNG)) == PNG
    is_jpeg = tf.strings.substr(data, 0, len(JPEG)) == JPEG
    with tf.control_dependencies([tf.debugging.Assert(is_png | is_jpeg, ["neither PNG nor JPEG"])]):
        return tf.cond(is_png, lambda: _decode_png(data), lambda: _decode_jpeg(data))


def _decode_png(data: Any) -> Any:
    """A PNG over its background: black under light ink, white under dark, the image's own mean when mostly opaque."""
    import tensorflow as tf

    header = tf.cast(tf.io.decode_raw(tf.strings.substr(data, 16, 9), tf.uint8), tf.int64)
    width, height = _big_endian(header[:4], 4), _big_endian(header[4:8], 4)
    with tf.control_dependencies(_demand_size(height, width)):
        pixels = tf.cast(tf.io.decode_png(data, channels=4), tf.float32)
    # Without alpha in the file, TensorFlow 2.21 fills in the largest value of the file's depth, 1 of 1 bit and 15 of 4,
    # and leaves it so while it stretches the rest to 255: png_set_add_alpha in its png_io.cc, known from no issue.
    filler = tf.cast(2 ** tf.minimum(header[8], 8) - 1, tf.float32)
    alpha = pixels[..., 3] / tf.where(tf.reduce_all(pixels[..., 3] == filler), filler, 255.0)
    brightness = _brightness(pixels)
    opaque = tf.reduce_mean(alpha)
    mean = tf.math.divide_no_nan(tf.reduce_mean(brightness * alpha), opaque)
    extreme = tf.where(mean > 127.5, 0.0, 255.0)
    background = tf.where(opaque > 0.5, mean, extreme)
    return brightness * alpha + background * (1 - alpha)


def _decode_jpeg(data: Any) -> Any:
    """A JPEG turned upright."""
    import tensorflow as tf

    shape = tf.cast(tf.image.extract_jpeg_shape(data), tf.int64)
    with tf.control_dependencies(_demand_size(shape[0], shape[1])):
        pixels = tf.cast(tf.io.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE"), tf.float32)
    return _upright(_brightness(pixels), exif_orientation(data))


def _brightness(pixels: Any) -> Any:
    """ITU-R BT.601 luma of red, green and blue, whatever follows them."""
    import tensorflow as tf

    weights = [0.299, 0.587, 0.114] + [0.0] * (pixels.shape[-1] - 3)
    return tf.linalg.matvec(pixels, tf.constant(weights))


def _demand_size(height: Any, width: Any) -> list[Any]:
    """Assertions that the declared size is one we decode."""
    import tensorflow as tf

    low, high = tf.minimum(height, width), tf.maximum(height, width)
    fits = (low >= 1) & (high <= MAX_SIDE) & (height * width <= MAX_PIXELS)
    limit = f"at most {MAX_SIDE} pixels a side and {MAX_PIXELS} in all; found height, width:"
    return [tf.debugging.Assert(fits, [limit, height, width])]


def _upright(image: Any, orientation: Any) -> Any:
    """Undo EXIF orientation 1..8: transposed from 5 on, then mirrored along one axis, both or none."""
    import tensorflow as tf

    image = tf.cond(orientation >= 5, lambda: tf.transpose(image), lambda: image)
    image = tf.cond(_among(orientation, (2, 3, 6, 7)), lambda: tf.reverse(image, [1]), lambda: image)
    return tf.cond(_among(orientation, (3, 4, 7, 8)), lambda: tf.reverse(image, [0]), lambda: image)


def exif_orientation(data: Any) -> Any:
    """EXIF tag 0x0112 of a JPEG, int64; 1 (upright) when there is none or it makes no sense.

    Exif 2.32, section 4.5: the APP1 segment holds `Exif\\0\\0`, then a TIFF header (byte order, 42, offset of the
    first directory), and a directory is a count and entries of 12 bytes: tag, type, count, value.
    """
    import tensorflow as tf

    head = tf.cast(tf.io.decode_raw(tf.strings.substr(data, 0, EXIF_SEARCH_BYTES), tf.uint8), tf.int64)
    mark = tf.constant(list(b"Exif\0\0"), tf.int64)
    padded = tf.pad(head, [[0, 16]])
    n = tf.size(head)
    found = tf.reduce_all(tf.stack([padded[i : n + i] == mark[i] for i in range(6)]), axis=0)
    tiff = tf.argmax(found) + 6
    little = tf.gather(padded, tiff) == ord("I")

    def number(at: Any, size: int) -> Any:
        index = tf.clip_by_value(at[..., tf.newaxis] + tf.range(size, dtype=tf.int64), 0, tf.cast(n, tf.int64) + 15)
        digits = tf.gather(padded, index)
        return _big_endian(tf.where(little, tf.reverse(digits, [-1]), digits), size)

    directory = tiff + number(tiff + 4, 4)
    entries = directory + 2 + 12 * tf.range(tf.minimum(number(directory, 2), 64))
    matches = tf.boolean_mask(number(entries + 8, 2), number(entries, 2) == EXIF_ORIENTATION)
    orientation = tf.concat([matches, tf.ones([1], tf.int64)], 0)[0]
    valid = tf.reduce_any(found) & (orientation >= 1) & (orientation <= 8)
    return tf.where(valid, orientation, tf.ones_like(orientation))


def _big_endian(digits: Any, size: int) -> Any:
    """The `size` bytes along the last axis as one number."""
    import tensorflow as tf

    return tf.reduce_sum(digits * tf.constant([256 ** (size - 1 - i) for i in range(size)], tf.int64), axis=-1)


def _among(value: Any, allowed: tuple[int, ...]) -> Any:
    import tensorflow as tf

    return tf.reduce_any(value == tf.constant(allowed, tf.int64))
