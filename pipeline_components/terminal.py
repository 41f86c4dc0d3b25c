"""Words in a terminal: how wide it is, and prose that is broken between them."""

import re
import shutil
import sys
import textwrap
from typing import TextIO

NO_BREAK = "\N{NO-BREAK SPACE}"
SIGN = re.compile(r"([≥≤=<>→]) (?=\S)")


def columns(stream: TextIO | None = None) -> int | None:
    """How wide the terminal is, at least 40; None where the stream, standard output if not given, is none."""
    stream = stream or sys.stdout
    return max(40, shutil.get_terminal_size().columns) if stream.isatty() else None


def wrapped(text: str, indent: int = 0, stream: TextIO | None = None) -> str:
    """Prose that starts after so many columns and goes on below itself: broken between words, never inside one.

    A sign stays with its number, as does whatever a no-break space joins. Where there is no terminal it is one line.
    """
    width = columns(stream)
    if width is None:
        return text.replace("\n", " ").replace(NO_BREAK, " ")
    text = SIGN.sub(rf"\1{NO_BREAK}", text)
    lines = textwrap.wrap(text, width - indent, break_long_words=False, break_on_hyphens=False)
    return f"\n{' ' * indent}".join(lines).replace(NO_BREAK, " ")
