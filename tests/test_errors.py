"""Exceptions that a user can meet: the tree of the docstring, exit codes, and the words that messages share."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_components import errors
from pipeline_components.errors import DigitsError, Refused, brief, first_line, nearest, of_the_system, printable

NAMES = ["epochs", "batch_size", "learning_rate"]
words = st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=1, max_size=12)


def exceptions() -> dict[str, type[Exception]]:
    """Name → class, of all that the module defines."""
    return {
        name: kind
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and kind.__module__ == errors.__name__
    }


def test_the_docstring_draws_every_exception_below_its_parent():
    drawn = re.findall(r"^([│├└─ ]*)(\w+) ", errors.__doc__ or "", re.MULTILINE)
    tree, parents = {}, {}
    for indent, name in drawn:
        if name not in exceptions():
            continue
        depth = len(indent) // 4
        parents[depth] = name
        tree[name] = parents[depth - 1] if depth else "Exception"
    assert tree == {name: kind.__bases__[0].__name__ for name, kind in exceptions().items()}
    assert len(tree) >= 12


def test_bad_usage_exits_with_2_and_a_shut_gate_with_3():
    assert {kind.exit_code for kind in exceptions().values() if not issubclass(kind, Refused)} == {2}
    assert issubclass(Refused, DigitsError) and {Refused.exit_code, errors.Overtaken.exit_code} == {3}


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        (errors.BadConfig(), "bad parameter"),
        (errors.UnknownDataset(), "bad parameter"),
        (errors.DatasetUnavailable(), "no data"),
        (errors.ArtifactDamaged(), "store failed"),
        (OSError(), "I/O error"),
        (TypeError(), "a bug"),
        (KeyboardInterrupt(), "interrupted"),
        (SystemExit(), "interrupted"),
    ],
)
def test_what_stopped_a_run_is_said_in_a_word_or_two(error, ending):
    assert errors.ending_of(error) == ending


def test_every_exception_says_when_it_is_raised():
    for name, kind in exceptions().items():
        assert (kind.__doc__ or "").startswith("Raised when ") or name == "DigitsError"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("epohcs", "; did you mean 'epochs'?"),
        ("epochs", "; did you mean 'epochs'?"),
        ("xyz", "; known: batch_size, epochs, learning_rate"),
        ("gallery", "; did you mean 'gallery_size'?"),
    ],
)
def test_a_name_is_answered_by_the_nearest_or_by_all_that_are_known(name, said):
    assert nearest(name, NAMES, ["gallery_size"]) == said
    assert nearest(name, dict.fromkeys(NAMES), iter(["gallery_size"])) == said


@given(words, st.lists(words, max_size=5), st.lists(words, max_size=3))
def test_only_a_name_that_there_is_is_suggested_and_others_are_not_listed(name, known, others):
    said = nearest(name, known, others)
    suggested = re.fullmatch(r"; did you mean '(\w+)'\?", said)
    if suggested:
        assert suggested[1] in [*known, *others]
    else:
        assert said == f"; known: {', '.join(sorted(known))}"
    if name in [*known, *others]:
        assert said == f"; did you mean {name!r}?"


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("one\ntwo", "one"),
        ("\n  padded\n", "padded"),
        ("", "ValueError"),
        ("{{function_node __wrapped__DecodePng_device_/CPU:0}} no PNG [Op:DecodePng]", "no PNG [Op:DecodePng]"),
        ("x" * 300, "x" * 160),
    ],
)
def test_an_error_in_one_line(message, said):
    assert first_line(ValueError(message)) == said
    assert first_line(ValueError(message), most=3) == said[:3]


@given(st.text())
def test_any_error_is_one_line_and_never_nothing(message):
    line = first_line(OSError(message))
    assert 0 < len(line) <= 160 and len(line.splitlines()) == 1


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("one\n two", "one two"),
        ("\x1b[31m\x00\ud800", "\\x1b[31m\\x00\\ud800"),
        ("a" * 5000 + ": too long", "a" * 80 + "…" + "a" * 39 + ": too long"),
        ("so " * 5000, ("so " * 1334)[:3999] + "…"),
    ],
)
def test_a_message_is_one_line_that_a_terminal_can_show(message, said):
    assert printable(message) == said


def test_what_the_system_refused_names_the_path():
    error = OSError(36, "File name too long", "/x")
    assert of_the_system(error) == "/x: file name too long: check that path, and try again"
    assert of_the_system(OSError("Odd")) == "odd: check that path, and try again"


def test_a_value_is_shown_in_brief():
    assert brief("a\n") == "'a\\n'"
    assert brief("a" * 1000) == "'" + "a" * 78 + "…"
