"""JSON files that components hand one another: one way to write them, one way to read them, and no NaN in either."""

import json
import math
import re
from pathlib import Path
from typing import Any

from pipeline_components.errors import BadData, first_line

NUMBERS = re.compile(r"\[\n[\d\s.,e+-]+\]")  # no string holds a line's end


def write_json(file: Path, content: Any) -> None:
    """Write JSON that people can read, a list of numbers on one line; raises ValueError for NaN and infinity."""
    text = json.dumps(content, indent=1, allow_nan=False)
    file.write_text(NUMBERS.sub(lambda match: " ".join(match[0].split()), text) + "\n")


def read_json(file: Path) -> dict[str, Any]:
    """The object in a file; raises BadData when it is missing, not JSON, not an object, or holds NaN or infinity."""
    try:
        content = json.loads(file.read_bytes(), parse_constant=_finite, parse_float=_finite)
        if not isinstance(content, dict):
            raise ValueError(f"{type(content).__name__} found, an object expected")
    except (OSError, ValueError, RecursionError) as error:
        raise BadData(f"{file}: not readable as JSON ({first_line(error)}): make its artifact again") from None
    return content


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not JSON")
    return number
