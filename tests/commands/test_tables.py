"""Tables for people: whole on stdout, whatever reads it."""

import re
from datetime import UTC, datetime

import pytest

from pipeline_components.commands.tables import MANY, fields, print_rows, print_table, when, wrapped


def test_a_time_is_that_of_this_machines_clock():
    at = datetime(2026, 1, 31, 14, 5, 59, tzinfo=UTC)
    assert when(at.isoformat()) == f"{at.astimezone():%Y-%m-%d %H:%M}"
    assert when("some day") == "some day"


def test_a_row_is_a_line_and_no_row_is_nothing(capsys):
    print_table(["id", "what"], [["train/1", "[bold]not markup[/]"], ["train/2", "two"]])
    head, rule, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["id", "what"] and set(rule.strip()) == {"─"}
    assert [row.strip() for row in rows] == ["train/1   [bold]not markup[/]", "train/2   two"]
    print_table(["id"], [])
    assert capsys.readouterr().out == ""


def test_where_there_is_no_terminal_a_long_cell_stays_on_its_line(capsys):
    print_table(["id", "what"], [["train/1", "x" * 150]])
    assert "x" * 150 in capsys.readouterr().out


@pytest.mark.parametrize("count", [MANY, MANY + 1])
def test_many_rows_are_the_same_cells_in_plain_columns(capsys, count):
    print_rows(["id", "size"], [[f"train/{i}", "1.9 MB"] for i in range(1, count + 1)])
    lines = capsys.readouterr().out.splitlines()
    cells = [re.split(r" {2,}", line.strip()) for line in lines if "─" not in line]
    assert cells == [["id", "size"], *([f"train/{i}", "1.9 MB"] for i in range(1, count + 1))]
    assert ("─" in "".join(lines)) == (count == MANY)
    assert len({line.index("1.9 MB") for line in lines[-count:]}) == 1


def test_fields_stand_below_their_title_and_are_cut_to_a_line(capsys):
    fields("config", {"epochs": 3, "batch_size": 128})
    fields("facts", {})
    fields("flags", {"cpu": "x" * 161, "gpu": "y" * 160})
    assert capsys.readouterr().out.splitlines() == [
        *("config", "  epochs      3", "  batch_size  128"),
        *("flags", f"  cpu  {'x' * 157}...", f"  gpu  {'y' * 160}"),
    ]


@pytest.mark.parametrize("wide", [80, 120])
def test_prose_is_broken_between_words_and_goes_on_below_itself(monkeypatch, wide):
    said = "accuracy: 9,806 of 10,000 right (0.9806), lower bound 0.9777 at 95% confidence, required ≥ 0.9999; " * 3
    path = "/a/long/path/" + "x" * 120
    monkeypatch.setenv("COLUMNS", str(wide))
    assert wrapped(said, indent=10) == said
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    first, *rest = wrapped(said, indent=10).splitlines()
    assert rest and len(first) <= wide - 10 and all(line.startswith(" " * 10) and len(line) <= wide for line in rest)
    assert " ".join([first, *map(str.strip, rest)]) == said.strip()
    assert wrapped(f"report {path}") == f"report\n{path}"
