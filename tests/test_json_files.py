"""JSON between components: what is written is read again, people can read it, and there is no NaN in either."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_components.errors import BadData
from pipeline_components.json_files import read_json, write_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
#: Strings that look like a list of numbers: layout may not reach into them.
LISTLIKE = st.from_regex(r"\[[0-9 ,]{1,9}\]", fullmatch=True)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("json") / "content.json"


@given(content=st.dictionaries(st.text() | LISTLIKE, VALUES | LISTLIKE, max_size=4))
def test_what_is_written_is_read_again(file, content):
    write_json(file, content)
    assert read_json(file) == content


def test_a_list_of_numbers_stands_on_one_line_and_every_other_value_on_its_own(file):
    write_json(file, {"place": [0.5, 1e-07, -3], "names": ["a", "b"], "empty": []})
    assert file.read_text() == ('{\n "place": [ 0.5, 1e-07, -3 ],\n "names": [\n  "a",\n  "b"\n ],\n "empty": []\n}\n')


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_not_written_and_leaves_the_file_as_it_was(file, number):
    write_json(file, {"a": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(file, {"a": [1.0, number]})
    assert read_json(file) == {"a": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": [-Infinity]}', "-Infinity is not JSON"),
        ('{"a": 1e999}', "1e999 is not JSON"),
        ('{"a": -1e999}', "-1e999 is not JSON"),
        ("[1]", "list found, an object expected"),
        ("{", "Expecting property name"),
        ("", "Expecting value"),
        ("[" * 100_000, "nested deeper than 100"),
        ('{"a":' * 101 + "1" + "}" * 101, "nested deeper than 100"),
        ('{"a": ' + "9" * 301 + "}", "a number of 301 digits found, at most 300 expected"),
    ],
    ids=lambda value: value[:12],
)
def test_what_is_no_object_of_json_is_bad_data_in_one_line(file, text, said):
    file.write_text(text)
    with pytest.raises(BadData, match=said) as refused:
        read_json(file)
    assert str(refused.value).startswith(f"{file}: not readable as JSON (")
    assert str(refused.value).endswith("): make its artifact again") and "\n" not in str(refused.value)


def test_what_is_as_deep_and_as_long_as_may_be_is_read(file):
    file.write_text('{"a":' * 100 + "9" * 300 + "}" * 100)
    assert str(read_json(file)).count("a") == 100


def test_a_fifo_is_not_waited_for_and_a_large_file_not_read(tmp_path):
    os.mkfifo(tmp_path / "fifo.json")
    with pytest.raises(BadData, match=r"fifo\.json: not readable as JSON \(.*not a regular file"):
        read_json(tmp_path / "fifo.json")
    with (tmp_path / "large.json").open("wb") as large:
        large.truncate(2**40)
    with pytest.raises(BadData, match=r"large\.json: not readable as JSON \(.*1099511627776 bytes found, at most "):
        read_json(tmp_path / "large.json")


def test_a_missing_file_and_bytes_that_are_no_text_are_bad_data(tmp_path):
    with pytest.raises(BadData, match=r"absent\.json: not readable as JSON \(.*No such file"):
        read_json(tmp_path / "absent.json")
    (tmp_path / "binary.json").write_bytes(b'{"a": "\xff"}')
    with pytest.raises(BadData, match=r"binary\.json: not readable as JSON \(.*decode"):
        read_json(tmp_path / "binary.json")


def test_a_number_comes_back_as_it_was(file):
    write_json(file, {"a": 0.1, "b": 1, "c": 1.0, "d": 2**70})
    assert json.dumps(read_json(file)) == '{"a": 0.1, "b": 1, "c": 1.0, "d": 1180591620717411303424}'
