from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline_components.errors import ArtifactDamaged
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
