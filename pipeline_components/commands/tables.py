"""Tables for people: rich when few rows, plain lines when many; always all on stdout."""

import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

MANY = 200


def when(at: str) -> str:
    """An ISO time as `2026-01-31 14:05` of this machine's clock."""
    try:
        return f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return at


def columns() -> int | None:
    """How wide the terminal is, at least 40; None where standard output is none."""
    return max(40, shutil.get_terminal_size().columns) if sys.stdout.isatty() else None


def wrapped(text: str, indent: int = 0) -> str:
    """Prose that starts after so many columns and goes on below itself: broken between words, never inside one."""
    width = columns()
    if width is None:
        return text
    return f"\n{' ' * indent}".join(textwrap.wrap(text, width - indent, break_long_words=False, break_on_hyphens=False))


def print_rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows of short cells, thousands of them if need be."""
    if len(rows) <= MANY:
        print_table(head, rows)
        return
    widths = [max(len(row[n]) for row in [head, *rows]) for n in range(len(head))]
    for row in [head, *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table that fits the terminal; as wide as it needs to be where there is none; nothing if there is no row."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in head:
        table.add_column(name, overflow="fold", no_wrap=name == "id")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    if not table.row_count:
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 200
    with console.capture() as lines:
        console.print(table)
    for line in lines.get().strip("\n").splitlines():
        if line.strip():
            print(line.rstrip())


def fields(title: str, values: Mapping[str, Any]) -> None:
    """`title`, then one line per value."""
    if values:
        print(title)
        width = max(len(name) for name in values)
        for name, value in values.items():
            print(f"  {name.ljust(width)}  {_line(value)}")


def _line(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 160 else f"{text[:157]}..."
