"""Tables for people, on stdout: whole words, ids and numbers at any width, and no width where there is no terminal."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pipeline_components.terminal import columns, wrapped

WIDE = 100  # columns from which a terminal has room for more than what matters
DIGEST = re.compile(r"\b(sha256:[0-9a-f]{12})[0-9a-f]{52}\b")
LEAST = 20  # columns that prose needs beside others


def when(at: str) -> str:
    """An ISO time as `2026-01-31 14:05` of this machine's clock."""
    try:
        return datetime.fromisoformat(at).astimezone().isoformat(" ", "minutes")[:16]
    except (ValueError, OverflowError):
        return at


Cell = str | Sequence[str]  # the last of a row may be parts, of which as many are shown as fit


def print_table(
    head: Sequence[Cell],
    rows: Sequence[Sequence[Cell]],
    *,
    wide: str | None = None,
    below: Sequence[Sequence[str]] = (),
) -> None:
    """A line per row, none broken inside a word; nothing if there is no row.

    The last cell is either prose, which goes on below itself, or parts, of which as many are shown as fit. The column
    called `wide` is left out of a narrow terminal. `below` has for each row the prose that stands under it.
    """
    if not rows:
        return
    width = columns()
    shown = [n for n, name in enumerate(head) if name != wide or width is None or width >= WIDE]
    layout = "".join(f"{{:<{max(len(str(row[n])) for row in [head, *rows])}}}  " for n in shown[:-1])
    print(_line([head[n] for n in shown], layout, width))
    lines = [_line([row[n] for n in shown], layout, width) for row in rows]
    print("─" * min(max(len(line) for text in lines for line in text.splitlines()), width or WIDE))
    for number, text in enumerate(lines):
        print(text)
        for prose in below[number] if below else ():
            print(wrapped(f"  {prose}", 2))


def _line(row: Sequence[Cell], layout: str, width: int | None) -> str:
    *cells, last = row
    start = layout.format(*cells)
    room = width - len(start) if width else None
    if isinstance(last, str):
        is_below = room is not None and room < LEAST and len(last) > room
        return f"{start.rstrip()}\n    {wrapped(last, 4)}" if is_below else (start + wrapped(last, len(start))).rstrip()
    said = _fitted(last, room).rstrip()
    if width is None or len(start + said) <= width:
        return (start + said).rstrip()
    return f"{start.rstrip()}\n    {_fitted(last, width - 4)}".rstrip()


def _fitted(parts: Sequence[str], room: int | None) -> str:
    """The first part, and of the others those that fit."""
    said = ""
    for part in filter(None, parts):
        longer = f"{said}  {part}" if said else part
        if not said or room is None or len(longer) <= room:
            said = longer
    return said


def fields(title: str, values: Mapping[str, Any]) -> None:
    """`title`, then each value beside its name."""
    if values:
        print(title)
        width = max(len(name) for name in values)
        for name, value in values.items():
            print(f"  {name.ljust(width)}  {wrapped(short(value), width + 4)}")


def short(value: Any, most: int = 160) -> str:
    """A value as people read it: four digits of a float, twelve of a digest, so many characters of anything."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        text = ", ".join(f"{name} {short(each, most)}" for name, each in value.items())
    else:
        text = "; ".join(short(each, most) for each in value) if isinstance(value, list) else str(value)
    text = DIGEST.sub(r"\1…", text)
    return text if len(text) <= most else f"{text[: most - 3]}..."
