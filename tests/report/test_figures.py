"""Figures: which there are, and that each says in words what it draws."""

import re

import pandas as pd
import pytest

from pipeline_components.report import figures
from pipeline_components.report.reading import read_findings
from pipeline_components.report.tables import past_runs
from pipeline_components.theme import BLUE, ORANGE, styled
from tests.kits.evaluations import made, past

COUNTS = pd.DataFrame([[8, 2, 0], [0, 10, 0], [1, 0, 9]], index=list("abc"), columns=list("abc"))


@pytest.fixture(autouse=True)
def style():
    with styled():
        yield


@pytest.mark.parametrize(
    ("champion", "runs", "names"),
    [
        (False, 0, ["accuracy", "loss", "confusion", "classes", "calibration", "samples"]),
        (
            True,
            2,
            ["accuracy", "loss", "confusion", "classes", "calibration", "confusion_change", "history", "samples"],
        ),
    ],
)
def test_a_figure_is_drawn_where_there_is_something_for_it(tmp_path, champion, runs, names):
    findings = read_findings(*made(tmp_path, champion=champion))
    assert [drawn.name for drawn in figures.draw(findings, past_runs(past(runs), findings))] == names


def test_curves_say_where_they_begin_and_end():
    curves = pd.DataFrame({"epoch": [1, 2], "loss": [2.0, 0.5], "validation_loss": [1.5, 0.25]})
    drawn = figures.curve(curves, "loss")
    assert drawn.alt == "Loss over 2 epochs: in training from 2 to 0.5, in validation from 1.5 to 0.25."
    (axes,) = drawn.figure.axes
    assert [line.get_ydata().tolist() for line in axes.lines] == [[2.0, 0.5], [1.5, 0.25]]
    assert axes.get_ylim()[0] == 0


def test_a_confusion_matrix_names_what_is_confused_most_and_writes_every_count():
    drawn = figures.confusion(COUNTS)
    assert drawn.alt == (
        "Confusion matrix of 30 test images: 27 on the diagonal are right. "
        "Most often confused: 2 of 10 a read as b and 1 of 10 c read as a."
    )
    assert sorted(text.get_text() for text in drawn.figure.axes[0].texts) == ["1", "10", "2", "8", "9"]
    right = pd.DataFrame([[3, 0], [0, 4]], index=list("ab"), columns=list("ab"))
    assert figures.confusion(right).alt.endswith("7 on the diagonal are right. No image is misread.")


def test_a_matrix_of_many_classes_has_no_room_for_numbers():
    names = [f"class {i}" for i in range(21)]
    assert not figures.confusion(pd.DataFrame(5, index=names, columns=names)).figure.axes[0].texts


def test_a_change_is_better_on_the_diagonal_and_worse_beside_it():
    change = pd.DataFrame([[3, -1], [2, -4]], index=list("ab"), columns=list("ab"))
    drawn = figures.confusion_change(change)
    assert drawn.alt == (
        "Change of the confusion matrix against the champion: -1 images right; 2 cells better, 2 worse."
    )
    assert sorted(text.get_text() for text in drawn.figure.axes[0].texts) == ["+2", "+3", "−1", "−4"]


def test_bars_are_of_what_is_misread():
    rows = {"recall": [0.9, 1.0], "recall_low": [0.8, 0.95], "recall_high": [0.96, 1.0], "precision": [1.0, 0.75]}
    drawn = figures.misread(pd.DataFrame(rows, index=["one", "two"]))
    assert drawn.alt == (
        "Share of each class's images that are misread: "
        "one 10.0% (interval 4.0–20.0%) and two 0.0% (interval 0.0–5.0%)."
    )
    widths = [round(bar.get_width(), 6) for bar in drawn.figure.axes[0].patches]
    assert widths == [0.1, 0.0, 0.0, 0.25]


def test_calibration_says_each_bin():
    row = {"low": 0.5, "high": 0.8, "count": 1200, "confidence": 0.71, "accuracy": 0.66, "middle": 0.7}
    assert figures.calibration(pd.DataFrame([row]), 0.05).alt == (
        "Expected calibration error 5.00%: 1,200 answers 71% sure are 66% right."
    )


def test_samples_are_shares_of_their_split():
    drawn = figures.samples(pd.DataFrame({"train": [30, 10], "test": [1, 1]}, index=list("ab")))
    assert drawn.alt == "Share of each of 2 classes by split: train 25.0% to 75.0% and test 50.0% to 50.0%."


def test_history_marks_each_run_by_its_verdict():
    drawn = figures.history(pd.DataFrame([*past(3), past(1)[0] | {"evaluation": "evaluate/9"}]))
    assert drawn.alt == "Accuracy of 4 evaluations of this line, from 81.00% to 83.00%; the last, evaluate/9, 81.00%."
    marks = {line.get_label(): line for line in drawn.figure.axes[0].lines if not line.get_label().startswith("_")}
    assert {name: line.get_xdata().tolist() for name, line in marks.items()} == {
        "blessed": [0, 3],
        "refused": [1],
        "forced": [2],
    }
    assert (marks["blessed"].get_color(), marks["refused"].get_color()) == (BLUE, ORANGE)


def test_long_history_names_the_evaluations_that_it_marks():
    runs = [{**past(1)[0], "evaluation": f"evaluate/{i}"} for i in range(3, 53)]
    text = re.findall(r"<text[^>]*>(\d+)</text>", figures.history(pd.DataFrame(runs)).svg())
    assert text == [str(i) for i in range(3, 53, 5)]


def test_no_curve_runs_through_a_legend(tmp_path):
    findings = read_findings(*made(tmp_path))
    legends = {}
    for drawn in figures.draw(findings, past_runs(past(3), findings)):
        for axes in drawn.figure.axes:
            if axes.get_legend():
                drawn.figure.draw_without_rendering()
                legends[drawn.name] = axes.get_legend().get_window_extent()
                assert legends[drawn.name].y0 >= axes.get_window_extent().y1
                assert legends[drawn.name].x1 <= drawn.figure.bbox.x1
    assert set(legends) == {"accuracy", "loss", "classes", "calibration", "samples", "history"}
