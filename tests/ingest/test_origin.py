"""Where original files come from: a folder, their host, or one line that says what to put where."""

import hashlib

import pytest

from pipeline_components.data import registry
from pipeline_components.data.registry import SourceFile
from pipeline_components.errors import DatasetUnavailable
from pipeline_components.ingest.origin import check_origin, wrong_checksum

ONE, TWO = (
    SourceFile(f"http://host.example/{name}", 3, hashlib.sha256(name.encode()).hexdigest(), name)
    for name in ("one", "two")
)


@pytest.fixture(autouse=True)
def host(monkeypatch):
    """A dataset of two files, whose host answers when it is in the set."""
    answering = set()
    monkeypatch.setattr(registry, "source_files", lambda name: [] if name == "packaged" else [ONE, TWO])
    monkeypatch.setattr(registry, "reachable", lambda name: name in answering)
    return answering


def test_files_that_are_in_the_folder_need_no_host(tmp_path):
    (tmp_path / "one").touch()
    (tmp_path / "two").touch()
    check_origin("letters", tmp_path)
    check_origin("packaged", None)


def test_a_host_that_answers_may_fill_up_what_the_folder_lacks(tmp_path, host):
    host.add("letters")
    check_origin("letters", tmp_path)
    check_origin("letters", None)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (True, "letters: host.example does not answer: put two into {}, or set --dataset to mnist_sample"),
        (
            False,
            "letters: host.example does not answer: put one, two into a folder and name it with --manual-dir, "
            "or set --dataset to mnist_sample",
        ),
    ],
)
def test_without_either_the_missing_files_are_named(tmp_path, given, said):
    (tmp_path / "one").touch()
    with pytest.raises(DatasetUnavailable) as refused:
        check_origin("letters", tmp_path if given else None)
    assert str(refused.value) == said.format(tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path, host):
    host.add("letters")
    with pytest.raises(DatasetUnavailable, match=f"^{tmp_path}/x: no such folder: --manual-dir names the folder of"):
        check_origin("letters", tmp_path / "x")


def test_a_wrong_checksum_is_that_of_the_first_file_which_is_not_as_registered(tmp_path):
    (tmp_path / "one").write_bytes(b"one")
    assert wrong_checksum("letters", tmp_path) == wrong_checksum("letters", None)
    (tmp_path / "two").write_bytes(b"three")
    assert wrong_checksum("letters", tmp_path) == (
        f"{tmp_path}/two: 5 bytes with sha256 8b5b9db0… found, 3 bytes with 3fc4ccfe… expected for letters: "
        "fetch the file again"
    )
    assert wrong_checksum("letters", None).startswith("letters: a downloaded file has not the checksum")
