"""What we use of a library although it promises nothing of it: one test each, whose failure says what to do."""

import functools
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
Test = Callable[..., None]


@functools.cache
def sources() -> dict[str, str]:
    """Path → text of all code of ours that may rely on a library."""
    files = [*ROOT.glob("pipeline_components/**/*.py"), *ROOT.glob("dags/*.py"), ROOT / "tests" / "conftest.py"]
    return {str(file.relative_to(ROOT)): file.read_text() for file in sorted(files)}


def canary(library: str, mark: str, choice: str) -> Callable[[Test], Test]:
    """A test of something that our files with `mark` in them use; `choice` is what to do when the library drops it.

    A mark that is nowhere fails too: then the canary has nothing to warn of, and goes.
    """

    def decorated(test: Test) -> Test:
        @functools.wraps(test)
        def guarded(*arguments: Any, **keywords: Any) -> None:
            users = [path for path, text in sources().items() if mark in text]
            assert users, f"no file of ours has {mark!r} any more: correct the mark, or delete this canary"
            try:
                test(*arguments, **keywords)
            except Exception as error:
                needed = f"{', '.join(users)} needs where it says {mark!r}"
                raise AssertionError(f"{library} {version(library)} is not what {needed}: {choice}") from error

        return guarded

    return decorated
