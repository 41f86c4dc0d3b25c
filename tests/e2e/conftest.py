"""One real Airflow for all tests here, on a port, a home and a store of its own."""

import importlib.util
import signal
from collections.abc import Iterator

import pytest

from pipeline_components.local_airflow.home import Home
from pipeline_components.local_airflow.processes import living
from tests.kits.airflow import Place, Served
from tests.kits.images import encoded, one


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    if importlib.util.find_spec("airflow") is None:
        pytest.skip("needs Airflow: install the extra `airflow`")
    folder = tmp_path_factory.mktemp("e2e")
    place = Place(Home.at(folder / "airflow"), folder / "artifacts", folder / "images")
    place.images.mkdir()
    (place.images / "one.png").write_bytes(encoded(one()))
    yield place
    left = living(place.home)
    for process in left:
        process.kill()
    assert not left


@pytest.fixture(scope="session")
def served(place: Place) -> Iterator[Served]:
    served = place.up()
    yield served
    if served.process.poll() is None:
        assert served.interrupt(signal.SIGTERM) == 130


@pytest.fixture(scope="session")
def trained(served: Served) -> str:
    """The id of a run that made everything, on the sample with the defaults."""
    run_id = served.airflow.trigger({"dataset": "mnist_sample"})
    run = served.finish(run_id)
    assert run["state"] == "success", served.words(run_id, "verdict")
    return run_id
