"""What counts in a recipe, and what does not."""

from dataclasses import replace

import pytest

from pipeline_components.errors import StoreError
from tests.kits.store import maker, photos, produce, recipe


def test_an_input_counts_by_its_bytes(store):
    data = [store.produce(recipe("preprocess", n=n), maker(content)).artifact for n, content in enumerate("aba")]
    produce(store, recipe(inputs={"examples": data[0]}))
    assert store.find(recipe(inputs={"examples": data[1]})).why == "MISS: input examples preprocess/1 → preprocess/2"
    assert store.find(recipe(inputs={"examples": data[2]})).why == "HIT: train/1"
    assert store.find(recipe(inputs={"examples": data[:2]})).why == (
        "MISS: input examples preprocess/1 → preprocess/1, preprocess/2"
    )


def test_what_is_outside_the_store_counts_by_its_digest_and_not_by_its_place(store):
    made = produce(store, recipe("predict", outside=photos("photos", "a"))).artifact
    assert store.artifact("predict/1").manifest.outside == {"images": {"path": "photos", "sha256": "a" * 64}}
    assert store.find(recipe("predict", outside=photos("moved", "a"))).why == "HIT: predict/1"
    assert store.find(recipe("predict", outside=photos("moved", "b"))).why == (
        "MISS: outside images photos (aaaaaaaa) → moved (bbbbbbbb)"
    )
    assert store.find(recipe("predict")).why == "MISS: outside images photos (aaaaaaaa) → (none)"
    assert store.find(recipe("predict", n=1, outside=photos("moved", "a"))).why == "MISS: config n (none) → 1"
    other = produce(store, recipe("predict", outside=photos("photos", "b"))).artifact
    assert made.digest != other.digest and produce(store, recipe("predict")).artifact.digest != made.digest


def test_the_environment_is_in_the_digest_and_not_in_the_key(store):
    first = produce(store, recipe(epochs=1)).artifact
    flags = replace(recipe(epochs=1), environment={"cpu_flags": "avx2"})
    assert produce(store, flags).why == "HIT: train/1"
    second = produce(store, flags, force=True).artifact
    assert second.manifest.platform == {**first.manifest.platform, "cpu_flags": "avx2"}
    assert second.digest != first.digest


@pytest.mark.parametrize("name", ["runs", "serving", "Train", "../x", ""])
def test_a_component_that_is_no_folder_of_artifacts_is_refused(store, name):
    with pytest.raises(StoreError, match="not a component's name"):
        recipe(name)
    assert not store.root.exists()
