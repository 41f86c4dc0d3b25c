"""A verb for each component of the table."""

import pytest

from pipeline_components.chain.components import COMPONENTS
from pipeline_components.commands import components
from pipeline_components.errors import ArtifactNotFound, BadConfig
from pipeline_components.store import Store
from tests.kits.store import produce, recipe


def test_every_component_is_a_verb_with_its_words_and_nothing_else_is():
    for name, component in COMPONENTS.items():
        assert getattr(components, name).__doc__.startswith(component.doc)
    with pytest.raises(AttributeError, match=r"^no_component$"):
        components.no_component  # noqa: B018


def test_a_verb_takes_its_inputs_from_its_flags(tmp_path, monkeypatch):
    monkeypatch.setattr(components, "_log_to_stderr", lambda: None)
    store = Store(tmp_path / "store")
    produce(store, recipe("ingest"))
    options = components.verb_type(COMPONENTS["train"])
    with pytest.raises(ArtifactNotFound, match="no preprocess artifact yet"):
        components.train(options=options(store=store.root))
    with pytest.raises(BadConfig, match="--examples: ingest/1 found, an artifact of preprocess expected"):
        components.train(options=options(store=store.root, examples="ingest/1"))
