import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import Overtaken, StoreError
from pipeline_components.store import Store
from pipeline_components.store.bucket import Bucket
from pipeline_components.store.check import check_files
from pipeline_components.store.remote import RemoteStore
from pipeline_components.store.served import NAME
from tests.kits.bucket import free_port, in_memory
from tests.kits.store import produce, recipe


def export(store: Store, seed: object = 0):
    return produce(store, recipe("export", seed=seed)).artifact


def is_whole(version) -> bool:
    return check_files(version.path, version.files, "version", {NAME}) == []


def test_a_push_is_brought_into_the_layout_of_another_host(here, there):
    pushed = here.served(MODEL_NAME).push(export(here), who="me", why="good")
    assert (pushed.number, is_whole(pushed)) == (1, True)
    found = there.served(MODEL_NAME).bring()
    assert found.path == there.root / "serving" / MODEL_NAME / "1" and is_whole(found)
    assert (found.export, found.who, found.why) == (pushed.export, "me", "good")
    assert not (there.root / "export").exists()


def test_rollback_is_a_new_entry_that_all_know(here, there):
    first, second = export(here, 1), export(here, 2)
    here.served(MODEL_NAME).push(first)
    here.served(MODEL_NAME).push(second)
    back = there.served(MODEL_NAME).rollback(why="worse")
    assert (back.number, back.origin, back.export, is_whole(back)) == (3, 1, first.id, True)
    served = here.served(MODEL_NAME)
    assert [entry.action for entry in served.journal()] == ["push", "push", "rollback"]
    assert served.current().export == first.id
    assert served.withdrawn(served.version(2).content).why == "worse"
    with pytest.raises(StoreError, match="no version before"):
        served.rollback()


def test_the_same_files_are_not_pushed_again(here, there):
    assert here.served(MODEL_NAME).push(export(here)).number == 1
    assert there.served(MODEL_NAME).push(there.artifact("export/1")).number == 1


def test_a_push_replaces_only_what_its_check_was_shown(here, there):
    first, second, third = (export(here, seed) for seed in range(3))
    here.served(MODEL_NAME).push(first)
    shown = []

    def check(current) -> None:
        shown.append(current.export)
        if len(shown) == 1:
            there.served(MODEL_NAME).push(there.artifact(second.id))  # comes between look and push
        elif current.export != first.id:
            raise Overtaken("something else")

    with pytest.raises(Overtaken):
        here.served(MODEL_NAME).push(third, check=check)
    assert shown == [first.id, second.id]
    assert there.served(MODEL_NAME).numbers() == [1, 2]


@pytest.mark.slow
def test_eight_writers_of_fifty_pushes_number_without_a_gap(tmp_path):
    bucket = in_memory(wait_s=20)
    maker = RemoteStore(tmp_path / "maker", bucket)
    exports = [export(maker, [writer, n]).id for writer in range(8) for n in range(50)]

    def push(writer: int) -> list[int]:
        store = RemoteStore(tmp_path / str(writer), bucket)
        return [
            store.served(MODEL_NAME).push(store.artifact(each)).number
            for each in exports[writer * 50 : writer * 50 + 50]
        ]

    with ThreadPoolExecutor(8) as pool:
        numbers = [number for one in pool.map(push, range(8)) for number in one]
    assert sorted(numbers) == list(range(1, 401))
    assert [entry.version for entry in maker.served(MODEL_NAME).journal()] == list(range(1, 401))


def test_a_host_follows_within_five_seconds_and_sees_whole_versions_only(here, there):
    here.served(MODEL_NAME).push(export(here, 1))
    following = there.served(MODEL_NAME)
    following.follow()
    for seed in (2, 3):
        number = here.served(MODEL_NAME).push(export(here, seed)).number
        deadline = time.monotonic() + 5
        while not (following.layout / str(number)).is_dir():
            assert time.monotonic() < deadline, "not followed within 5 s"
            time.sleep(0.02)
        assert is_whole(here.served(MODEL_NAME).version(number))
        assert is_whole(following.version(number))
    assert any(thread.name == "follow" for thread in threading.enumerate())


def test_what_was_known_is_served_when_the_bucket_does_not_answer(s3, tmp_path, monkeypatch):
    for name, value in s3.items():
        monkeypatch.setenv(name, value)
    address = f"s3://digits/{tmp_path.name}"
    store = RemoteStore(tmp_path / "here", Bucket.at(address))
    store.served(MODEL_NAME).push(export(store))
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    away = RemoteStore(tmp_path / "here", Bucket.at(address, wait_s=0.5)).served(MODEL_NAME)
    assert away.current().number == away.bring().number == 1
    with pytest.raises(StoreError, match="does not answer"):
        away.rollback()
