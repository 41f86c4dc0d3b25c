"""What `digits predict` does with images: where they come from, and the forms in which their digits are written."""

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TextIO

from pipeline_components.errors import BadConfig, BadData, escaped
from pipeline_components.predict.recognition import Recognised, columns, images_in, read_images

STDIN = "-"


def files_of(given: Sequence[str]) -> list[Path]:
    """The image files that names, folders and globs mean, in that order; raises BadData for one that means none."""
    files: list[Path] = []
    for name in given:
        path = Path(name)
        if name == STDIN or path.is_file():
            files.append(path)
            continue
        found = images_in(path) if path.is_dir() else sorted(_matches(path))
        if not found:
            raise BadData(f"{name}: " + ("no PNG or JPEG in it" if path.is_dir() else "no such file"))
        files += [file for file in found if file.is_file()]
    return files


def _matches(pattern: Path) -> Iterator[Path]:
    root = Path(pattern.anchor or ".")
    return root.glob(str(pattern.relative_to(pattern.anchor))) if pattern.name else iter(())


def images_of(files: Sequence[Path]) -> Iterator[tuple[str, bytes | str]]:
    """Name and bytes of each file, or why it cannot be read; `-` is standard input."""
    for file in files:
        if str(file) == STDIN:
            yield STDIN, sys.stdin.buffer.read()
        else:
            yield from read_images([file])


class Results(Protocol):
    """Somewhere that digits are written to, a batch at a time."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: Any) -> None: ...
    def write(self, rows: list[Recognised]) -> None:
        """Write a batch."""


def results(out: Path | None, classes: list[str], *, as_json: bool) -> Results:
    """Where the digits go: a Parquet or CSV file by its name's ending, else standard output."""
    if out is None:
        return _Json(classes) if as_json else _Table(classes)
    if out.suffix == ".parquet":
        return _Parquet(out, classes)
    if out.suffix == ".csv":
        return _Csv(out, classes)
    raise BadConfig(f"--out {out}: a name that ends in .csv or .parquet expected")


class _Stdout:
    def __init__(self, classes: list[str]) -> None:
        self.classes = classes

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        sys.stdout.flush()


class _Table(_Stdout):
    """Columns a person reads and `awk` splits: digit, confidence, image."""

    def __enter__(self) -> Self:
        print("DIGIT  CONFIDENCE  IMAGE")
        return self

    def write(self, rows: list[Recognised]) -> None:
        for row in rows:
            if row.digit is not None:
                print(f"{self.classes[row.digit]:<5}  {row.confidence:>10.1%}  {escaped(row.image)}")


class _Json(_Stdout):
    """One array, written as it grows."""

    def __enter__(self) -> Self:
        self._before = "[\n "
        return self

    def write(self, rows: list[Recognised]) -> None:
        for row in rows:
            print(self._before + json.dumps(_record(row, self.classes)), end="")
            self._before = ",\n "

    def __exit__(self, *_: object) -> None:
        print("\n]" if self._before.startswith(",") else "[]", flush=True)


def _record(row: Recognised, classes: list[str]) -> dict[str, Any]:
    if row.digit is None or row.probabilities is None:
        return {"image": row.image, "error": row.error}
    probabilities = dict(zip(classes, (float(p) for p in row.probabilities), strict=True))
    found = {"digit": row.digit, "class": classes[row.digit], "confidence": row.confidence}
    return {"image": row.image, **found, "probabilities": probabilities}


class _File:
    """A file that is there whole or not at all: written beside its name, then renamed."""

    def __init__(self, file: Path, classes: list[str]) -> None:
        self.file, self.classes = file, classes
        self.draft = file.with_name(f".{file.name}.draft")
        self.stack = ExitStack()

    def __enter__(self) -> Self:
        try:
            self.open()
        except OSError as error:
            raise BadConfig(f"--out {self.file}: cannot be written ({error.strerror})") from None
        return self

    def open(self) -> None:
        raise NotImplementedError

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        self.stack.close()
        if kind is None:
            self.draft.replace(self.file)
            print(self.file)
        else:
            self.draft.unlink(missing_ok=True)


class _Parquet(_File):
    def open(self) -> None:
        import pyarrow.parquet as pq

        schema = columns([], len(self.classes)).schema
        self.writer = self.stack.enter_context(pq.ParquetWriter(self.draft, schema))

    def write(self, rows: list[Recognised]) -> None:
        self.writer.write_batch(columns(rows, len(self.classes)))


class _Csv(_File):
    def open(self) -> None:
        opened: TextIO = self.stack.enter_context(self.draft.open("w", newline="", encoding="utf-8"))
        self.writer = csv.writer(opened)
        self.writer.writerow(["image", "digit", "confidence", *(f"p_{name}" for name in self.classes), "error"])

    def write(self, rows: list[Recognised]) -> None:
        for row in rows:
            probabilities = [""] * len(self.classes) if row.probabilities is None else row.probabilities.tolist()
            digit = "" if row.digit is None else row.digit
            self.writer.writerow([row.image, digit, row.confidence, *probabilities, row.error])
