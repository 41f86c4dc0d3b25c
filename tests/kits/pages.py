"""A store with something to see in every page, made without TensorFlow, and answers of the pages over it."""

import asyncio
import json
import zipfile
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline_components.data.examples import Examples, write_examples
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.pages.application import application
from pipeline_components.store import Artifact, Recipe, ServedModel, Store

EVIL = "<script>document.title='executed'</script><img src=x onerror=\"document.title='executed'\">"
REPORT = f"<!doctype html><html lang=en><title>Report</title><h1>The report</h1>{EVIL}<script>parent.x=1</script>"
TEST_IMAGES = 40
ACCURACY = {1: 0.9, 2: 0.95}


def put(store: Store, component: str, write: Any, facts: dict[str, Any], **inputs: Artifact) -> Artifact:
    """An artifact of a component whose function is `write(folder)`; another one each time."""
    recipe = Recipe(
        component, {"seed": len(store.summaries(component))}, inputs, {"a.py": "a" * 64}, {"numpy": "2"}, {}
    )
    return store.produce(recipe, lambda out: write(out) or facts, run_id="run__1").artifact


def examples(out: Path) -> None:
    """Three splits of the same images: a bar whose place is the label."""
    label = (np.arange(TEST_IMAGES) % 10).astype(np.uint8)
    image = np.zeros((TEST_IMAGES, 28, 28), np.uint8)
    for row, digit in enumerate(label):
        image[row, 4:24, 2 + 2 * digit : 5 + 2 * digit] = 255
    for split in ("train", "validation", "test"):
        write_examples(out / f"{split}.arrow", Examples(image, label, pa.array([f"{split}/{n}" for n in label])))
    (out / "schema.json").write_text('{"classes": ["0", "1"]}')


def training(out: Path) -> None:
    """A history of three epochs, and as much of a Keras file as tells its layers."""
    columns = {"epoch": [1, 2, 3], "accuracy": [0.5, 0.8, 0.9], "validation_accuracy": [0.4, 0.7, 0.8]}
    pq.write_table(
        pa.table(columns | {"loss": [2.0, 1.0, 0.5], "validation_loss": [2.1, 1.2, 0.7]}), out / "history.parquet"
    )
    layers = [{"class_name": "Flatten", "config": {}}, {"class_name": "Dense", "config": {"units": 10}}]
    with zipfile.ZipFile(out / "model.keras", "w") as archive:
        archive.writestr("config.json", json.dumps({"config": {"layers": layers}}))


def evaluation(mistakes: int, verdict: str, reason: str) -> Any:
    """The function of an evaluation that reads its first images wrong, each as the next digit."""

    def write(out: Path) -> None:
        label = np.arange(TEST_IMAGES) % 10
        digit = np.where(np.arange(TEST_IMAGES) < mistakes, (label + 1) % 10, label)
        ids = [f"test/{n}" for n in label]
        columns = {"example_id": ids, "label": label.astype(np.uint8), "digit": digit.astype(np.uint8)}
        pq.write_table(pa.table(columns | {"loss": np.linspace(2, 0, TEST_IMAGES)}), out / "predictions.parquet")
        pairs = sorted({(int(a), int(b)) for a, b in zip(label, digit, strict=True)})
        counts = [int(((label == a) & (digit == b)).sum()) for a, b in pairs]
        confusion = {"label": [a for a, _ in pairs], "digit": [b for _, b in pairs], "count": counts}
        pq.write_table(pa.table(confusion), out / "confusion.parquet")
        (out / "metrics.json").write_text(json.dumps({"accuracy": 1 - mistakes / TEST_IMAGES, "per_class": []}))
        rules = [{"rule": "accuracy", "observed": 0.9, "required": "≥ 0.5", "passed": True, "detail": reason}]
        told = {
            "blessed": verdict == "blessed",
            "verdict": verdict,
            "reasons": [reason],
            "rules": rules,
            "forced": None,
        }
        (out / "blessing.json").write_text(json.dumps(told))

    return write


def report(out: Path) -> None:
    (out / "report.html").write_text(REPORT)
    (out / "figures").mkdir()
    (out / "figures" / "one.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")


def model(out: Path) -> None:
    (out / "saved_model").mkdir()
    (out / "saved_model" / "saved_model.pb").write_text(str(out))


def filled(root: Path, said: str = "good enough") -> Store:
    """Two evaluations of two models, the second served; `said` stands wherever a component may write a text."""
    store = Store(root)
    data = put(store, "ingest", lambda out: (out / "a.txt").write_text(said) and None, {"dataset": said})
    prepared = put(store, "preprocess", examples, {"dataset": said, "train": 40}, examples=data)
    for number, (mistakes, verdict) in enumerate(((8, "refused"), (2, "blessed")), 1):
        trained = put(store, "train", training, {"network": said, "epochs": 3}, examples=prepared)
        given = {"examples": prepared, "model": trained}
        facts = {"verdict": verdict, "accuracy": ACCURACY[number], "dataset": said, "examples": TEST_IMAGES}
        judged = put(store, "evaluate", evaluation(mistakes, verdict, said), facts, **given)
        made = {"preprocess": prepared, "train": trained, "evaluate": judged}
        made["report"] = put(store, "report", report, {"verdict": verdict}, **given, evaluation=judged)
        if verdict == "blessed":
            made["export"] = put(store, "export", model, {"classes": 10}, **given, evaluation=judged)
            ServedModel(root, MODEL_NAME).push(made["export"], who="a test", why=said)
        store.write_run(f"run__{number}", record(made, verdict, number, said))
    return store


def record(made: dict[str, Artifact], verdict: str, number: int, said: str) -> dict[str, Any]:
    """What is kept of a run."""
    steps = {name: {"id": each.id, "hit": name == "preprocess", "why": f"MISS: {said}"} for name, each in made.items()}
    accuracy = {"accuracy": ACCURACY[number], "accuracy_low": 0.8, "accuracy_high": 0.97}
    return accuracy | {
        "ended_at": f"2026-11-2{number}T10:00:00+00:00",
        "elapsed_s": 12.5,
        "parameters": {"epochs": 20 + number, "dataset": said},
        "steps": steps,
        "verdict": verdict,
        "ending": verdict,
        "reasons": [said],
        "model": made["train"].id,
        "report": made["report"].id,
        "served_version": 1 if verdict == "blessed" else None,
    }


def asked(root: Path, *paths: str, host: str = "localhost", root_path: str = "") -> list[httpx.Response]:
    """The answers to one GET after the other."""

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(application(root), raise_app_exceptions=False, root_path=root_path)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost", headers={"host": host}
        ) as client:
            return [await client.get(path) for path in paths]

    return asyncio.run(ask())


def text_of(root: Path, path: str, status: int = 200) -> str:
    """The page, once its status is as expected."""
    (answer,) = asked(root, path)
    assert answer.status_code == status, answer.text
    return answer.text
