"""Flags that several verbs share."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pipeline_components.errors import StoreError
from pipeline_components.store import Store
from pipeline_components.terminal import wrapped

StoreOption = Annotated[Path, Parameter(name="--store", env_var="DIGITS_STORE", help="Folder of the artifact store.")]
JsonOption = Annotated[bool, Parameter(name="--json", negative="", help="Print the result as JSON.")]

DEFAULT_STORE = Path("artifacts")


def existing(store: Path) -> Store:
    """The store in a folder that is there; raises StoreError for one that is not, which a wrong name may be."""
    if not store.is_dir():
        raise StoreError(f"{store}: no store there: digits run makes one, or name another with --store")
    return Store(store)


def note(text: str) -> None:
    """Say on stderr what is no result."""
    print(wrapped(f"digits: {text}", stream=sys.stderr), file=sys.stderr)
