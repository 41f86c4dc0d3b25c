"""What an artifact says of itself, and how another names it."""

from tests.kits.store import maker, recipe


def test_an_id_is_taken_apart(store):
    for n in range(12):
        made = store.produce(recipe("preprocess", n=n), maker("same bytes")).artifact
    assert (made.id, made.component, made.number) == ("preprocess/12", "preprocess", 12)


def test_as_an_input_it_is_named_by_its_id_all_of_it_and_its_bytes(store):
    first, second = (store.produce(recipe(epochs=n), maker("same bytes")).artifact for n in (1, 2))
    assert first.as_input().keys() == {"id", "digest", "content"}
    assert (first.as_input()["id"], second.as_input()["id"]) == ("train/1", "train/2")
    assert first.as_input()["content"] == second.as_input()["content"]
    assert first.as_input()["digest"] == first.digest != second.digest == second.as_input()["digest"]
