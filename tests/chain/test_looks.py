"""How many models were judged on the same images: each counts once, and keeps its place."""

from pipeline_components.chain.config import PipelineConfig
from pipeline_components.chain.looks import earlier_looks
from pipeline_components.chain.run import run
from pipeline_components.store import Artifact, Recipe, Store
from tests.kits.numbered import PLAIN, make_light, retrain
from tests.kits.store import maker, recipe


def made(store: Store, component: str, seed: int, files: dict[str, str] | None = None, **inputs: Artifact) -> Artifact:
    def make(out):
        for name, text in (files or {}).items():
            (out / name).write_text(text)
        return maker(component, seed)(out)

    return store.produce(recipe(component, inputs=inputs, seed=seed), make).artifact


def judged(store: Store, examples: Artifact, seed: int, **config: int) -> Artifact:
    model = made(store, "train", seed, examples=examples)
    of: Recipe = recipe("evaluate", inputs={"examples": examples, "model": model}, seed=seed, **config)
    return store.produce(of, maker("evaluate", seed)).artifact


def looks(store: Store, examples: Artifact, seed: int) -> int:
    return earlier_looks(store, {"examples": examples, "model": made(store, "train", seed, examples=examples)})


def test_each_model_counts_once_and_keeps_its_place(tmp_path):
    store = Store(tmp_path)
    examples = made(store, "preprocess", 1, {"test.arrow": "images"})
    for seed in (1, 2, 3):
        before = looks(store, examples, seed)
        assert before == seed - 1
        judged(store, examples, seed, earlier_looks=before)
    judged(store, examples, 2, earlier_looks=1, again=True)
    store.produce(recipe("evaluate", by="hand"), maker("evaluate", 9))
    assert [looks(store, examples, seed) for seed in (1, 2, 3, 4)] == [0, 1, 2, 3]


def test_other_training_data_with_the_same_test_images_counts_and_other_images_do_not(tmp_path):
    store = Store(tmp_path)
    mine, same, other = (
        made(store, "preprocess", seed, {"test.arrow": images, "train.arrow": str(seed)})
        for seed, images in ((1, "images"), (2, "images"), (3, "others"))
    )
    judged(store, same, 5)
    judged(store, other, 6)
    assert (looks(store, mine, 9), looks(store, other, 9)) == (1, 1)


def test_what_older_evaluations_did_not_count_is_counted_from_what_is_there(tmp_path):
    store = Store(tmp_path)
    examples = made(store, "preprocess", 1, {"test.arrow": "images"})
    judged(store, examples, 1)
    judged(store, examples, 2)
    assert looks(store, examples, 2) == 1 and looks(store, examples, 3) == 2


def test_a_run_settles_the_count_into_the_recipe_and_the_same_run_again_is_all_hits(tmp_path, monkeypatch):
    make_light(monkeypatch)
    store = Store(tmp_path)
    for number in (90, 91, 92):
        retrain(store, number)
    assert [each.manifest.config["earlier_looks"] for each in store.artifacts("evaluate")] == [0, 1, 2]
    again = retrain(store, 92)
    assert all(step["hit"] for step in again["steps"].values())
    run(store, PipelineConfig.from_flat(PLAIN | {"seed": 93, "earlier_looks": 40}))
    assert store.artifacts("evaluate")[-1].manifest.config["earlier_looks"] == 40
    retrain(store, 94)
    assert store.artifacts("evaluate")[-1].manifest.config["earlier_looks"] == 41
