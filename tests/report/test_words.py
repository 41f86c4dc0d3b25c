"""How numbers and verdicts are said."""

import math

import pytest

from pipeline_components.report import words
from tests.kits.decisions import APPROVED, REJECTED


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words.percent(0.98126), "98.13%"),
        (words.percent(math.nan), "–"),
        (words.interval(0.9, None), "–"),
        (words.number(12345), "12,345"),
        (words.number(0.07948123), "0.07948"),
        (words.number(3e-9), "< 0.0001"),
        (words.literal("<b>|a_b|\n*x* [y](z) & `c`"), "\\<b\\>\\|a\\_b\\| \\*x\\* \\[y\\](z) \\& \\`c\\`"),
        (words.decided(APPROVED), "Approved by anna on 2026-11-26 10:00 UTC, of evaluate/1: it reads sevens better"),
        (words.decided(REJECTED | {"at": "", "evaluation": None}), "Rejected by anna: it reads no sevens"),
        (words.number(math.inf), "not finite"),
        (words.number("≥ 0.97"), "≥ 0.97"),
        (words.number(None), "–"),
        (words.signed(-0.0013), "−0.13"),
        (words.listed(["a", "b", "c"]), "a, b and c"),
        (words.listed([]), ""),
        (words.listed(["a"]), "a"),
        (words.percent(0.5, 0), "50%"),
        (words.percent(True), "–"),
        (words.interval(0.9784, 0.98371), "97.84–98.37%"),
        (words.number(True), "True"),
        (words.number(0.0), "0"),
        (words.number(1e-4), "0.0001"),
        (words.signed(0.0031), "+0.31"),
        (words.signed(None), "–"),
        (words.fixed(1234.06, 1), "1,234.1"),
        (words.fixed(None, 1), "–"),
        (words.plural(1234, "class", "classes"), "1,234 classes"),
        (words.every_rule(1), "its one rule is"),
        (words.every_rule(2), "both rules are"),
        (words.every_rule(3), "all 3 rules are"),
        (words.plural(1, "rule") + words.plural(2, "rule"), "1 rule2 rules"),
        (words.cell("a|b\nc"), "a\\|b c"),
        (words.exact("<1>", 0.5), '<data value="0.5">&lt;1&gt;</data>'),
        (words.exact("<–>", None), "&lt;–&gt;"),
    ],
)
def test_words(said, expected):
    assert said == expected


RIGHT = "98.00% of 1,500 test images are read correctly"


@pytest.mark.parametrize(
    ("passed", "blessing", "said"),
    [
        ([], {"blessed": True}, ("blessed", f"This model may be served: {RIGHT}.")),
        ([True], {"blessed": True}, ("blessed", f"This model may be served: {RIGHT}, and its one rule is met.")),
        ([True] * 3, {"blessed": True}, ("blessed", f"This model may be served: {RIGHT}, and all 3 rules are met.")),
        ([], {"blessed": False}, ("refused", f"This model is refused: {RIGHT}.")),
        ([True, False], {"blessed": False}, ("refused", f"This model is refused by 1 rule of 2: {RIGHT}.")),
        ([False] * 2, {"blessed": False}, ("refused", f"This model is refused by 2 rules of 2: {RIGHT}.")),
        (
            [False, True],
            {"blessed": True, "forced": "a reason"},
            ("forced", f"Served by force although 1 rule of 2 refused it: {RIGHT}."),
        ),
        ([True], {"blessed": True, "forced": "a reason"}, ("forced", f"Served by force: {RIGHT}.")),
    ],
)
def test_a_verdict_is_a_word_and_a_sentence(passed, blessing, said):
    rules = [{"passed": each} for each in passed]
    assert words.verdict({"accuracy": 0.98, "examples": 1500}, {"rules": rules, "forced": None, **blessing}) == said


def test_what_a_person_rejected_may_not_be_served_whatever_the_rules_said():
    blessing = {"blessed": True, "rules": [], "forced": None, "tied": False, "undecided": []}
    metrics = {"accuracy": 0.98, "examples": 1500}
    said = "This model is rejected, although the rules let it through: "
    assert words.verdict(metrics, blessing, REJECTED) == ("rejected", f"{said}{RIGHT}.")
    assert words.verdict(metrics, blessing, APPROVED)[0] == "blessed"
    assert words.verdict(metrics, blessing | {"blessed": False}, APPROVED)[0] == "refused"


@pytest.mark.parametrize(
    ("text", "said"),
    [("≤ 0.0155", "≤\u00a00.0155"), ("same classes, same line", "same\u00a0classes, same\u00a0line")],
)
def test_a_narrow_column_breaks_after_commas_alone(text, said):
    assert words.unbroken(text) == said
