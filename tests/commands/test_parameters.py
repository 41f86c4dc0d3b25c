"""Flags that follow from the table of components."""

from dataclasses import fields
from pathlib import Path

import pytest

from pipeline_components.chain.components import COMPONENTS, run_components
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.commands.parameters import (
    Parameters,
    RunOutside,
    folders,
    forced,
    given,
    pipeline_config,
    verb_type,
)
from pipeline_components.errors import BadConfig
from pipeline_components.train import TrainConfig


def test_force_means_all_when_it_names_none_and_nothing_when_it_was_not_given():
    assert (
        forced(None) == set()
        and forced([]) == {each.name for each in run_components()}
        and forced(["train"]) == {"train"}
    )
    with pytest.raises(BadConfig, match=r"^--force: unknown component 'trian'; did you mean 'train'\?$"):
        forced(["ingest", "trian"])


def test_the_flags_of_a_run_are_its_config():
    assert pipeline_config(Parameters()) == PipelineConfig()
    assert pipeline_config(Parameters(train=TrainConfig(epochs=7)))["train"].epochs == 7


def test_a_verb_has_its_inputs_its_folders_and_what_every_verb_has():
    common = ["store", "force", "json"]
    assert [each.name for each in fields(verb_type(COMPONENTS["evaluate"]))] == ["examples", "model", *common]
    assert [each.name for each in fields(verb_type(COMPONENTS["predict"]))] == ["images", *common]


def test_only_what_was_named_is_given():
    assert folders(RunOutside()) == {}
    assert folders(RunOutside(manual_dir=Path("mnist"))) == {"manual_dir": Path("mnist")}
    options = verb_type(COMPONENTS["evaluate"])(model="train/3")
    assert given(options, ("examples", "model", "no such")) == {"model": "train/3"}
