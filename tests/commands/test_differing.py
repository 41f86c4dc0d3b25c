"""What `digits diff` says: the sum of it first, numbers short enough to read, the details as a count."""

from pipeline_components.browse.diff import AccuracyChange, Difference
from pipeline_components.commands.differing import print_differences, said

CHANGE = AccuracyChange(0.898, 0.907, -0.0008, 0.0187, 1000, 16, 7)


def test_the_change_is_a_sentence_with_its_interval():
    assert said(CHANGE) == (
        "test accuracy 0.8980 → 0.9070: +0.90 points (95 % interval −0.08 to +1.87), "
        "on the same 1,000 test images: 16 newly right, 7 newly wrong"
    )
    other = AccuracyChange(0.9, 0.8, -0.2, 0.01, 500, None, None)
    assert said(other) == (
        "test accuracy 0.9000 → 0.8000: −10.00 points (95 % interval −20.00 to +1.00), on other test images"
    )


def test_details_are_counted_or_shown(capsys):
    found = [
        Difference("config", "epochs", "3", "5"),
        Difference("fact", "loss", "0.42312345678912345", "1.34e-58"),
        Difference("source", "pipeline_components/evaluate/rules.py", "0123", ""),
        Difference("fact", "reasons.0", "too low", "lower still"),
        Difference("metric", "per_class.0.recall", "0.81234567", "0.9"),
        Difference("confusion", "1 read as 7", "8", "9"),
        Difference("platform", "cpu_flags", "avx " * 100, ""),
    ]
    print_differences("evaluate/1", "evaluate/2", found, CHANGE, details=False)
    page = capsys.readouterr().out
    assert page.startswith("test accuracy 0.8980 → 0.9070")
    assert "0.4231" in page and "0.42312" not in page and "1.34e-58" in page and "per_class" not in page
    assert "source    evaluate/rules.py" in page and "lower still" not in page
    assert max(map(len, page.splitlines())) < 150
    assert page.endswith(
        "… and 3 details (1 of fact, 1 of metric, 1 of confusion): digits diff evaluate/1 evaluate/2 --details\n"
    )
    print_differences("evaluate/1", "evaluate/2", found, None, details=True)
    page = capsys.readouterr().out
    assert "per_class.0.recall" in page and "0.8123" in page and "details" not in page and "accuracy" not in page
