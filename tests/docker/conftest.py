"""A cluster for the tests that ask for one."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.kits.engine import Cluster, Engine, NoEngine, cluster, private_engine

PROGRAMS = ("dockerd", "docker", "debootstrap")


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A Docker engine with both images built: the one that DOCKER_HOST names, or one that ends with the tests."""
    if os.environ.get("DIGITS_CLUSTER") != "1":
        pytest.skip("builds images and runs a cluster for some ten minutes: set DIGITS_CLUSTER=1")
    if missing := [program for program in PROGRAMS if not shutil.which(program)]:
        pytest.skip(f"needs {', '.join(missing)}")
    host = os.environ.get("DOCKER_HOST")
    if not host and os.getuid() != 0:
        pytest.skip("needs root, to start a Docker engine of its own, or DOCKER_HOST")
    with ExitStack() as ended_with_the_tests:
        try:
            given = Engine(host, tmp_path_factory.mktemp("engine")) if host else None
            found = given or ended_with_the_tests.enter_context(private_engine())
            found.prepare()
        except NoEngine as error:
            pytest.skip(" ".join(str(error).split()))
        yield built(found)


def built(engine: Engine) -> Engine:
    """The engine, with both images of this repository."""
    print(f"\nimages built in {engine.build():.0f} s")
    return engine


@pytest.fixture(scope="session")
def up(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The Compose file up, with two workers and two trainers."""
    folder = tmp_path_factory.mktemp("cluster")
    with cluster(engine, folder, "--scale", "worker=2", "--scale", "trainer=2") as started:
        yield started
