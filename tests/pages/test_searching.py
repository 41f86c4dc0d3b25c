"""The page of a run that searched and of what it found, and the way from a trial's task to its model."""

import re
import shutil

import pytest

from pipeline_components.pages.runs import made_by
from pipeline_components.pages.searching import search_story_of, trial_model
from pipeline_components.store import Store
from tests.kits.pages import asked, text_of
from tests.kits.searches import searched, trained


@pytest.fixture
def store(root, tmp_path) -> Store:
    """The pages' store with a search in it."""
    store = Store(shutil.copytree(root, tmp_path / "store", symlinks=True))
    searched(store)
    return store


def rows(page: str, caption: str) -> list[list[str]]:
    """The cells of a table's body, without markup."""
    body = page.partition(f'aria-label="{caption}"')[2].partition("<tbody")[2].partition("</tbody>")[0]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", each, re.DOTALL) for each in body.split("<tr")[1:]]
    return [[re.sub(r"<[^>]+>", "", cell) for cell in row] for row in cells]


@pytest.mark.parametrize("path", ["/artifacts/tune/1", "/runs/search__1"])
def test_trials_stand_best_first_with_their_models_and_what_failed_says_why(store, path):
    page = text_of(store.root, path)
    assert rows(page, "Trials") == [
        ["1", "✓ best", "0.2500", "95.00 %", "3", "1.5 s", "train/2", "gelu", "0.004"],
        ["0", "given up", "0.5000", "90.00 %", "1", "1.5 s", "train/1", "relu", "0.002"],
        ["2", "failed", "–", "–", "0", "1.5 s", "–", "loss is nan", "1"],
        ["trial 2: loss is nan"],
    ]
    assert page.count('<a href="/artifacts/train/2">train/2</a>') >= 2
    assert rows(page, "Best parameters") == [
        ["activation", "gelu", "sigmoid", "sigmoid; relu; gelu"],
        ["learning_rate", "0.004", "0.001", "0.0003 to 0.01, by its logarithm"],
    ]
    assert "digits train --network mlp --epochs 3 --examples preprocess/1" in page
    assert "digits run --from tune/1" in page
    assert '<iframe class="report" sandbox title="Study tune/1" data-page="/artifacts/tune/1/show/study.html"' in page


def test_a_run_begins_with_what_it_found(store):
    page = text_of(store.root, "/runs/search__1")
    assert "trial 1 is the best of 3 of mlp" in page and "trial 2 failed: loss is nan" in page
    tiles = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page))
    assert (tiles["Validation loss"], tiles["Validation accuracy"]) == ("0.2500", "95.00 %")
    assert (tiles["Trials"], tiles["Budget"], tiles["Took"]) == ("3", "3 trials", "9.0 s")
    assert "1 complete, 1 given up, 1 failed" in page and "3 epochs each, no time limit" in page
    assert page.index("The best, beside the defaults") < page.index("What each component made or found")
    assert ["trials", "3", "20"] in rows(page, "Parameters")


def test_a_training_of_the_defaults_stands_beside_the_best_and_says_of_how_many_epochs(store):
    asks = "digits train --network mlp --epochs 3"
    trained(store, 0.2, epochs=20)
    page = text_of(store.root, "/runs/search__1")
    assert "0.2000 with the defaults in 20 epochs" in page and asks in page
    trained(store, 0.4, epochs=3)
    page = text_of(store.root, "/runs/search__1")
    assert "0.4000 with the defaults<" in page and asks not in page
    compared = rows(page, "The best and the defaults on validation examples")
    assert compared == [
        ["the best", "train/2", "3", "0.2500", "95.00 %"],
        ["the defaults", "train/4", "3", "0.4000", "90.00 %"],
    ]


def test_a_search_is_one_of_the_runs_and_is_held_against_a_search(store):
    assert "search__1</a>" in text_of(store.root, "/") and "3 runs" in text_of(store.root, "/")
    assert search_story_of(store, "search__1").before == ""
    store.write_run("search__2", {"searched": {}, "parameters": {"trials": 9}, "ending": "no data"})
    later = search_story_of(store, "search__2")
    assert (later.before, later.found, later.problem) == ("search__1", None, "")
    assert [(each.name, each.here, each.before) for each in later.parameters] == [("trials", 9, 3)]
    assert "no data" in text_of(store.root, "/runs/search__2")


def test_what_cannot_be_read_is_named_and_the_rest_is_told(store):
    file = store.artifact("tune/1").path / "study.json"
    file.chmod(0o600)
    file.write_text("{")
    page = text_of(store.root, "/runs/search__1")
    assert "study.json" in search_story_of(store, "search__1").problem and "study.json" in page
    assert "trial 1 is the best of 3" in page and "Trials" not in re.findall(r"<dt>(.*?)</dt>", page)
    assert "study.json" in text_of(store.root, "/artifacts/tune/1")


@pytest.mark.parametrize("odd", [None, [], "x", {"a": 1}, 7])
def test_an_odd_record_has_a_page(store, odd):
    names = ("steps", "failures", "parameters", "reasons", "earlier", "searched")
    store.write_run("odd__1", dict.fromkeys(names, odd))
    assert "Search" in text_of(store.root, "/runs/odd__1")


@pytest.mark.parametrize(
    ("task", "index", "artifact"),
    [("trial", "1", "train/2"), ("trial", "2", ""), ("trial", "9", ""), ("trial", "-1", ""), ("tune", "", "tune/1")],
)
def test_a_trials_task_leads_to_its_model(store, task, index, artifact):
    assert made_by(store, "search__1", task, index) == artifact
    (answer,) = asked(store.root, f"/runs/search__1/tasks/{task}?map={index}")
    assert answer.headers.get("location", "") == (f"/artifacts/{artifact}" if artifact else "")


def test_a_search_that_is_gone_has_no_models(store):
    assert (trial_model(store, "tune/1", 0), trial_model(store, "tune/9", 0)) == ("train/1", "")
