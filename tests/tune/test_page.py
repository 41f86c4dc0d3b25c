"""The page of a study: the best first, every trial, nothing from outside, and text that is only text."""

from pipeline_components.stats.wilson import wilson
from pipeline_components.tune import TuneConfig
from pipeline_components.tune.page import render
from tests.tune.test_figures import AXES, TRIALS


def test_the_page_has_every_trial_and_escapes_what_it_was_told():
    odd = [*TRIALS[:6], {**TRIALS[6], "reason": "<script>alert(1)</script>"}]
    page = render(odd, odd[4], config=TuneConfig(), axes=AXES, drawings=[], artifacts={4: "train/9"}, examples=400)
    assert "7 trials of mlp: the best has a validation loss of 0.6000" in page
    assert "The best: trial 4, train/9" in page and "at 95 %, 400 examples" in " ".join(page.split())
    low, high = wilson(360, 400)
    assert f"0.9000 ({low:.4f} to {high:.4f} at" in " ".join(page.split())
    assert "5 complete, 1 given up early, 1 failed" in page.replace("\n", " ")
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert page.count("<tr class=") == 7 and page.index('<tr class="best"') < page.index('<tr class="failed"')
