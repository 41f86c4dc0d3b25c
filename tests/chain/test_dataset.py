"""What `auto` means, by what can be had."""

import os

from pipeline_components.chain.dataset import settled
from pipeline_components.data import registry
from pipeline_components.ingest import IngestConfig


def test_auto_takes_mnist_when_it_can_be_had(tmp_path, monkeypatch):
    def chosen(is_made=False, **outside) -> str:
        return settled(IngestConfig(dataset="auto"), lambda config: is_made, outside).dataset

    monkeypatch.setattr(registry, "reachable", lambda name: False)
    assert chosen() == chosen(manual_dir=tmp_path) == "mnist_sample"
    assert chosen(is_made=True) == "mnist"

    for file in registry.source_files("mnist"):
        (tmp_path / file.name).touch()
        os.truncate(tmp_path / file.name, file.size_bytes)
    assert chosen(manual_dir=tmp_path) == "mnist"

    monkeypatch.setattr(registry, "reachable", lambda name: True)
    assert chosen() == "mnist"
    assert settled(IngestConfig(dataset="kmnist"), lambda config: True, {}).dataset == "kmnist"
