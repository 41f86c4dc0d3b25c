"""Infra validation: an export is loaded by a process that has nothing else, and must do there what the evaluator saw.

`python -m pipeline_components.export.infra_validation` loads TensorFlow, reads one job as JSON from standard input
and prints the verdict as JSON: {"passed", "reasons": [a line each], "checks": [{"check", "required", "passed", ...}]}.
What a check measures is in the verdict when it is the same on every run (a golden difference, a size); seconds and
megabytes vary, so they stand in the log, and in the reasons when they are over budget.
"""

import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NotRequired, Self, TypedDict

import numpy as np

from pipeline_components.data.exported_model import NORMALISE, OUTPUTS, SERVE_IMAGES, SERVING_DEFAULT, load_signatures
from pipeline_components.errors import DigitsError
from pipeline_components.export.config import ExportConfig
from pipeline_components.export.golden import GOLDEN_FILE, Golden, read_golden
from pipeline_components.export.normalisation import MNIST_BOX, box_of

log = logging.getLogger(__name__)
DEADLINE_S = 300
IMAGES_REPLAYED = 64


class Check(TypedDict):
    """One thing demanded of an export; `observed` is there when it does not vary from run to run."""

    check: str
    required: str
    passed: bool
    observed: NotRequired[float | str]


class Validation(TypedDict):
    """What infra_validation.json holds."""

    passed: bool
    reasons: list[str]
    checks: list[Check]


class Validator:
    """The fresh process: started at once, so that its imports overlap with writing the export, and asked later."""

    def __enter__(self) -> Self:
        """Start the process."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=Path(__file__).parents[2],  # where the package is importable without being installed
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        """Leave no process behind."""
        self.process.kill()
        self.process.communicate()

    def validate(self, saved_model: Path, tflite: Path | None, config: ExportConfig) -> Validation:
        """The verdict on an export; a validator that dies or hangs is a verdict too."""
        job = {
            "saved_model": str(saved_model.absolute()),
            "tflite": str(tflite.absolute()) if tflite else None,
            "config": config.model_dump(),
        }
        try:
            answer, trace = self.process.communicate(json.dumps(job), timeout=DEADLINE_S)
        except subprocess.TimeoutExpired:
            return _verdict([_check("validator", f"answers in {DEADLINE_S} s", False)], ["validator: no answer"])
        if self.process.returncode != 0:
            last = (trace.strip().splitlines() or ["no message"])[-1]
            reason = f"validator: ended with {self.process.returncode}: {last}"
            return _verdict([_check("validator", "ends with 0", False)], [reason])
        report = json.loads(answer.strip().splitlines()[-1])
        log.info("infra validation: %s", report["measured"])
        verdict: Validation = report["verdict"]
        return verdict


def validate(saved_model: Path, tflite: Path | None, config: ExportConfig) -> tuple[Validation, str]:
    """Check an export in this process; the second part says in one line what varies from run to run."""
    checks: list[Check] = []
    reasons: list[str] = []
    measured: list[str] = []

    def demand(name: str, passed: bool, required: str, observed: float | str, *, varies: bool = False) -> None:
        checks.append(_check(name, required, passed) if varies else _check(name, required, passed, observed))
        if varies:
            measured.append(f"{name} {observed}")
        if not passed:
            reasons.append(f"{name}: {observed} found, {required} required")

    for step in (_load_and_replay, _replay_tflite):
        try:
            step(saved_model, tflite, config, demand)
        except Exception as error:  # whatever loading a broken model raises is a reason, never a crash
            cause = str(error) if isinstance(error, DigitsError) else f"{type(error).__name__}: {error}"
            demand(step.__name__.strip("_"), False, "no error", " ".join(cause.split())[:300])
    memory_mb = _peak_memory_mb()
    budget = config.memory_budget_mb
    demand("memory", memory_mb <= budget, f"at most {budget} MB", f"{memory_mb:.0f} MB", varies=True)
    return _verdict(checks, reasons), "  ".join(measured)


def _load_and_replay(saved_model: Path, _: Path | None, config: ExportConfig, demand: Callable[..., None]) -> None:
    """Load the SavedModel, replay the golden batch, and time single images."""
    golden = read_golden(saved_model / GOLDEN_FILE)
    size_mb = sum(file.stat().st_size for file in saved_model.rglob("*") if file.is_file()) / 1e6
    budget = config.size_budget_mb
    demand("size", size_mb <= budget, f"at most {budget} MB", round(size_mb, 2))
    start = time.perf_counter()
    functions = load_signatures(saved_model)
    elapsed_s, budget_s = time.perf_counter() - start, config.load_budget_s
    demand("load", elapsed_s <= budget_s, f"at most {budget_s} s", f"{elapsed_s:.2f} s", varies=True)
    required = {SERVING_DEFAULT, SERVE_IMAGES, NORMALISE}
    demand("signatures", required <= set(functions), ", ".join(sorted(required)), ", ".join(sorted(functions)))
    function = functions[SERVING_DEFAULT]
    _demand_golden("golden SavedModel", _call(function, golden.image), golden, config, demand)
    _demand_images(functions[SERVE_IMAGES], golden, demand)
    latency_ms = sorted(_latencies_ms(function, golden, config.latency_calls))
    p50, p99 = np.percentile(latency_ms, [50, 99])
    budget_ms = config.latency_p50_budget_ms
    demand("latency p50", p50 <= budget_ms, f"at most {budget_ms} ms", f"{p50:.2f} ms", varies=True)
    budget_ms = config.latency_p99_budget_ms
    demand("latency p99", p99 <= budget_ms, f"at most {budget_ms} ms", f"{p99:.2f} ms", varies=True)


def _replay_tflite(_: Path, tflite: Path | None, config: ExportConfig, demand: Callable[..., None]) -> None:
    """Replay the golden batch on the TFLite file."""
    if tflite is None:
        return
    import tensorflow as tf

    runner = tf.lite.Interpreter(model_path=str(tflite)).get_signature_runner()
    golden = read_golden(tflite.parent / "saved_model" / GOLDEN_FILE)
    _demand_golden("golden TFLite", runner(images=golden.image), golden, config, demand)


def _demand_golden(
    name: str, answer: dict[str, np.ndarray], golden: Golden, config: ExportConfig, demand: Callable[..., None]
) -> None:
    """Demand the evaluator's probabilities within the tolerance, and a digit and confidence that follow from them."""
    missing = sorted(set(OUTPUTS) - set(answer))
    if missing:
        demand(f"{name} outputs", False, ", ".join(OUTPUTS), ", ".join(sorted(answer)))
        return
    probabilities = answer["probabilities"]
    fits = probabilities.shape == golden.probabilities.shape
    worst = float(np.max(np.abs(probabilities - golden.probabilities), initial=0.0)) if fits else float("inf")
    tolerance = config.golden_tolerance
    demand(name, worst <= tolerance, f"within {tolerance} of the evaluator", f"{worst:.1e}")
    follows = np.array_equal(answer["digit"], probabilities.argmax(axis=1)) and np.array_equal(
        answer["confidence"], probabilities.max(axis=1)
    )
    demand(f"{name} digit", follows, "the most probable class and its probability", "as required" if follows else "not")


