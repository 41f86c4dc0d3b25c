"""JSON files: one way to write those that components hand one another, one way to read any, and no NaN in either."""

import json
import math
import re
from pathlib import Path
from typing import Any

from pipeline_components.errors import BadData, first_line
from pipeline_components.regular_files import read_regular

DEEPEST = 100  # whatever walks through what was read may recurse
MOST_DIGITS = 300  # of a whole number: it fits a float
NUMBERS = re.compile(r"\[\n[\d\s.,e+-]+\]")  # no string holds a line's end


class TooDeep(ValueError):
    """Raised when JSON is nested deeper than DEEPEST."""


def write_json(file: Path, content: Any) -> None:
    """Write JSON that people can read, a list of numbers on one line; raises ValueError for NaN and infinity."""
    text = json.dumps(content, indent=1, allow_nan=False)
    file.write_text(NUMBERS.sub(lambda match: " ".join(match[0].split()), text) + "\n")


def read_json(file: Path) -> dict[str, Any]:
    """The object in a file; raises BadData when it is no regular file, or holds what `parse_json` refuses."""
    try:
        return parse_json(read_regular(file))
    except (OSError, ValueError) as error:
        raise BadData(f"{file}: not readable as JSON ({first_line(error)}): make its artifact again") from None


def parse_json(raw: bytes | str) -> dict[str, Any]:
    """A JSON object; raises ValueError for anything else, NaN, infinity, a number of 301 digits, and deep nesting."""
    try:
        content = json.loads(raw, parse_constant=_finite, parse_float=_finite, parse_int=_whole)
    except RecursionError:
        raise TooDeep(f"nested deeper than {DEEPEST}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{type(content).__name__} found, an object expected")
    level: list[Any] = [content]
    for _ in range(DEEPEST):
        level = [
            each
            for container in level
            for each in (container.values() if type(container) is dict else container)
            if type(each) in (dict, list)
        ]
        if not level:
            return content
    raise TooDeep(f"nested deeper than {DEEPEST}")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is not JSON")
    return number


def _whole(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError(f"a number of {len(text)} digits found, at most {MOST_DIGITS} expected")
    return int(text)
