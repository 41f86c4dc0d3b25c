from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from pipeline_components.errors import ArtifactDamaged
from pipeline_components.store.bucket import Entry
from pipeline_components.store.ledger import Ledger, path_of
from tests.kits.bucket import in_memory


def never(number, entry) -> bool:
    return False


def test_a_document_is_created_once(bucket):
    ledger = Ledger(bucket)
    assert ledger.get("keys/a.json") is None
    assert ledger.create("keys/a.json", {"after": 3})
    assert not ledger.create("keys/a.json", {"after": 3})  # the same words of another writer
    assert ledger.get("keys/a.json")["after"] == 3
    ledger.put("keys/a.json", {"after": 4})
    assert ledger.get("keys/a.json")["after"] == 4
    assert list(ledger.names("keys")) == ["a"]


def test_many_writers_number_without_a_gap(bucket):
    def write(writer: int) -> list[int]:
        ledger = Ledger(bucket)
        return [ledger.append("log", 0, lambda number: {"told": [writer, number]}, never) for _ in range(5)]

    with ThreadPoolExecutor(8) as pool:
        numbers = [number for each in pool.map(write, range(8)) for number in each]
    ledger = Ledger(bucket)
    assert sorted(numbers) == list(range(1, 41))
    assert ledger.last("log") == ledger.last("log", 17) == 40
    assert [ledger.entry("log", number)["told"][1] for number in range(1, 41)] == list(range(1, 41))


def test_an_entry_that_will_do_is_taken():
    ledger = Ledger(in_memory())
    for name in "abc":
        ledger.append("log", 0, lambda number, name=name: {"name": name}, never)
    assert ledger.append("log", 0, lambda number: {"name": "b"}, lambda number, entry: entry["name"] == "b") == 2
    assert ledger.last("log") == 3


def test_a_changed_byte_is_seen():
    bucket = in_memory()
    ledger = Ledger(bucket)
    ledger.create(path_of("log", 1), {"name": "abc"})
    raw = bucket.get("log/000000001.json")
    bucket.put("log/000000001.json", raw.replace(b"abc", b"abd"))
    with pytest.raises(ArtifactDamaged, match="log/000000001"):
        ledger.entry("log", 1)


@pytest.mark.parametrize("count", [0, 1, 999, 1_000, 1_001, 2_999, 3_000, 5_500, 1_000_000])
@pytest.mark.parametrize("known", [0, 1, 700_000])
def test_the_end_of_a_long_log_is_found_without_listing_it(count, known, monkeypatch):
    bucket, asked = in_memory(), []

    def head(path: str) -> bool:
        asked.append(path)
        return int(path[-14:-5]) <= count

    def names(log: str, after: str | None = None, most: int | None = None) -> list[Entry]:
        first = int(after[-14:-5]) + 1 if after else 1
        asked.append(log)
        numbers = range(first, min(count, first + most - 1) + 1)
        return [Entry(path_of(log, number), 1, datetime.now(UTC)) for number in numbers]

    monkeypatch.setattr(bucket, "head", head)
    monkeypatch.setattr(bucket, "list", names)
    assert Ledger(bucket).last("artifacts/train", known) == max(count, known)
    assert len(asked) <= (1 if count - known < 1_000 else 23)


def test_a_log_of_more_than_a_page_is_found_to_its_end(bucket):
    for number in range(1, 1_003):
        bucket.put(path_of("log", number), b"")
    assert Ledger(bucket).last("log") == Ledger(bucket).last("log", 1_001) == 1_002
    assert len(bucket.list("log")) == 1_002 and len(bucket.list("log", most=1_000)) < 1_002