def _demand_images(function: Any, golden: Golden, demand: Callable[..., None]) -> None:
    """Demand that golden images as PNG are answered as their pixels are, by nine in ten: those that are MNIST's kind.

    Sets that fill the image have no margin to tell paper from ink by, so for them an answer is enough.
    """
    import tensorflow as tf

    inked = np.flatnonzero(golden.image.any(axis=(1, 2)))[:IMAGES_REPLAYED]
    encoded = [tf.io.encode_png(image[..., np.newaxis]).numpy() for image in golden.image[inked]]
    digit = _call(function, np.array(encoded, object))["digit"]
    agreement = float(np.mean(digit == golden.probabilities[inked].argmax(axis=1)))
    least = 0.9 if box_of(golden.image) == MNIST_BOX else 0.0
    demand("golden PNG", agreement >= least, f"{least:.0%} answered as their pixels", f"{agreement:.0%}")


def _call(function: Any, images: np.ndarray) -> dict[str, np.ndarray]:
    import tensorflow as tf

    return {name: tensor.numpy() for name, tensor in function(images=tf.constant(images)).items()}


def _latencies_ms(function: Any, golden: Golden, calls: int) -> Iterator[float]:
    """Milliseconds of single-image calls, after a few that warm up."""
    for i in range(-10, calls):
        image = golden.image[i % len(golden)][np.newaxis]
        start = time.perf_counter()
        _call(function, image)
        if i >= 0:
            yield (time.perf_counter() - start) * 1000


def _peak_memory_mb() -> float:
    """Peak resident memory of this process; /proc first, because ru_maxrss inherits the parent's peak across a fork."""
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def _check(name: str, required: str, passed: bool, observed: float | str | None = None) -> Check:
    check: Check = {"check": name, "required": required, "passed": bool(passed)}
    return check if observed is None else {**check, "observed": observed}


def _verdict(checks: list[Check], reasons: list[str]) -> Validation:
    return {"passed": not reasons, "reasons": reasons, "checks": checks}


def main() -> None:
    """Answer one job."""
    import tensorflow  # noqa: F401  the slow part, done before the job comes

    job = json.loads(sys.stdin.read())
    tflite = Path(job["tflite"]) if job["tflite"] else None
    verdict, measured = validate(Path(job["saved_model"]), tflite, ExportConfig(**job["config"]))
    print(json.dumps({"verdict": verdict, "measured": measured}))


if __name__ == "__main__":
    main()
