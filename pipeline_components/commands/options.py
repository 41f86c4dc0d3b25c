"""Flags that several verbs share."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

StoreOption = Annotated[Path, Parameter(name="--store", env_var="DIGITS_STORE", help="Folder of the artifact store.")]
JsonOption = Annotated[bool, Parameter(name="--json", negative="", help="Print the result as JSON.")]

DEFAULT_STORE = Path("artifacts")
