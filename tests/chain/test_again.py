"""The recipe of an artifact that is there, or of a step that a run did not finish, as it would be now."""

import shutil

import pytest

from pipeline_components.chain.again import artifact_again, component_named, step_again
from pipeline_components.chain.components import COMPONENTS
from pipeline_components.chain.produce import recipe_of
from pipeline_components.errors import BadConfig, BadData, StoreError
from pipeline_components.store import Recipe
from pipeline_components.store.manifest import input_entries
from tests.kits.images import encoded, one
from tests.kits.light import CONFIG

RUN = {"run_id": "run__1", "parameters": CONFIG.flat()}


@pytest.mark.parametrize("name", ["ingest", "train", "report"])
def test_the_recipe_of_an_artifact_is_the_one_that_it_was_made_by(store, name):
    artifact = store.artifact(f"{name}/1")
    again = artifact_again(store, artifact, {})
    assert again.recipe.key == artifact.manifest.key and again.recipe.config == CONFIG[name].model_dump(mode="json")
    assert {each.id for each in again.recipe.artifacts()} == {
        each["id"] for _, each in input_entries(artifact.manifest.inputs)
    }


def test_a_step_that_was_made_is_its_artifact_and_one_that_failed_follows_from_what_the_run_had(store):
    steps = {name: {"id": f"{name}/1"} for name in ("ingest", "preprocess", "train", "evaluate")}
    assert step_again(store, RUN | {"steps": steps}, "train", {}).recipe.key == store.artifact("train/1").manifest.key
    failed = step_again(store, RUN | {"steps": steps}, "export", {}).recipe
    assert failed.key == store.artifact("export/1").manifest.key
    other = RUN | {"steps": steps, "parameters": CONFIG.flat() | {"latency_calls": 21}}
    assert step_again(store, other, "export", {}).recipe.config == failed.config | {"latency_calls": 21}


def test_a_step_without_its_inputs_and_a_name_that_is_none_are_refused(store):
    with pytest.raises(StoreError, match=r"^run__1: train had no input: preprocess was not made in that run$"):
        step_again(store, RUN | {"steps": {"ingest": {"id": "ingest/1"}}}, "train", {})
    with pytest.raises(BadConfig, match=r"^unknown component 'trian'; did you mean 'train'\?$"):
        component_named("trian")
    assert component_named("predict") is COMPONENTS["predict"]


def test_parameters_that_are_none_any_more_are_named(store):
    made = store.artifact("train/1")
    old = Recipe("train", made.manifest.config | {"epochs": 0, "momentum": 0.9}, {}, {}, {})
    artifact = store.produce(old, lambda out: {}).artifact
    with pytest.raises(
        BadConfig, match=r"^train/2: made with other parameters than there are now: .*momentum"
    ) as caught:
        artifact_again(store, artifact, {})
    assert "epochs: 0 found" in str(caught.value)


def test_a_folder_outside_is_looked_for_where_it_was_and_must_hold_the_same(store, tmp_path):
    images, predict = tmp_path / "images", COMPONENTS["predict"]
    images.mkdir()
    (images / "1.png").write_bytes(encoded(one()))
    recipe = recipe_of(predict, predict.config(), {"model": store.artifact("export/1")}, {"images": images})
    artifact = store.produce(recipe, lambda out: {}).artifact

    assert artifact_again(store, artifact, {}).recipe == recipe
    moved = shutil.copytree(images, tmp_path / "moved")
    (images / "2.png").write_bytes(encoded(one()))
    assert artifact_again(store, artifact, {"images": moved}).recipe.key == recipe.key
    with pytest.raises(BadData, match=rf"^{images}: images: not what predict/1 was made from"):
        artifact_again(store, artifact, {})
