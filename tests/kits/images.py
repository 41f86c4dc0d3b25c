"""Images as people have them: digits drawn on paper, and files that are odd or broken."""

import io
import struct
import zlib

import numpy as np
from PIL import Image


def drawn(digit, rng, form):
    """A digit uint8 [28, 28] dark on light, 100–900 pixels a side, off-centre, encoded as PNG or JPEG."""
    width, height = (int(side) for side in rng.integers(100, 901, 2))
    size = int(min(width, height) * rng.uniform(0.4, 0.95))
    how = (Image.Resampling.NEAREST, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)
    ink = np.asarray(Image.fromarray(digit).resize((size, size), how[rng.integers(4)]), np.float64) / 255
    paper, dark = rng.integers(200, 256), rng.integers(0, 70)
    canvas = np.full((height, width), paper, np.float64)
    top, left = rng.integers(0, height - size + 1), rng.integers(0, width - size + 1)
    canvas[top : top + size, left : left + size] -= (paper - dark) * ink
    options = {"quality": int(rng.integers(60, 96))} if form == "JPEG" else {"compress_level": 1}
    return encoded(canvas.round().astype(np.uint8), form, **options)


def encoded(pixels, form="PNG", mode=None, **options):
    """Pixels, or a Pillow image, as a file's bytes."""
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    buffer = io.BytesIO()
    (image.convert(mode) if mode else image).save(buffer, form, **options)
    return buffer.getvalue()


def chunk(kind, content):
    """A chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width, height, rows, *, depth=8, colour=0):
    """A PNG that declares one size and holds these rows: raw bytes with their filter byte."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def one():
    """A dark 1 with a foot on light paper, uint8 [200, 160]: no two of its eight orientations are the same."""
    pixels = np.full((200, 160), 255, np.uint8)
    pixels[30:170, 74:90] = 0
    pixels[30:60, 60:74] = 0
    pixels[158:170, 60:110] = 0
    return pixels


def inside_out(pixels):
    """Light on dark."""
    return 255 - pixels


def near(a, b, levels=6):
    """Whether two digits differ by no more than some levels on average: JPEG's and rounding's noise."""
    return np.abs(a.astype(int) - b.astype(int)).mean() <= levels
