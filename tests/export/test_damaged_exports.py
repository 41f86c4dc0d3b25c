"""A corrupted, truncated or swapped export never becomes a served version: 500 of them, each file named."""

import json
import shutil

import numpy as np
import pytest

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import ArtifactDamaged
from pipeline_components.export import ExportConfig
from pipeline_components.export.golden import GOLDEN_FILE, read_golden, write_golden
from pipeline_components.export.infra_validation import validate
from pipeline_components.store import ServedModel, Store

DAMAGES = 500
FAILED = {
    "truncated": ["SavedModel"],
    "swapped": ["golden SavedModel", "golden PNG"],
    "no golden batch": ["SavedModel"],
}


@pytest.fixture
def store(finished, tmp_path):
    """A store with an export, and nothing served yet."""
    root = shutil.copytree(finished, tmp_path / "store")
    shutil.rmtree(root / "serving")
    return Store(root)


def test_no_damaged_export_is_pushed(store):
    export, rng = store.artifacts("export")[0], np.random.default_rng(0)
    files = sorted(export.manifest.files)
    for file in (export.path / name for name in files):
        file.chmod(0o644)
    for i in range(DAMAGES):
        name = files[i % len(files)]
        file = export.path / name
        whole = file.read_bytes()
        file.write_bytes(damaged(whole, rng, flip=i % 3 != 0))
        with pytest.raises(ArtifactDamaged, match=name.replace(".", r"\.")):
            ServedModel(store.root, MODEL_NAME).push(export, who="test", why="it must not")
        file.write_bytes(whole)
    assert ServedModel(store.root, MODEL_NAME).versions() == []
    assert ServedModel(store.root, MODEL_NAME).push(export, who="test", why="whole again").number == 1


def damaged(whole, rng, *, flip):
    """One bit flipped, or the end cut off."""
    if not flip:
        return whole[: int(rng.integers(0, len(whole)))]
    at = int(rng.integers(0, len(whole)))
    return whole[:at] + bytes([whole[at] ^ (1 << int(rng.integers(0, 8)))]) + whole[at + 1 :]


def test_another_models_file_in_its_place_is_not_pushed(store):
    export = store.artifacts("export")[0]
    other = export.path / "model.tflite"
    place = export.path / "saved_model" / "saved_model.pb"
    place.chmod(0o644)
    place.write_bytes(other.read_bytes())
    with pytest.raises(ArtifactDamaged, match=r"saved_model/saved_model\.pb"):
        ServedModel(store.root, MODEL_NAME).push(export, who="test", why="it must not")
    assert ServedModel(store.root, MODEL_NAME).current() is None


@pytest.mark.parametrize("damage", ["truncated", "swapped", "no golden batch"])
def test_a_broken_file_before_it_is_published_fails_infra_validation(finished, tmp_path, damage):
    """Before there is a manifest, the golden batch tells; the validator lives on to say so."""
    folder = shutil.copytree(Store(finished).artifacts("export")[0].path, tmp_path / "export")
    graph, golden = folder / "saved_model" / "saved_model.pb", folder / "saved_model" / GOLDEN_FILE
    for file in (graph, golden):
        file.chmod(0o644)
    if damage == "truncated":
        graph.write_bytes(graph.read_bytes()[:-1000])
    elif damage == "swapped":
        batch = read_golden(golden)
        write_golden(golden, type(batch)(batch.image, batch.probabilities[::-1]))
    else:
        golden.unlink()
    config = ExportConfig(latency_calls=1, memory_budget_mb=50_000)  # of this process, in which other tests have run
    validation = validate(folder / "saved_model", None, config)
    assert [check.name for check in validation.checks if not check.passed] == FAILED[damage]
    assert validation.reasons() == validation.reasons("behaviour") and validation.reasons("budget") == []
    assert json.loads(json.dumps(validation.as_json())) == validation.as_json()
