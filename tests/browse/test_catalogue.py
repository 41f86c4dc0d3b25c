"""A question to a list of artifacts: what it finds, in which order, on which page."""

import pytest

from pipeline_components.browse.catalogue import PER_PAGE, Question, listing
from pipeline_components.errors import BadConfig
from pipeline_components.store.catalog import Summary


def summary(number: int, component: str = "train", **facts: object) -> Summary:
    return Summary(
        f"{component}/{number}", "", f"2026-01-{number:02}", 30.0 - number, number * 10, 1, f"run__{number}", facts
    )


STORE = [
    summary(2, "evaluate", verdict="refused"),
    *(summary(n, dataset="MNIST" if n > 2 else "sample") for n in (1, 2, 3, 10)),
]


def ids(**asked: object) -> list[str]:
    return [each.id for each in listing(STORE, Question(**asked)).rows]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["train/10", "train/3", "evaluate/2", "train/2", "train/1"]),
        ({"component": "train", "sort": "id", "ascending": True}, ["train/1", "train/2", "train/3", "train/10"]),
        ({"sort": "took"}, ["train/1", "evaluate/2", "train/2", "train/3", "train/10"]),
        ({"sort": "size", "component": "train"}, ["train/10", "train/3", "train/2", "train/1"]),
        ({"verdict": "refused"}, ["evaluate/2"]),
        ({"run": "run__3"}, ["train/3"]),
        ({"words": "mnist 10"}, ["train/10"]),
        ({"latest": True, "sort": "id"}, ["train/10", "evaluate/2"]),
        ({"words": "nothing"}, []),
    ],
)
def test_filters_search_and_order(asked, expected):
    assert ids(**asked) == expected


def test_pages_hold_all_and_none_twice():
    store = [summary(n) for n in range(1, 2 * PER_PAGE + 2)]
    found = [listing(store, Question(page=n)) for n in (1, 2, 3, 4)]
    assert [len(each.rows) for each in found] == [PER_PAGE, PER_PAGE, 1, 0]
    assert {each.pages for each in found} == {3}
    assert len({each.id for part in found for each in part.rows}) == len(store)
    assert found[0].components == {"train": len(store)}


@pytest.mark.parametrize("asked", [{"sort": "colour"}, {"verdict": "<b>"}])
def test_what_cannot_be_asked_is_said_in_one_line(asked):
    with pytest.raises(BadConfig, match="found, one of"):
        Question(**asked)
