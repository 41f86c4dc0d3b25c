"""An evaluation made by hand, and the page that reports it."""

import json
import math
import re
from dataclasses import asdict
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline_components.data.blessing import Outcome
from pipeline_components.data.examples import Examples, write_examples
from pipeline_components.data.schema import DataSchema
from pipeline_components.evaluate import rules
from pipeline_components.evaluate.metrics import measure
from pipeline_components.evaluate.predictions import Predictions
from pipeline_components.report import ReportConfig, report
from pipeline_components.report.past import PastRun
from pipeline_components.stats.mcnemar import outcome, paired

TEST = 300
DIGITS = [str(digit) for digit in range(10)]


class Page(HTMLParser):
    """A page's tags with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.text = re.sub(r"\s+", " ", " ".join(self.words))

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def answers(seed: int, share: float, label: np.ndarray, classes: int) -> np.ndarray:
    """Probabilities [n, classes] whose largest is the label's for this share of rows; a share of NaN spoils all."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(label)) / len(label)
    digit = np.where(order < share, label, (label + rng.integers(1, classes, len(label))) % classes)
    spread = rng.dirichlet(np.full(classes, 0.3), len(label)) * 0.4
    spread[np.arange(len(label)), digit] += 0.6
    return (spread + 0 * share).astype(np.float32)


def made(folder: Path, *, classes=DIGITS, champion=True, force=None, floor=0.8, share=0.89) -> tuple[Path, Path, Path]:
    """Folders of a preprocess, a train and an evaluate artifact, small and consistent."""
    examples, model, evaluation = (folder / name for name in ("preprocess", "train", "evaluate"))
    for path in (examples, model, evaluation):
        path.mkdir(parents=True)
    rng, n = np.random.default_rng(0), len(classes)
    for split, size in (("train", 700), ("validation", 100), ("test", TEST)):
        label = (np.arange(size) % n).astype(np.uint8)
        image = (rng.integers(0, 256, (size, 28, 28)) * (rng.random((size, 28, 28)) < 0.15)).astype(np.uint8)
        ids = pa.array([f"{split}/{i}" for i in range(size)])
        write_examples(examples / f"{split}.arrow", Examples(image, label, ids))
    put(examples / "anomalies.json", {"anomalies": []})
    epochs = np.arange(1, 4)
    curves = {"epoch": epochs, "loss": 1 / epochs, "accuracy": 1 - 0.3 / epochs}
    curves |= {"validation_loss": 1.1 / epochs, "validation_accuracy": 1 - 0.4 / epochs}
    pq.write_table(pa.table(curves), model / "history.parquet")
    now = Predictions(answers(1, share, label, n), label)
    old = Predictions(answers(2, 0.8, label, n), label) if champion else None
    columns = {"example_id": ids, "label": label, "digit": now.digit, "probabilities": lists(now.probabilities)}
    columns["champion_digit"] = old.digit if old else pa.nulls(TEST, pa.uint8())
    columns["champion_probabilities"] = lists(old.probabilities) if old else pa.nulls(TEST, pa.list_(pa.float32(), n))
    pq.write_table(pa.table(columns), evaluation / "predictions.parquet")
    metrics = measure(DataSchema(dataset="mnist", classes=classes), image, now, old, 0.95)
    judged = [rules.accuracy_rule(metrics, floor)]
    if not math.isfinite(now.mean_loss):
        judged.append(rules.loss_rule(now.mean_loss))
    if old:
        pairs = paired(now.correct, old.correct)
        judged.append(rules.champion_rule(pairs, 0.05))
        metrics["champion"] = served(old, asdict(pairs) | {"outcome": outcome(pairs, 0.05)})
    put(evaluation / "metrics.json", metrics)
    put(evaluation / "blessing.json", rules.bless(judged, force))
    return examples, model, evaluation


def served(old: Predictions, pairs: dict) -> dict:
    numbers = {"accuracy": float(old.correct.mean()), "loss": old.mean_loss, "detectable": 0.041}
    tails = {"p_worse": 0.999, "p_better": 0.001, "p_different": 0.002}
    interval = {"accuracy_low": 0.7, "accuracy_high": 0.9}
    return {
        "dataset": "mnist",
        "line": "mnist",
        "problems": [],
        "detectable": 0.041,
        **numbers,
        **interval,
        **tails,
        **pairs,
    }


def lists(rows: np.ndarray) -> pa.Array:
    return pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), rows.shape[1])


def put(file: Path, content: object) -> None:
    file.write_text(json.dumps(content))


def past(n: int) -> list[PastRun]:
    """Earlier evaluations: the first was blessed, the second refused, the third forced."""
    verdicts: list[Outcome] = ["blessed", "refused", "forced"]
    return [
        PastRun(
            evaluation=f"evaluate/{i}",
            model=f"train/{i}",
            made_at=f"2026-01-0{i}T03:00:00+00:00",
            elapsed_s=20.0 + i,
            accuracy=0.8 + i / 100,
            accuracy_low=0.78,
            accuracy_high=0.9,
            verdict=verdicts[i - 1],
        )
        for i in range(1, n + 1)
    ]


def past_evaluation(folder: Path, run: PastRun) -> Path:
    """The evaluate artifact that an earlier evaluation left."""
    evaluation = folder / run["evaluation"]
    evaluation.mkdir(parents=True)
    made = {"at": run["made_at"], "elapsed_s": run["elapsed_s"]}
    inputs = {"model": {"id": run["model"]}}
    put(evaluation / "artifact.json", {"id": run["evaluation"], "inputs": inputs, "made": made})
    put(evaluation / "metrics.json", {name: run[name] for name in ("accuracy", "accuracy_low", "accuracy_high")})
    forced = "users asked for it" if run["verdict"] == "forced" else None
    blessed = run["verdict"] != "refused"
    put(evaluation / "blessing.json", {"blessed": blessed, "verdict": "", "reasons": [], "rules": [], "forced": forced})
    return evaluation


def reported(folder: Path, earlier=0, size=6, **more) -> tuple[Path, Page]:
    out = folder / "report"
    out.mkdir(parents=True)
    history = [past_evaluation(folder / "earlier", run) for run in past(earlier)]
    report(*made(folder, **more), out=out, config=ReportConfig(gallery_size=size), history=history)
    return out, Page((out / "report.html").read_text("utf-8"))
