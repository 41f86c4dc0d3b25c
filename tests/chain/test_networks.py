"""Every network goes all the way: trained, judged beside a champion of another kind, reported, served, rolled back."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipeline_components.chain.components import COMPONENTS, run_components
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.chain.produce import produce
from pipeline_components.chain.service import carry_out
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.json_files import read_json
from pipeline_components.models import NETWORKS
from pipeline_components.store import Store
from tests.kits.images import encoded, one
from tests.kits.serving import IMAGE, PREDICT, Running

WHY = "one epoch is enough for a test"
QUICK = {"dataset": "mnist_sample", "epochs": 1, "golden_examples": 16, "latency_calls": 10, "force_bless": WHY}
OWN = {"ensemble": {"members": 2}}
ORDER = ["mlp", *(name for name in NETWORKS if name != "mlp")]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("networks") / "artifacts")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    (folder / "one.png").write_bytes(encoded(one()))
    return folder


@pytest.fixture(scope="module")
def server(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    run(store, "mlp")
    server = Running(store.root, log=tmp_path_factory.mktemp("log") / "server")
    yield server
    assert server.stop() == 0


def run(store: Store, network: str) -> dict[str, str]:
    """A retraining; component → id."""
    config, made = PipelineConfig.from_flat({**QUICK, "network": network, **OWN.get(network, {})}), {}
    for component in run_components():
        step = carry_out(component, store, config, made, run_id=network, who="a test")
        made |= {name: outcome.artifact.id for name, outcome in step.outcomes.items()}
    return made


@pytest.mark.parametrize("network", ORDER)
def test_a_network_is_trained_compared_reported_served_and_asked(
    network: str, store: Store, server: Running, images: Path
) -> None:
    made = run(store, network)
    model, evaluation = store.artifact(made["train"]).manifest, store.artifact(made["evaluate"])
    assert (model.facts["network"], model.config["network"]) == (network, network)
    version = store.served(MODEL_NAME).current()
    assert version is not None and (version.number, version.export) == (1 + ORDER.index(network), made["export"])
    beside = read_json(evaluation.path / "metrics.json")["champion"]
    if network == "mlp":
        assert beside is None
    else:
        before = store.artifact(evaluation.manifest.inputs["champion"]["id"])
        champion = store.artifact(before.manifest.inputs["model"]["id"])
        assert champion.manifest.config["network"] == ORDER[ORDER.index(network) - 1]
        assert (beside["problems"], beside["examples"], len(beside["class_drops"])) == ([], 1000, 10)
    assert f"--network {network}" in (store.artifact(made["report"]).path / "report.html").read_text()

    recognised = produce(COMPONENTS["predict"], store, COMPONENTS["predict"].config(), {}, outside={"images": images})
    (row,) = pq.read_table(recognised.artifact.path / "predictions.parquet").to_pylist()
    server.wait_for(version.number)
    status, _, answer = server.ask(PREDICT, {"instances": [IMAGE]})
    assert status == 200 and len(answer["predictions"][0]["probabilities"]) == 10 == len(row["probabilities"])
    np.testing.assert_allclose(sum(answer["predictions"][0]["probabilities"]), 1, atol=1e-5)


def test_a_rollback_puts_a_network_of_another_kind_back(store: Store, server: Running) -> None:
    model = store.served(MODEL_NAME)
    *_, before, now = model.versions()
    back = model.rollback(why="a test")
    assert (back.number, back.content) == (now.number + 1, before.content) and before.content != now.content
    server.wait_for(back.number)
    assert server.ask(PREDICT, {"instances": [IMAGE]})[0] == 200
