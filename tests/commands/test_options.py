"""What several verbs share: numbers as JSON writes them, the store that must be there, what is said beside a result."""

import pytest
from cyclopts import App, CycloptsError

from pipeline_components.commands.options import Amount, Count, Text, existing, note
from pipeline_components.errors import StoreError

app = App(result_action="return_value")


@app.default
def both(*, count: Count = 1, amount: Amount = 1.0) -> tuple[int, float]:
    return count, amount


@pytest.mark.parametrize(
    ("flags", "numbers"),
    [
        (["--count", "0", "--amount", "0"], (0, 0.0)),
        (["--count", "999999999", "--amount", "0.25"], (999_999_999, 0.25)),
        (["--amount", "1e-3"], (1, 0.001)),
    ],
)
def test_numbers_are_read_as_json_writes_them(flags, numbers):
    assert app(flags, exit_on_error=False) == numbers


@pytest.mark.parametrize("flag", ["--count", "--amount"])
@pytest.mark.parametrize(
    "value", ["1_0", " 3 ", "3\n", "+3", "0x3", "３", "", "x", "nan", "inf", "-1", "9" * 400, "1000000000", "1e", ".5"]
)
def test_everything_else_is_refused(flag, value):
    with pytest.raises(CycloptsError, match=r"a (whole )?number expected|Must be [<>]="):
        app([f"{flag}={value}"], exit_on_error=False, print_error=False)


def test_what_people_say_is_one_line_that_can_be_kept():
    said = App(result_action="return_value")

    @said.default
    def say(*, why: Text = "", by: Text | None = None) -> tuple[str, str | None]:
        return why, by

    assert said(["--why", "it  reads\nbetter ", "--by", "\udcffanna"]) == ("it reads better", "\\udcffanna")
    assert said([]) == ("", None)


def test_a_store_is_a_folder_that_is_there(tmp_path):
    assert existing(tmp_path).root == tmp_path
    (tmp_path / "file").touch()
    for name in ("file", "typo"):
        with pytest.raises(StoreError, match=f"{name}: no store there: digits run makes one"):
            existing(tmp_path / name)


def test_a_note_is_no_result(capsys):
    note("no run yet")
    assert capsys.readouterr() == ("", "digits: no run yet\n")
