"""Encoded images → digits, in batches: what `digits predict` and the predict component share."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from pipeline_components.data.exported_model import NORMALISE, SERVING_DEFAULT, assertion_in, load_signatures
from pipeline_components.data.images import MAX_BYTES, problem_of
from pipeline_components.errors import BadModel, first_line

SUFFIXES = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True)
class Recognised:
    """An image's name and its digit, probabilities float32 [classes] and what the network saw; or its error."""

    image: str
    digit: int | None = None
    probabilities: np.ndarray | None = None
    seen: np.ndarray | None = None
    error: str | None = None

    @property
    def confidence(self) -> float | None:
        """The digit's probability."""
        return None if self.probabilities is None or self.digit is None else float(self.probabilities[self.digit])


class Recogniser:
    """A SavedModel's folder, loaded; raises BadModel when it cannot be."""

    def __init__(self, saved_model: Path) -> None:
        import tensorflow as tf

        self._errors = tf.errors.InvalidArgumentError
        try:
            functions = load_signatures(saved_model)
            self._normalise, self._recognise = functions[NORMALISE], functions[SERVING_DEFAULT]
        except (OSError, ValueError, KeyError, tf.errors.OpError) as error:
            reason = first_line(error)
            raise BadModel(f"{saved_model}: not a model that reads images ({reason}): export it again") from None

    def recognise(self, images: Iterable[tuple[str, bytes | str]], batch_size: int) -> Iterator[list[Recognised]]:
        """Lists of at most `batch_size`, in order, of named images: their encoded bytes, or why there are none.

        An image that cannot be read has its error, and spoils no other.
        """
        waiting = iter(images)
        while batch := list(islice(waiting, batch_size)):
            seen = self._normalised([data for _, data in batch])
            yield self._answered([name for name, _ in batch], seen)

    def _answered(self, names: list[str], seen: list[np.ndarray | str]) -> list[Recognised]:
        digits = [each for each in seen if not isinstance(each, str)]
        rows: Iterator[np.ndarray] = iter(())
        if digits:
            answer = self._recognise(images=np.stack(digits))
            rows = iter(answer["probabilities"].numpy())
        recognised = []
        for name, each in zip(names, seen, strict=True):
            if isinstance(each, str):
                recognised.append(Recognised(name, error=each))
            else:
                row = next(rows)
                recognised.append(Recognised(name, int(row.argmax()), row, each))
        return recognised

    def _normalised(self, images: list[bytes | str]) -> list[np.ndarray | str]:
        """The 28×28 of each image, or why there is none."""
        problems = [image if isinstance(image, str) else problem_of(image) for image in images]
        good = [image for image, problem in zip(images, problems, strict=True) if not problem]
        digits = iter(self._all_or_each(good))
        return [problem or next(digits) for problem in problems]

    def _all_or_each(self, images: list[bytes | str]) -> list[np.ndarray | str]:
        """In one call of the model, which fails for a single bad image; then each in a call of its own."""
        if not images:
            return []
        try:
            return list(self._normalise(images=np.array(images, object))["image"].numpy())
        except self._errors as error:
            if len(images) == 1:
                return [assertion_in(error) or "damaged: its pixels cannot be decoded"]
        return [found for image in images for found in self._all_or_each([image])]


def read_images(files: Iterable[Path], root: Path | None = None) -> Iterator[tuple[str, bytes | str]]:
    """Name (relative to the root) and bytes of each file, read when asked for; or why it cannot be read.

    What is no text in a name, whose bytes may be any, is spelt as Python does: `\\udcff.png`.
    """
    for file in files:
        name = str(file.relative_to(root) if root else file).encode(errors="backslashreplace").decode()
        try:
            with file.open("rb") as opened:
                yield name, opened.read(MAX_BYTES + 1)
        except OSError as error:
            yield name, f"cannot be read ({error.strerror})"


def images_in(folder: Path) -> list[Path]:
    """The PNG and JPEG files in a folder and its subfolders, by name, in order."""
    return sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())


def columns(rows: list[Recognised], classes: int) -> Any:
    """A record batch: image, digit, confidence, probabilities (a list of `classes`), error."""
    import pyarrow as pa

    probabilities = [None if row.probabilities is None else row.probabilities.tolist() for row in rows]
    return pa.record_batch(
        {
            "image": pa.array([row.image for row in rows], pa.string()),
            "digit": pa.array([row.digit for row in rows], pa.uint8()),
            "confidence": pa.array([row.confidence for row in rows], pa.float32()),
            "probabilities": pa.array(probabilities, pa.list_(pa.float32(), classes)),
            "error": pa.array([row.error for row in rows], pa.string()),
        }
    )
