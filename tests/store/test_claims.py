import threading
from concurrent.futures import ThreadPoolExecutor

from pipeline_components.store.claims import KEYS, Claims
from tests.kits.store import produce, recipe


def test_of_many_who_enter_one_recipe_the_first_has_it(here, there):
    unnamed, barrier = produce(here, recipe(seed=0)).artifact.manifest, threading.Barrier(2)
    here.ledger.bucket.delete(f"{KEYS}/{unnamed.key}/000000001.json")

    def enter(store):
        barrier.wait(10)
        return Claims(store.mirror).enter(unnamed, anew=False)

    with ThreadPoolExecutor(2) as pool:
        entered = list(pool.map(enter, (here, there)))
    assert {manifest.id for manifest, _ in entered} == {"train/2"}
    assert sorted(is_mine for _, is_mine in entered) == [False, True]
    assert [each for each, _ in Claims(there.mirror).made("train", unnamed.key)] == ["train/2"]


def test_what_is_claimed_anew_comes_first_and_what_was_collected_not_at_all(here):
    manifest = produce(here, recipe(seed=0)).artifact.manifest
    claims = Claims(here.mirror)
    assert claims.enter(manifest, anew=False) == (manifest, False)
    assert claims.enter(manifest, anew=True)[0].id == "train/2"
    assert [each for each, _ in claims.made("train", manifest.key)] == ["train/2", "train/1"]
    path = f"{KEYS}/{manifest.key}/000000002.json"
    here.ledger.put(path, {**here.ledger.get(path), "collected": "train/2"})
    assert [each for each, _ in claims.made("train", manifest.key)] == ["train/1"]
    assert claims.enter(manifest, anew=False)[0].id == "train/3"
