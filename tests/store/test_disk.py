"""What a folder holds, files read without a wait or a link followed, and the disk's refusals in one line."""

import errno
import hashlib
import os

import pytest

from pipeline_components.errors import StoreError
from pipeline_components.regular_files import read_regular
from pipeline_components.store import disk


def test_a_listing_names_files_folders_empty_folders_and_what_has_no_place(tmp_path):
    (tmp_path / "a" / "empty").mkdir(parents=True)
    (tmp_path / "a" / "file").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe")
    found = disk.listing(tmp_path)
    assert found.sizes == {"a/file": 5}
    assert sorted(found.folders) == ["a", "a/empty"] and found.empty == ["a/empty"]
    assert found.odd == {"link": "a link", "pipe": "neither a file nor a folder"}


@pytest.mark.parametrize("threads", [1, 3])
def test_files_are_hashed_whole(tmp_path, threads):
    contents = {f"file{n}": os.urandom(100_000 * n) for n in range(4)}
    for name, raw in contents.items():
        (tmp_path / name).write_bytes(raw)
    expected = {name: hashlib.sha256(raw).hexdigest() for name, raw in contents.items()}
    assert disk.hash_files(tmp_path, contents, threads=threads, sync=True) == expected


def test_a_link_a_fifo_and_a_folder_are_no_files_to_read(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe")
    assert read_regular(tmp_path / "file") == b"x"
    for path in (tmp_path / "link", tmp_path / "pipe", tmp_path):
        with pytest.raises(OSError, match=r"Too many levels of symbolic links|not a regular file"):
            read_regular(path)


def test_a_new_file_is_never_written_over_another(tmp_path):
    disk.write_new(tmp_path / "file", b"first")
    with pytest.raises(FileExistsError):
        disk.write_new(tmp_path / "file", b"second")
    assert (tmp_path / "file").read_bytes() == b"first"


def test_what_the_system_writes_in_pieces_is_written_whole(tmp_path, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, raw: write(descriptor, raw[:3]))
    disk.write_new(tmp_path / "file", b"0123456789")
    assert (tmp_path / "file").read_bytes() == b"0123456789"


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_345_678, "12.3 MB"), (5e9, "5.0 GB"), (2e15, "2000.0 TB")],
)
def test_a_size_is_told_in_the_unit_that_fits(count, text):
    assert disk.size(count) == text


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (errno.ENOSPC, r"at least 2\.0 MB needed, .* free: make room \(digits gc\) and run again"),
        (errno.EDQUOT, r"at least 2\.0 MB needed, .* free: make room \(digits gc\) and run again"),
        (errno.EROFS, "make the store writable, or choose another with --store"),
        (errno.EACCES, "make the store writable, or choose another with --store"),
        (errno.EIO, "check the disk, then run again"),
        (errno.EINVAL, "check the store's folder"),
    ],
)
def test_a_refusal_says_where_during_what_and_what_to_do(tmp_path, code, said):
    where = tmp_path / "train.arrow"
    error = os.strerror(code).lower()
    with (
        pytest.raises(StoreError, match=rf"^{where}: {error} while publishing: {said}$"),
        disk.disk_errors(tmp_path, "publishing", 2_000_000),
    ):
        raise OSError(code, os.strerror(code), str(where))


def test_the_room_of_a_folder_that_is_not_there_is_that_of_its_parent(tmp_path):
    found = os.statvfs(tmp_path)
    free = found.f_bavail * found.f_frsize
    assert abs(disk.free_bytes(tmp_path / "not" / "there") - free) < 0.1 * free + 10**9
