"""Prose in a terminal: broken between words, and one line where there is none."""

import io
import os
import pty

import pytest

from pipeline_components import terminal
from pipeline_components.terminal import columns, wrapped


@pytest.fixture(params=[80, 120])
def wide(request, monkeypatch) -> int:
    """Standard output is a terminal of so many columns."""
    monkeypatch.setattr(terminal, "columns", lambda stream: request.param)
    return request.param


def test_a_terminal_has_a_width_of_at_least_forty_and_a_pipe_none(monkeypatch):
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as stream:
        for said, found in (("80", 80), ("1", 40), ("200", 200)):
            monkeypatch.setenv("COLUMNS", said)
            assert columns(stream) == found
    os.close(master)
    assert columns(io.StringIO()) is None
    assert wrapped("one\ntwo\N{NO-BREAK SPACE}" + "x " * 100, stream=io.StringIO()) == "one two " + "x " * 100


def test_a_sign_stays_with_its_number(wide):
    for length in range(wide):
        assert "≥\n" not in wrapped(f"{'x' * length} required ≥ 0.9999")


def test_prose_is_broken_between_words(wide):
    said = "accuracy: 9,806 of 10,000 right (0.9806), lower bound 0.9777 at 95% confidence, required ≥ 0.9999; " * 3
    first, *rest = wrapped(said, indent=10).splitlines()
    assert rest and len(first) <= wide - 10 and all(line.startswith(" " * 10) and len(line) <= wide for line in rest)
    assert " ".join([first, *map(str.strip, rest)]) == said.strip()
    path = "/a/long/path/" + "x" * 120
    assert wrapped(f"report {path}") == f"report\n{path}"
