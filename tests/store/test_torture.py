"""The store's promises under kills, refusals, full and rotten disks, and races: the short form of `make torture`."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.torture import disks, races, tracing

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
needs_strace = pytest.mark.skipif(bool(tracing.lacking()), reason=tracing.lacking())
needs_mount = pytest.mark.skipif(bool(disks.lacking()), reason=disks.lacking())


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory, where an fsync costs nothing: what counts here is the order of things."""
    with tempfile.TemporaryDirectory(prefix="digits-torture-", dir=IN_MEMORY) as name:
        yield Path(name)


@pytest.fixture
def base(folder: Path) -> Path:
    return tracing.prepare(folder / "base")


@needs_strace
def test_nothing_is_shown_before_the_disk_has_it(base, folder):
    figures = tracing.order(base, folder / "scratch")
    assert figures.wrong == [] and figures.tried["rename"] >= 14


@needs_strace
def test_a_publish_or_push_killed_at_any_call_shows_nothing_partial(base, folder):
    figures = tracing.kills(base, folder / "scratch", ("publish", "push"), every=7)
    assert figures.wrong == [] and figures.tried.total() >= 7


@needs_strace
def test_an_error_of_the_disk_at_any_call_is_one_line_and_shows_nothing(base, folder):
    figures = tracing.refusals(base, folder / "scratch", ("publish", "push"), every=11)
    assert figures.wrong == [] and figures.tried["EIO"] == figures.tried["ENOSPC"] >= 5


@needs_mount
def test_a_full_disk_is_one_line_and_shows_nothing(folder):
    figures = disks.full(folder / "mount", disks.SIZES_KB[::3])
    assert figures.wrong == [] and figures.tried["refused early"] >= 3 and figures.tried["published late"] >= 1


def test_every_kind_of_bit_rot_is_found_and_never_reused(folder):
    figures = disks.rot(tracing.prepare(folder / "store"), 120)
    assert figures.wrong == [] and figures.tried.keys() == {*disks.KINDS, "in the index"}


def test_eight_processes_make_one_artifact_of_each_recipe(folder):
    figures = races.publishers(folder / "store")
    assert figures.wrong == [] and figures.tried["publishes"] == 400


def test_a_collector_without_pause_removes_nothing_that_can_be_reached(folder):
    figures = races.collecting(folder / "store")
    assert figures.wrong == [] and figures.tried["collections"] > 0


def test_a_reader_never_sees_a_partial_version(folder):
    figures = races.reader(folder / "store", changes=20)
    assert figures.wrong == [] and figures.tried["kills"] > 0 and figures.tried["looks"] > 20


def test_a_killed_run_is_completed_by_the_next_one(folder):
    figures = races.runs(folder / "store", kills=12)
    assert figures.wrong == [] and figures.tried["killed"] > 0
