"""Who waits for whom, and what the dead leave."""

import threading
from pathlib import Path

import pytest

from pipeline_components.store import ServedModel
from pipeline_components.store.gc import collect
from pipeline_components.store.pins import pin
from tests.kits.store import maker, produce, recipe


def test_threads_with_one_recipe_make_one_artifact(store):
    made = []

    def make(out: Path):
        made.append(out)
        return maker("x")(out)

    outcomes = []
    threads = [threading.Thread(target=lambda: outcomes.append(store.produce(recipe(), make))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1 and sorted(outcome.hit for outcome in outcomes) == [False] + [True] * 7
    assert {outcome.artifact.id for outcome in outcomes} == {"train/1"}
    assert list((store.root / ".locks").glob("recipe-*")) == []


@pytest.mark.parametrize("name", ["store", "pins", "keys", "recipe", "component", "model", "digits", "index", "a" * 40])
def test_a_component_or_a_model_may_have_any_name_and_waits_for_nobody(store, name):
    def use() -> None:
        made = produce(store, recipe(name)).artifact
        pin(store.root, made.id)
        assert ServedModel(store.root, name).push(made).export == f"{name}/1"
        assert produce(store, recipe(name)).hit and collect(store.root, dry_run=False).collected == {}
        done.append(store.verify())

    done: list = []
    thread = threading.Thread(target=use, daemon=True)
    thread.start()
    thread.join(20)
    assert done == [[]]


def test_drafts_of_the_dead_are_swept_and_those_of_the_living_are_not(store):
    produce(store, recipe(epochs=1))
    dead = store.root / ".drafts" / ".draft-dead"
    dead.mkdir()
    (dead / "half").write_text("half")

    def make(out: Path):
        assert not dead.exists()
        assert store.sweep() == [] and out.exists()
        return {}

    store.produce(recipe(epochs=2), make)
    dead.mkdir()
    store.write_run("manual__1", {})
    assert list(store.root.rglob(".draft-*")) == []
