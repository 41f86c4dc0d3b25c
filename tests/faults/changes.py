"""What can happen to an image, and to a label: each from uint8 images [n, 28, 28] to as many others."""

from collections.abc import Callable

import numpy as np
from PIL import Image

Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def noisy(levels: float) -> Change:
    return lambda image, rng: np.clip(image + rng.normal(0, levels, image.shape), 0, 255).astype(np.uint8)


def scaled(factor: float) -> Change:
    return lambda image, rng: np.clip(image * factor, 0, 255).astype(np.uint8)


def moved(rows: int, columns: int) -> Change:
    return lambda image, rng: np.roll(image, (rows, columns), (1, 2))


def tilted(degrees: float) -> Change:
    def change(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        turned = (Image.fromarray(each).rotate(degrees, Image.Resampling.BILINEAR) for each in image)
        return np.stack([np.asarray(each) for each in turned])

    return change


def halved(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Half the size, in the middle."""
    small = np.zeros_like(image)
    small[:, 7:21, 7:21] = image.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4))
    return small


def cut(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The upper half erased."""
    return np.concatenate([np.zeros_like(image[:, :14]), image[:, 14:]], axis=1)


def half_saturated(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.concatenate([np.full_like(image[:, :14], 255), image[:, 14:]], axis=1)


def blurred(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    soft = image.astype(float)
    for axis in (1, 2, 1, 2, 1, 2):
        soft = (np.roll(soft, 1, axis) + 2 * soft + np.roll(soft, -1, axis)) / 4
    return soft.astype(np.uint8)


def thickened(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.max([np.roll(image, (y, x), (1, 2)) for y in (-1, 0, 1) for x in (-1, 0, 1)], axis=0)


def peppered(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """3 % of the pixels white, 3 % black."""
    chance = rng.random(image.shape)
    return np.where(chance < 0.03, 255, np.where(chance > 0.97, 0, image)).astype(np.uint8)


def one_pixel(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One pixel changed from dark to light or back."""
    changed = image.copy()
    rows = np.arange(len(image)), *rng.integers(0, 28, (2, len(image)))
    changed[rows] = np.where(changed[rows] > 127, 0, 255)
    return changed


#: The whole image is another, or nearly none.
IMAGES: dict[str, Change] = {
    "white noise": lambda image, rng: rng.integers(0, 256, image.shape).astype(np.uint8),
    "nearly blank": lambda image, rng: rng.integers(0, 12, image.shape).astype(np.uint8),
    "half saturated": half_saturated,
    "turned by 90°": lambda image, rng: np.rot90(image, 1, (1, 2)),
    "upside down": lambda image, rng: np.rot90(image, 2, (1, 2)),
    "mirrored": lambda image, rng: image[:, :, ::-1],
    "half the size": halved,
    "upper half erased": cut,
    "inverted": lambda image, rng: 255 - image,
    "half as bright": scaled(0.5),
    "noise of 40 levels": noisy(40),
    "moved by 3 pixels": moved(0, 3),
    "tilted by 30°": tilted(30),
    "blurred": blurred,
    "thickened": thickened,
    "salt and pepper": peppered,
}
#: Of all images.
DRIFTS: dict[str, Change] = {
    "inverted": lambda image, rng: 255 - image,
    "moved by 1 pixel": moved(0, 1),
    "moved by 2 pixels": moved(2, 0),
    "moved by 4 pixels": moved(0, 4),
    "transposed": lambda image, rng: image.transpose(0, 2, 1),
    "half as bright": scaled(0.5),
    "1.5 times as bright": scaled(1.5),
    "noise of 10 levels": noisy(10),
    "noise of 40 levels": noisy(40),
    "tilted by 20°": tilted(20),
    "blurred": blurred,
    "thickened": thickened,
    "half the size": halved,
}
#: What leaves the copy of an image in another split nearly the same.
COPIES: dict[str, Change] = {
    "as they are": lambda image, rng: image.copy(),
    "one pixel changed": one_pixel,
    "noise of 20 levels": noisy(20),
    "0.8 times as bright": scaled(0.8),
    "moved by 1 pixel": moved(0, 1),
}
