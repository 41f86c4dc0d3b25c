"""Drawings: where a value comes to stand, what each says in words, and that names stay text."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from pipeline_components.browse.picture import Node, Picture
from pipeline_components.browse.runs import line_of
from pipeline_components.pages.charts import accuracy_drawing, curves_drawing, lineage_drawing, ticks

LINE = line_of(
    {
        "run_id": "run__1",
        "verdict": "blessed",
        "accuracy": 0.9,
        "accuracy_low": 0.88,
        "accuracy_high": 0.92,
        "served_version": 1,
    }
)
EVIL = '"><script>x</script>'


def parsed(drawing: str) -> ElementTree.Element:
    """The drawing's elements."""
    return ElementTree.fromstring(drawing)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.88, 0.96, [0.88, 0.9, 0.92, 0.94, 0.96]), (0, 3, [0, 1, 2, 3]), (5, 5, [5]), (float("nan"), 1, None)],
)
def test_ticks_are_round(low, high, expected):
    assert expected is None or ticks(low, high) == expected
    assert len(ticks(low, high)) >= 1


def test_a_run_is_a_mark_that_leads_to_it_and_says_what_it_is():
    drawn = accuracy_drawing([LINE, replace(LINE, run_id="a+b", verdict="refused", accuracy=0.8, low=None)], "/digits")
    tree = parsed(drawn)
    marks = [each for each in tree if each.tag == "a"]
    assert [each.get("href") for each in marks] == ["/digits/runs/run__1", "/digits/runs/a%2Bb"]
    assert marks[0].get("aria-label") == "run__1: blessed, accuracy 0.9000"
    assert [each.get("class") for each in marks] == ["mark good", "mark bad"]
    heights = [float(marks[0].find("circle").get("cy")), float(marks[0].find("line[@class='bar']").get("y1"))]
    assert heights[0] < heights[1], "the lower bound is below the accuracy"
    assert [each.text for each in tree if each.get("class") == "served"] == ["v1"]
    assert accuracy_drawing([replace(LINE, accuracy=None)], "") == ""


def test_curves_say_where_they_end():
    drawn = curves_drawing("loss", {"loss": [2.0, 0.5], "validation_loss": [2.5, 1.0]})
    tree = parsed(drawn)
    assert tree.get("aria-label") == "loss over 2 epochs; at the end loss 0.5, validation loss 1"
    assert len(tree.findall("polyline")) == 2
    assert tree.findall("circle") == []


def test_a_single_epoch_is_a_dot():
    tree = parsed(curves_drawing("loss", {"loss": [1.0]}))
    assert tree.get("aria-label") == "loss over 1 epoch; at the end loss 1" and len(tree.findall("circle")) == 1
    assert [each.text for each in tree.findall("text")][-1] == "epoch 1"


def test_a_lineage_draws_no_line_where_another_way_leads():
    nodes = [Node(name, "word", "artifact", column, 0) for column, name in enumerate(("a/1", "b/1", "c/1"))]
    found = Picture("b/1", nodes, [("a/1", "b/1", "x"), ("b/1", "c/1", "y"), ("a/1", "c/1", "z")], 0)
    tree = parsed(lineage_drawing(found, "/digits"))
    assert [each.find("title").text for each in tree.findall("path")] == ["x", "y"]
    boxes = tree.findall("a")
    assert [each.get("href") for each in boxes] == [f"/digits/artifacts/{name}/1/lineage" for name in "abc"]
    assert [each.get("aria-current") for each in boxes] == [None, "true", None]


def test_names_stay_text():
    drawn = accuracy_drawing([replace(LINE, run_id=EVIL, ended=EVIL)], "")
    drawn += curves_drawing("loss", {f"{EVIL}loss": [1.0, 2.0]})
    drawn += lineage_drawing(Picture("a/1", [Node("a/1", EVIL, "artifact", 0, 0)], [("a/1", "a/1", EVIL)], 0), "")
    assert "<script" not in drawn and len(re.findall("&lt;script", drawn)) >= 4
