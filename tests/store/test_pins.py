"""A pin is written down with its reason, kept until it is taken away, and a damaged list is no empty one."""

import getpass
import json

import pytest

from pipeline_components.errors import ArtifactDamaged, ArtifactNotFound, StoreError
from pipeline_components.store.pins import past, pin, pins, unpin
from pipeline_components.store.seal import seal
from tests.kits.store import chain


def test_pins_add_up_the_last_reason_counts_and_each_goes_alone(store):
    chain(store)
    assert pins(store.root) == {}
    pin(store.root, "train/1", "for the paper")
    pin(store.root, "export/1")
    pin(store.root, "train/1", "for the thesis")
    assert {name: each["why"] for name, each in pins(store.root).items()} == {
        "train/1": "for the thesis",
        "export/1": "",
    }
    assert all(each["at"].endswith("+00:00") for each in pins(store.root).values())
    unpin(store.root, "train/1")
    assert pins(store.root).keys() == {"export/1"}
    with pytest.raises(StoreError, match=r"^train/1: not pinned; pinned: export/1$"):
        unpin(store.root, "train/1")
    unpin(store.root, "export/1")
    with pytest.raises(StoreError, match="not pinned; pinned: none"):
        unpin(store.root, "export/1")


def test_who_has_pinned_and_unpinned_what_stays_written_down(store):
    chain(store)
    pin(store.root, "train/1", "for the paper", "anna")
    unpin(store.root, "train/1", "it is printed", "bob")
    pin(store.root, "train/1")
    pin(store.root, "export/1", "", "anna")
    said = [(each["action"], each["why"], each["who"]) for each in past(store.root)["train/1"]]
    assert said[:2] == [("pin", "for the paper", "anna"), ("unpin", "it is printed", "bob")]
    assert said[2] == ("pin", "", getpass.getuser()), "whose wish it is if nobody is named"
    assert [each["action"] for each in store.pinnings("export/1")] == ["pin"] and store.pinnings("ingest/1") == []


def test_what_is_not_there_is_not_pinned(store):
    chain(store)
    with pytest.raises(ArtifactNotFound, match=r"^train/2: no such artifact"):
        pin(store.root, "train/2")
    assert pins(store.root) == {} and not (store.root / "pins.json").exists()


def test_a_damaged_list_is_refused_and_not_written_over(store):
    chain(store)
    pin(store.root, "train/1", "for the paper")
    file = store.root / "pins.json"
    assert json.loads(file.read_bytes())["pins"]["train/1"]["why"] == "for the paper"
    changed = file.read_bytes().replace(b"paper", b"peper")
    for raw, said in (
        (changed, "not those that were written"),
        (seal({"format": 1, "pins": []}), "an object of artifacts' ids expected"),
    ):
        file.write_bytes(raw)
        for act in (pins, lambda root: pin(root, "export/1"), lambda root: unpin(root, "train/1")):
            with pytest.raises((StoreError, ArtifactDamaged), match=rf"pins\.json.*{said}"):
                act(store.root)
        assert file.read_bytes() == raw
