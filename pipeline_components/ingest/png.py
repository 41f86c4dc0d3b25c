"""Grayscale PNGs in the shortest way."""

import struct
import zlib

import numpy as np

from pipeline_components.data.magic_numbers import PNG


def png(image: np.ndarray) -> bytes:
    """A uint8 image [height, width, 1] as a PNG: every row unfiltered, all of them one zlib stream.

    A fifth of the time of a TensorFlow op for 28×28 pixels, and fewer bytes; zlib's level 6 takes 1.4 times as long
    for 2 % less. Format: https://www.w3.org/TR/png, chapters 5 and 9.
    """
    height, width, _ = image.shape
    rows = np.zeros((height, 1 + width), np.uint8)
    rows[:, 1:] = image[..., 0]
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = _chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(rows.tobytes(), 3)), _chunk(b"IEND", b"")
    return PNG + b"".join(chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
