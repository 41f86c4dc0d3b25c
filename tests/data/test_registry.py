"""What is known of datasets without loading anything."""

import os
import socket

import pytest

from pipeline_components.data import registry
from pipeline_components.errors import UnknownDataset

MNIST_FILES = {
    "train-images-idx3-ubyte.gz": 9_912_422,
    "train-labels-idx1-ubyte.gz": 28_881,
    "t10k-images-idx3-ubyte.gz": 1_648_877,
    "t10k-labels-idx1-ubyte.gz": 4_542,
}


def test_the_files_of_mnist_are_those_that_tfds_registers():
    files = registry.source_files("mnist")

    assert {file.name: file.size_bytes for file in files} == MNIST_FILES
    assert all(len(file.sha256) == 64 for file in files)


def test_a_configured_dataset_shares_its_base_files():
    assert registry.source_files("emnist/letters") == registry.source_files("emnist") != []


def test_a_dataset_without_downloads_has_no_files():
    assert registry.source_files("mnist_sample") == []
    assert registry.source_files("no_such_set") == []


@pytest.mark.parametrize("name", ["auto", "mnist", "mnist_sample", "emnist", "emnist/letters", "mnist_corrupted"])
def test_a_name_of_the_registry_or_of_tfds_is_taken(name):
    assert registry.check_name(name) == name


@pytest.mark.parametrize(
    ("name", "said"), [("emnits/letters", "did you mean 'emnist'"), ("nope", "known: fashion_mnist, kmnist, mnist, mn")]
)
def test_another_is_refused_with_the_nearest(name, said):
    with pytest.raises(UnknownDataset, match=said):
        registry.check_name(name)


def test_a_folder_must_hold_every_file_whole(tmp_path):
    for name, size_bytes in MNIST_FILES.items():
        (tmp_path / name).touch()
        os.truncate(tmp_path / name, size_bytes - 1)
        assert not registry.in_folder("mnist", tmp_path)
        os.truncate(tmp_path / name, size_bytes)
    assert registry.in_folder("mnist", tmp_path)
    (tmp_path / name).unlink()
    assert not registry.in_folder("mnist", tmp_path)


def test_mnist_and_its_sample_are_one_line_with_bars_of_their_own():
    assert registry.dataset("mnist").line == registry.dataset("mnist_sample").line == "mnist"
    assert registry.dataset("mnist").accuracy_threshold == 0.97
    assert registry.dataset("mnist_sample").accuracy_threshold == 0.85
    assert registry.known("emnist") is None
    assert registry.dataset("emnist").line == "emnist"


@pytest.mark.parametrize("error", [OSError("no route"), TimeoutError()])
def test_a_host_that_does_not_answer_is_not_reachable(monkeypatch, error):
    def no_address(*arguments, **keywords):
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", no_address)

    assert not registry.reachable("mnist", timeout_s=0.5)
    assert not registry.reachable("mnist_sample")
    assert registry.host("mnist") != registry.host("mnist_sample") == "its host"
