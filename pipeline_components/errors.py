"""The exceptions that a user can meet; everything else is a bug and shows its traceback.

DigitsError                exit 2   bad usage or input, in one line
├── BadConfig                       a parameter's name or value is wrong
├── UnknownDataset                  no dataset of that name, or not 28×28 grayscale images with labels
├── DatasetUnavailable              the dataset exists, but its files cannot be had here
│   └── DownloadFailed              a download broke off: the same again may succeed
├── BadData                         the dataset's files or examples are not what they should be
├── BadModel                        a model's file cannot be loaded or does not fit the data
├── DivergedTraining                the loss is no longer a number
├── StoreError                      the store cannot be read or written
│   ├── BadArtifactId               not `component/number`
│   ├── ArtifactNotFound            no such artifact
│   ├── ArtifactDamaged             an artifact's bytes are not those that were published
│   └── BucketUnreachable           the bucket of DIGITS_REMOTE does not answer, however often it is asked
└── Refused                exit 3   the gate shut: the model is not good enough to serve
    ├── Undecided                   it waits for a person to approve it
    └── Overtaken                   something else is served by now than what it was judged against
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

INTERRUPTED = "interrupted"


class DigitsError(Exception):
    """Bad usage or input: the message says in one line what, where, and what to do; `ending` what becomes of a run."""

    exit_code = 2
    ending = "bad input"


class BadConfig(DigitsError):
    """Raised when a parameter's name or value is wrong."""

    ending = "bad parameter"


class UnknownDataset(DigitsError):
    """Raised when no dataset has that name, or it is not one of 28×28 grayscale images with labels."""

    ending = "bad parameter"


class DatasetUnavailable(DigitsError):
    """Raised when a dataset's files cannot be had: no manual folder and no route to their host."""

    ending = "no data"


class DownloadFailed(DatasetUnavailable):
    """Raised when a download has begun and broken off: a moment later it may succeed."""


class BadData(DigitsError):
    """Raised when a dataset's files or examples are not what they should be."""

    ending = "bad data"


class BadModel(DigitsError):
    """Raised when a model's file cannot be loaded, or the model does not fit the data."""

    ending = "bad model"


class DivergedTraining(DigitsError):
    """Raised when the loss is no longer a number: the learning rate is too high."""

    ending = "diverged"


class StoreError(DigitsError):
    """Raised when the artifact store cannot be read or written."""

    ending = "store failed"


class BadArtifactId(StoreError):
    """Raised when a string is not an artifact id, `component/number`."""


class ArtifactNotFound(StoreError):
    """Raised when no artifact has that id."""


class ArtifactDamaged(StoreError):
    """Raised when an artifact's bytes are not those that were published."""


class BucketUnreachable(StoreError):
    """Raised when the bucket of DIGITS_REMOTE does not answer, however often it is asked."""


class Refused(DigitsError):
    """Raised when the gate shuts: the evaluated model did not earn to be served."""

    exit_code = 3
    ending = "refused"


class Undecided(Refused):
    """Raised when a model is not served because a person who has to approve it has not decided yet."""

    ending = "undecided"


class Overtaken(Refused):
    """Raised when something else is in service by now than the champion that a model was judged against."""


def nearest(name: str, known: Mapping[str, Any] | list[str], others: Iterable[str] = ()) -> str:
    """`; did you mean 'epochs'?` when a known name or one of the others is close, else the list of the known."""
    close = difflib.get_close_matches(name, [*known, *others], n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(sorted(known))}"


def brief(value: object, most: int = 80) -> str:
    """A value as Python writes it, its end cut off."""
    text = repr(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def of_the_system(error: OSError) -> str:
    """`/store/runs: permission denied`: what the operating system refused, where no caller has said more."""
    where = f"{error.filename}: " if error.filename is not None else ""
    return f"{where}{(error.strerror or str(error)).lower()}: check that path, and try again"


def printable(message: str, longest_word: int = 160, most: int = 4000) -> str:
    """A message on one line that a terminal can show: nothing unprintable, no word and no line without an end."""
    line = escaped(" ".join(message.split()))
    line = re.sub(rf"\S{{{longest_word},}}", lambda word: f"{word[0][: longest_word // 2]}…{word[0][-40:]}", line)
    return line if len(line) <= most else f"{line[: most - 1]}…"


def escaped(text: str) -> str:
    """A text with all that a terminal cannot show, a new line among it, as Python spells it."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def ending_of(error: BaseException) -> str:
    """How a run ended that this stopped, in a word or two: what is read first of it."""
    if isinstance(error, DigitsError):
        return error.ending
    if isinstance(error, OSError):
        return "I/O error"
    return "a bug" if isinstance(error, Exception) else INTERRUPTED


def first_line(error: BaseException, most: int = 160) -> str:
    """The first line of an error's message, without TensorFlow's `{{node …}}`; its type's name when it has none."""
    lines = re.sub(r"\{\{.*?\}\}\s*", "", str(error)).strip().splitlines()
    return (lines or [type(error).__name__])[0][:most]
