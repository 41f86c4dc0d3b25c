"""Numbers among the flags: as JSON writes them, within bounds, and nothing else."""

import pytest
from cyclopts import App, CycloptsError

from pipeline_components.commands.options import Amount, Count

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
