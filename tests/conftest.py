"""What tests share."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import numpy as np
import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.kits import components
from tests.kits.images import encoded, one
from tests.kits.serving import Running, export_networks, put_version

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# A machine shared with other work may pause in any test.
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")

ROOT = Path(__file__).parent.parent
# In this order: what some put into service and take out again, others would find.
AIRFLOW_IS_UP = tuple(
    f"tests/e2e/test_{name}.py" for name in ("browser", "rest", "pages", "stop", "tuning", "approval", "killed")
)
CHROMIUM_FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits longest comes first."""
    order = {file: place for place, file in enumerate(AIRFLOW_IS_UP)}
    items.sort(key=lambda item: order.get(item.nodeid.partition("::")[0], len(order)))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Workers share the files, each whole; all that need the Airflow that tests/e2e starts are one worker's."""

    class Files(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return "airflow" if file in AIRFLOW_IS_UP else file

    return Files(config, log)


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """The folder with MNIST's four original files; tests that need it are skipped by name where it is not."""
    folder = os.environ.get("DIGITS_MANUAL_DIR")
    if not folder or not (Path(folder) / "train-images-idx3-ubyte.gz").is_file():
        pytest.skip("needs all of MNIST: set DIGITS_MANUAL_DIR to the folder with its four original files")
    return Path(folder).resolve()


class Digits:
    """The `digits` command as its users run it: a process of its own, on a store of its own."""

    def __init__(self, store: Path) -> None:
        self.store = store

    def __call__(self, *arguments: str, rc: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run it and check the exit code; stdout and stderr are in the result."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("DIGITS_")}
        result = subprocess.run(
            [sys.executable, "-m", "pipeline_components", *arguments],
            env=clean | {"DIGITS_STORE": str(self.store), "PYTHONPATH": str(ROOT)} | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == rc, f"digits {' '.join(arguments)}: {result.returncode}\n{result.stderr}"
        return result

    def json(self, *arguments: str, rc: int = 0, **environment: str) -> Any:
        """What it prints with --json."""
        return json.loads(self(*arguments, "--json", rc=rc, **environment).stdout)

    def files(self) -> dict[str, bytes]:
        """Every published file of the store: what may not change when a command fails."""
        paths = (
            path
            for path in self.store.rglob("*")
            if path.is_file() and not path.relative_to(self.store).parts[0].startswith(".")
        )
        return {str(path.relative_to(self.store)): path.read_bytes() for path in paths if "runs" not in path.parts}


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which one run on the sample, of three epochs, has served its model: copy it before you change it."""
    store = tmp_path_factory.mktemp("finished") / "store"
    Digits(store)("run", *components.QUICK)
    return store


@pytest.fixture
def digits(finished: Path, tmp_path: Path) -> Digits:
    """The command, on a copy of the finished store."""
    return Digits(shutil.copytree(finished, tmp_path / "store", symlinks=True))


@pytest.fixture(scope="session")
def chain_root(tmp_path_factory) -> Path:
    """The folder whose subfolders `ingest`, `preprocess` … the fixtures below make, each once, on mnist_sample."""
    return tmp_path_factory.mktemp("chain")


@pytest.fixture(scope="session")
def chain_facts() -> dict[str, dict[str, Any]]:
    """What each component that has been called returned."""
    return {}


def component_fixture(component: str, *before: str):
    """A session fixture: the artifact folder that the component made of real images with its default parameters."""

    @pytest.fixture(scope="session")
    def folder(request, chain_root, chain_facts) -> Path:
        for name in before:
            request.getfixturevalue(name)
        chain_facts[component] = components.call(component, chain_root, chain_root / component)
        return chain_root / component

    return folder


ingested = component_fixture("ingest")
preprocessed = component_fixture("preprocess", "ingested")
trained = component_fixture("train", "preprocessed")
evaluated = component_fixture("evaluate", "trained")
reported = component_fixture("report", "evaluated")
approved = component_fixture("approve", "evaluated")
exported = component_fixture("export", "evaluated")
tuned = component_fixture("tune", "trained", "studied")
predicted = component_fixture("predict", "exported", "photographed")


@pytest.fixture(scope="session")
def studied(chain_root) -> Path:
    """A folder with the study of two trials: the first is the model of `trained`, the second has failed."""
    folder = chain_root / "study"
    folder.mkdir()
    told = {"epochs": 20, "validation_loss": 0.3, "validation_accuracy": 0.9, "reason": "", "elapsed_s": 2.5}
    tried = {"learning_rate": 0.001, "batch_size": 128, "activation": "sigmoid", "dropout": 0.0}
    failed = {"state": "failed", "validation_loss": None, "validation_accuracy": None, "reason": "loss is nan"}
    first = {"number": 0, "state": "complete", "parameters": tried, **told}
    (folder / "study.json").write_text(json.dumps({"trials": [first, {**first, "number": 1, **failed}]}))
    return folder


@pytest.fixture(scope="session")
def photographed(chain_root) -> Path:
    """A folder of photographs: a one, turned, and a page without a digit."""
    folder = chain_root / "images"
    folder.mkdir()
    for turn, name in enumerate(("a.png", "b.jpg", "c.png")):
        (folder / name).write_bytes(encoded(np.rot90(one(), turn), "JPEG" if name.endswith("jpg") else "PNG"))
    (folder / "blank.png").write_bytes(encoded(np.full((30, 30), 255, np.uint8)))
    return folder


@pytest.fixture(scope="module")  # Playwright's event loop runs as long as it: other tests have theirs
def chromium() -> Iterator["Browser"]:
    """Headless Chromium; tests that need it are skipped by name where it is not."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("needs Chromium: Debian's package chromium")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def saved_models(tmp_path_factory):
    """Folder of SavedModels: `a` and `b` of untrained networks, `trained` fitted to MNIST if that is here."""
    folder = tmp_path_factory.mktemp("saved_models")
    export_networks(folder, os.environ.get("DIGITS_MANUAL_DIR"))
    return folder


@pytest.fixture(scope="session")
def server(saved_models, tmp_path_factory):
    """A running `digits serve` that began with the export `a` as version 1, and keeps corrections."""
    store = tmp_path_factory.mktemp("served")
    (store / "serving" / "digits").mkdir(parents=True)
    put_version(store / "serving" / "digits", 1, saved_models / "a")
    server = Running(store, "--feedback", str(store / "feedback"), log=store / "log")
    server.wait_for(1)
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.log.read_text()
