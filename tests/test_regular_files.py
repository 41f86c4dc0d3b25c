"""Only regular files are opened, at once, and no more of one is read than was asked for."""

import os
import socket
from pathlib import Path

import pytest

from pipeline_components.regular_files import open_regular, read_regular


def test_the_bytes_of_a_file_come_back_up_to_the_bound(tmp_path):
    (tmp_path / "file").write_bytes(b"12345")
    assert read_regular(tmp_path / "file") == read_regular(tmp_path / "file", 5) == b"12345"
    with pytest.raises(OSError, match="5 bytes found, at most 4 expected"):
        read_regular(tmp_path / "file", 4)


def test_a_link_is_followed_only_when_asked(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert read_regular(tmp_path / "link", follow=True) == b"x"
    with pytest.raises(OSError, match="symbolic link"):
        read_regular(tmp_path / "link")


def descriptors_of(name: str) -> int:
    """How many descriptors of this process are of a file; other threads may open and close other files meanwhile."""
    return [path.resolve() for path in Path("/dev/fd").iterdir()].count(Path(name).resolve())


@pytest.mark.timeout(20)
def test_nothing_else_is_opened_or_waited_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's name has at most 107 bytes
    os.mkfifo("fifo")
    Path("folder").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        for name in ("fifo", "folder", "/dev/zero", "/dev/stdin", "socket", "absent"):
            before = descriptors_of(name)
            with pytest.raises(OSError):
                open_regular(name, follow=True)
            assert descriptors_of(name) == before, name
