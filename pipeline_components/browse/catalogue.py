"""Which artifacts a person asks for, of thousands: filtered, searched, sorted, one page of them at a time."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline_components.errors import BadConfig
from pipeline_components.store.catalog import Summary
from pipeline_components.store.ids import parse_id

PER_PAGE = 50
SORTS: dict[str, Callable[[Summary], Any]] = {
    "made": lambda each: each.at,
    "id": lambda each: parse_id(each.id),
    "took": lambda each: each.elapsed_s,
    "size": lambda each: each.size_bytes,
}
VERDICTS = ("blessed", "refused")


@dataclass(frozen=True)
class Question:
    """What is asked for; `words` must all stand in the id, the run, or a fact that is text."""

    component: str = ""
    verdict: str = ""
    run: str = ""
    words: str = ""
    latest: bool = False
    sort: str = "made"
    ascending: bool = False
    page: int = 1

    def __post_init__(self) -> None:
        if self.sort not in SORTS:
            raise BadConfig(f"sort: {self.sort[:40]!r} found, one of {', '.join(SORTS)} expected")
        if self.verdict not in ("", *VERDICTS):
            raise BadConfig(f"verdict: {self.verdict[:40]!r} found, one of {', '.join(VERDICTS)} expected")


@dataclass(frozen=True)
class Listing:
    """One page of what was found, how many there are in all, and how many of each component the store has."""

    rows: list[Summary]
    total: int
    pages: int
    components: dict[str, int]


def listing(everything: Sequence[Summary], question: Question) -> Listing:
    """The page that is asked for; empty if there are fewer."""
    components = Counter(each.id.partition("/")[0] for each in everything)
    found = [each for each in _candidates(everything, question) if _is_asked_for(each, question)]
    found.sort(key=SORTS[question.sort], reverse=not question.ascending)
    first = (question.page - 1) * PER_PAGE
    pages = max(1, -(-len(found) // PER_PAGE))
    return Listing(found[first : first + PER_PAGE], len(found), pages, dict(sorted(components.items())))


def _candidates(everything: Sequence[Summary], question: Question) -> Sequence[Summary]:
    if question.component:
        everything = [each for each in everything if each.id.partition("/")[0] == question.component]
    if question.latest:
        return list({each.id.partition("/")[0]: each for each in everything}.values())
    return everything


def _is_asked_for(each: Summary, question: Question) -> bool:
    if question.verdict and each.facts.get("verdict") != question.verdict:
        return False
    if question.run and each.run_id != question.run:
        return False
    return not question.words or all(word in _text(each) for word in question.words.casefold().split())


def _text(each: Summary) -> str:
    facts = " ".join(value for value in each.facts.values() if isinstance(value, str))
    return f"{each.id} {each.run_id or ''} {facts} {each.damage}".casefold()
