"""Flags that several verbs share."""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, Token
from cyclopts.validators import Number

from pipeline_components.errors import StoreError, printable
from pipeline_components.store import Store
from pipeline_components.store.bucket import VARIABLE
from pipeline_components.terminal import wrapped

StoreOption = Annotated[Path, Parameter(name="--store", env_var="DIGITS_STORE", help="Folder of the artifact store.")]
JsonOption = Annotated[bool, Parameter(name="--json", negative="", help="Print the result as JSON.")]

DEFAULT_STORE = Path("artifacts")


def _whole(_: object, tokens: Sequence[Token]) -> int:
    """A whole number as JSON writes it; Python's own spellings (`1_0`, `0x3`, ` 3 `) are for programs."""
    if not re.fullmatch(r"-?[0-9]{1,18}", tokens[0].value):
        raise ValueError(f"{tokens[0].value[:40]!r} found, a whole number expected")
    return int(tokens[0].value)


def _number(_: object, tokens: Sequence[Token]) -> float:
    """A number as JSON writes it: no NaN and no infinity, which no comparison stops."""
    if not re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,18})?(e-?[0-9]{1,2})?", tokens[0].value):
        raise ValueError(f"{tokens[0].value[:40]!r} found, a number expected")
    return float(tokens[0].value)


def _text(_: object, tokens: Sequence[Token]) -> str:
    """What people say, on one line that can be shown and kept: an argument may be any bytes."""
    return printable(tokens[0].value)


Text = Annotated[str, Parameter(converter=_text)]
Count = Annotated[int, Parameter(converter=_whole, validator=Number(gte=0, lte=999_999_999))]
Amount = Annotated[float, Parameter(converter=_number, validator=Number(gte=0, lte=999_999_999))]


def existing(store: Path) -> Store:
    """The store in a folder that is there; raises StoreError for one that is not, which a wrong name may be."""
    if not store.is_dir() and not os.environ.get(VARIABLE):
        raise StoreError(f"{store}: no store there: digits run makes one, or name another with --store")
    return Store.at(store)


def note(text: str) -> None:
    """Say on stderr what is no result."""
    print(wrapped(f"digits: {text}", stream=sys.stderr), file=sys.stderr)
