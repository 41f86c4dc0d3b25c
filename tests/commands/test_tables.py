"""Tables for people: whole on stdout, whatever reads it."""

from datetime import UTC, datetime

import pytest

from pipeline_components import terminal
from pipeline_components.commands import tables
from pipeline_components.commands.tables import fields, print_table, short, when


def test_a_time_is_that_of_this_machines_clock():
    at = datetime(2026, 1, 31, 14, 5, 59, tzinfo=UTC)
    assert when(at.isoformat()) == f"{at.astimezone():%Y-%m-%d %H:%M}"
    assert when("some day") == "some day"


@pytest.fixture(params=[80, 120])
def wide(request, monkeypatch) -> int:
    """Standard output is a terminal of so many columns."""
    monkeypatch.setattr(tables, "columns", lambda: request.param)
    monkeypatch.setattr(terminal, "columns", lambda stream: request.param)
    return request.param


def test_where_there_is_no_terminal_a_row_is_a_line_and_no_row_is_nothing(capsys):
    rows = [["train/1", "1.9 MB", "[bold]not markup[/]"], ["train/10", "21.9 MB", "x" * 150]]
    print_table(["id", "size", "what"], rows, wide="size")
    head, rule, *lines = capsys.readouterr().out.splitlines()
    assert head == "id        size     what" and set(rule) == {"─"}
    assert lines == ["train/1   1.9 MB   [bold]not markup[/]", f"train/10  21.9 MB  {'x' * 150}"]
    print_table(["id"], [])
    assert capsys.readouterr().out == ""


def test_in_a_terminal_prose_goes_on_below_itself_and_ids_stay_whole(capsys, wide):
    why = " ".join(f"0.{n}98765" for n in range(30))
    print_table(["id", "why"], [["preprocess/123456789", why], ["saved_model/" + "x" * 60, why]])
    _, rule, *lines = capsys.readouterr().out.splitlines()
    assert len(rule) == max(map(len, lines)) <= wide
    assert lines[0].startswith("preprocess/123456789") and lines[1].startswith("    ")
    assert " ".join(lines).split() == ["preprocess/123456789", *why.split(), "saved_model/" + "x" * 60, *why.split()]


def test_of_parts_as_many_are_shown_as_fit_on_one_line(capsys, wide):
    parts = ["", "blessed", "test accuracy 0.9806", "(0.9777 to 0.9831)", "10,000 images of mnist"]
    print_table(["id", "made", "size", "what"], [["evaluate/1", "2026-11-22 16:56", "701.7 kB", parts]], wide="size")
    head, _, line = capsys.readouterr().out.splitlines()
    assert line.endswith("  ".join(parts[1 : 4 if wide == 80 else 5])) and len(line) <= wide
    assert ("size" in head) == ("701.7 kB" in line) == (wide == 120)


def test_parts_stand_below_where_not_even_the_first_fits(capsys, wide):
    long = ["scheduled__2026-11-22T16:55:45.411969+00:00", "blessed, held back (attempt 12)"]
    print_table(["run", "ended", ["accuracy", "model"]], [[*long, ["0.9806  ", "train/1"]]])
    _, _, table = capsys.readouterr().out.partition("─\n")
    lines = table.splitlines()
    assert table.split() == [*long[0].split(), *long[1].split(), "0.9806", "train/1"]
    assert len(lines) == (2 if wide == 80 else 1) and max(map(len, lines)) <= wide


def test_what_stands_below_a_row_is_indented_and_wrapped(capsys, wide):
    reason = "accuracy: 9,806 of 10,000 right (0.9806), lower bound 0.9777 at 95% confidence, required ≥ 0.9999"
    print_table(["run", "verdict"], [["run__1", "refused"], ["run__2", "blessed"]], below=[[reason, "x"], []])
    _, _, first, *lines, last = capsys.readouterr().out.splitlines()
    assert (first, last) == ("run__1  refused", "run__2  blessed")
    assert all(line.startswith("  ") and len(line) <= wide for line in lines)
    assert " ".join(" ".join(lines).split()) == f"{reason} x"


def test_a_value_is_short_enough_to_read():
    assert short(0.004613555107196724) == "0.004614" and short(468874) == "468874"
    assert short({"train": 4000, "test": 0.5}) == "train 4000, test 0.5"
    assert short(["sha256:" + "0123456789ab" + "c" * 52, None]) == "sha256:0123456789ab…; None"
    assert short("x" * 41, 40) == "x" * 37 + "..."


def test_fields_stand_below_their_title_and_are_cut_to_a_line(capsys):
    fields("config", {"epochs": 3, "batch_size": 128})
    fields("facts", {})
    fields("flags", {"cpu": "x" * 161, "gpu": "y" * 160})
    assert capsys.readouterr().out.splitlines() == [
        *("config", "  epochs      3", "  batch_size  128"),
        *("flags", f"  cpu  {'x' * 157}...", f"  gpu  {'y' * 160}"),
    ]
