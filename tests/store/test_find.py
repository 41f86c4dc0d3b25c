"""What is found, and what a miss says is new."""

import os

import pytest

from pipeline_components.store import Hit, Miss
from tests.kits.store import LIBRARIES, SOURCE, chain, produce, recipe


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"epochs": 3}, "MISS: config epochs 20 → 3"),
        ({"epochs": 20, "seed": 1}, "MISS: config seed (none) → 1"),
        ({"epochs": 20, "source": SOURCE | {"pkg/train.py": "c" * 64}}, "MISS: source pkg/train.py changed"),
        ({"epochs": 20, "source": SOURCE | {"pkg/new.py": "c" * 64}}, "MISS: source pkg/new.py added"),
        ({"epochs": 20, "source": {"pkg/train.py": "a" * 64}}, "MISS: source pkg/config.py removed"),
        ({"epochs": 20, "libraries": LIBRARIES | {"tensorflow": "2.21"}}, "MISS: library tensorflow 2.20 → 2.21"),
        ({"epochs": 3, "libraries": {}}, "MISS: config epochs 20 → 3 and 2 more"),
    ],
)
def test_a_miss_names_what_changed(store, changed, why):
    produce(store, recipe(epochs=20))
    found = store.find(recipe(**changed))
    assert isinstance(found, Miss) and found.why == why and found.nearest == "train/1"


def test_a_miss_is_told_against_the_most_similar_artifact_not_the_newest(store):
    produce(store, recipe(epochs=20, seed=0))
    produce(store, recipe(epochs=5, seed=9, batch_size=64))
    assert store.find(recipe(epochs=21, seed=0)).why == "MISS: config epochs 20 → 21"


def test_a_damaged_artifact_is_never_reused_and_the_lookup_says_so(store):
    first = produce(store, recipe(epochs=3)).artifact
    file = first.path / "saved_model" / "variables" / "data"
    before = file.stat()
    file.write_bytes(file.read_bytes()[::-1])
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))  # same size, same times: only the bytes can tell
    again = produce(store, recipe(epochs=3))
    assert (again.hit, again.why) == (False, "MISS: train/1 is damaged: saved_model/variables/data")
    assert again.artifact.id == "train/2"
    assert produce(store, recipe(epochs=3)).why == "HIT: train/2"
    (problem,) = store.verify()
    assert (problem.where, problem.name) == ("train/1", "saved_model/variables/data")


def test_find_returns_the_artifact_with_its_bytes_checked(store):
    made = chain(store)
    found = store.find(recipe("train", inputs={"preprocess": made["preprocess"]}, epochs=1))
    assert isinstance(found, Hit) and found.artifact.id == "train/1"
    assert found.artifact.manifest.inputs["preprocess"]["digest"] == made["preprocess"].manifest.digest
