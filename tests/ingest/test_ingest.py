"""Ingest: a tfds folder that tfds opens again, and one line for everything that can be wrong with its origin."""

import functools
import http.server
import shutil
import tempfile
import threading
from collections import Counter
from pathlib import Path

import pytest

from pipeline_components.data import registry
from pipeline_components.errors import BadData, DatasetUnavailable, UnknownDataset
from pipeline_components.ingest import IngestConfig, ingest


def labels(folder: Path, split: str) -> Counter:
    import tensorflow_datasets as tfds

    examples = tfds.builder_from_directory(folder).as_dataset(split=split, shuffle_files=False)
    return Counter(int(example["label"]) for example in tfds.as_numpy(examples))


def test_the_sample_is_a_tfds_folder_with_500_images_a_class(tmp_path):
    facts = ingest(out=tmp_path, config=IngestConfig(dataset="mnist_sample"))

    assert facts == {
        "dataset": "mnist_sample",
        "version": "1.0.0",
        "classes": 10,
        "splits": {"test": 1000, "train": 4000},
    }
    assert [path.name for path in tmp_path.iterdir()] == ["examples"]
    assert labels(tmp_path / "examples", "train") == dict.fromkeys(range(10), 400)
    assert labels(tmp_path / "examples", "test") == dict.fromkeys(range(10), 100)


def test_nothing_is_left_among_the_temporary_files(tmp_path, monkeypatch):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    ingest(out=tmp_path / "out", config=IngestConfig(dataset="mnist_sample"))
    assert list((tmp_path / "temporary").iterdir()) == []
    assert tempfile.gettempdir() == str(tmp_path / "temporary")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mnits", "did you mean 'mnist'"),
        ("nope", "known: fashion_mnist, kmnist, mnist, mnist_sample$"),
        ("cifar10", "not one of 28×28"),
        ("emnist/nothing", "unknown dataset"),
    ],
)
def test_a_set_that_cannot_be_used_is_named(tmp_path, name, said):
    with pytest.raises(UnknownDataset, match=said):
        ingest(out=tmp_path, config=IngestConfig(dataset=name))


def test_without_a_route_the_missing_files_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "reachable", lambda name: False)

    with pytest.raises(DatasetUnavailable, match=r"train-images-idx3-ubyte.gz.*--manual-dir.*mnist_sample"):
        ingest(out=tmp_path, config=IngestConfig(dataset="mnist"))
    with pytest.raises(DatasetUnavailable, match="no such folder"):
        ingest(out=tmp_path, config=IngestConfig(dataset="mnist"), manual_dir=tmp_path / "absent")


def test_a_folder_of_other_files_is_refused_by_checksum(tmp_path):
    manual_dir = tmp_path / "manual"
    manual_dir.mkdir()
    for file in registry.source_files("mnist"):
        (manual_dir / file.name).write_bytes(b"not MNIST")
    (tmp_path / "out").mkdir()

    with pytest.raises(
        BadData, match=r"idx\d-ubyte.gz: 9 bytes with sha256 .* expected for mnist: fetch the file again"
    ):
        ingest(out=tmp_path / "out", config=IngestConfig(dataset="mnist"), manual_dir=manual_dir)


@pytest.mark.mnist
@pytest.mark.parametrize("damage", ["truncated", "altered"])
def test_one_damaged_file_is_named(tmp_path, mnist_dir, damage):
    manual_dir = tmp_path / "manual"
    shutil.copytree(mnist_dir, manual_dir)
    victim = manual_dir / "t10k-images-idx3-ubyte.gz"
    data = bytearray(victim.read_bytes())
    data[1000] ^= 1
    victim.chmod(0o644)
    victim.write_bytes(data[:-1] if damage == "truncated" else data)
    (tmp_path / "out").mkdir()

    with pytest.raises(BadData, match=f"{victim.name}: {len(data) - (damage == 'truncated'):,} bytes"):
        ingest(out=tmp_path / "out", config=IngestConfig(dataset="mnist"), manual_dir=manual_dir)


@pytest.mark.mnist
@pytest.mark.slow
def test_all_of_mnist_is_downloaded_from_its_host(tmp_path, mnist_dir, monkeypatch):
    """The real download path of tfds, with its host played by a server on this machine."""
    import tensorflow_datasets as tfds
    from tensorflow_datasets.image_classification.mnist import MNIST

    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=mnist_dir)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        files = [
            registry.SourceFile(url + f.name, f.size_bytes, f.sha256, f.name) for f in registry.source_files("mnist")
        ]
        infos = {
            f.url: tfds.core.download.checksums.UrlInfo(size=f.size_bytes, checksum=f.sha256, filename=f.name)
            for f in files
        }
        monkeypatch.setattr(MNIST, "URL", url)
        monkeypatch.setattr(MNIST, "url_infos", infos)
        monkeypatch.setattr(registry, "source_files", lambda name: files)
        facts = ingest(out=tmp_path, config=IngestConfig(dataset="mnist"))
        server.shutdown()

    assert facts["splits"] == {"test": 10_000, "train": 60_000}
    assert sum(labels(tmp_path / "examples", "test").values()) == 10_000
    assert [path.name for path in tmp_path.iterdir()] == ["examples"]
