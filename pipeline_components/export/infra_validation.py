"""Infra validation: an export is loaded by a process that has nothing else, and must do there what the evaluator saw.

`python -m pipeline_components.export.infra_validation` loads TensorFlow, reads one job as JSON from standard input
and prints its checks as JSON.
"""

import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import numpy as np

from pipeline_components.data.exported_model import NORMALISE, OUTPUTS, SERVE_IMAGES, SERVING_DEFAULT, load_signatures
from pipeline_components.errors import DigitsError
from pipeline_components.export.checks import Check, Validation, behaves, within
from pipeline_components.export.config import ExportConfig
from pipeline_components.export.golden import GOLDEN_FILE, Golden, read_golden
from pipeline_components.export.normalisation import MNIST_BOX, box_of

log = logging.getLogger(__name__)
DEADLINE_S = 300
IMAGES_REPLAYED = 64


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
        """Check an export there; a validator that dies or hangs is a failed check too."""
        job = {
            "saved_model": str(saved_model.absolute()),
            "tflite": str(tflite.absolute()) if tflite else None,
            "config": config.model_dump(),
        }
        try:
            answer, trace = self.process.communicate(json.dumps(job), timeout=DEADLINE_S)
        except subprocess.TimeoutExpired:
            return Validation([behaves("validator", False, f"an answer within {DEADLINE_S} s", "none")])
        if code := self.process.returncode:
            last = (trace.strip().splitlines() or ["no message"])[-1]
            return Validation([behaves("validator", False, "exit code 0", f"exit code {code} ({last})")])
        validation = Validation([Check(**check) for check in json.loads(answer.strip().splitlines()[-1])])
        log.info("infra validation: %s", validation.measured())
        return validation


def validate(saved_model: Path, tflite: Path | None, config: ExportConfig) -> Validation:
    """Check an export in this process, whose memory counts."""
    steps = {"SavedModel": _saved_model_checks(saved_model, config)}
    if tflite:
        steps["TFLite"] = _tflite_checks(tflite, saved_model / GOLDEN_FILE, config)
    checks = [check for name, step in steps.items() for check in _until_it_breaks(name, step)]
    return Validation([*checks, within("memory", _peak_memory_mb(), config.memory_budget_mb, "MB")])


def _until_it_breaks(name: str, checks: Iterable[Check]) -> Iterator[Check]:
    """These checks; whatever a broken model raises is a failed one, never a crash."""
    try:
        yield from checks
    except Exception as error:
        cause = str(error) if isinstance(error, DigitsError) else f"{type(error).__name__}: {error}"
        yield behaves(name, False, "no error", " ".join(cause.split())[:300])


def _saved_model_checks(saved_model: Path, config: ExportConfig) -> Iterator[Check]:
    """Load the SavedModel, replay the golden batch, and time single images."""
    golden = read_golden(saved_model / GOLDEN_FILE)
    yield within("size", folder_bytes(saved_model) / 1e6, config.size_budget_mb, "MB", varies=False)
    started = time.perf_counter()
    functions = load_signatures(saved_model)
    yield within("load", time.perf_counter() - started, config.load_budget_s, "s")
    required = {SERVING_DEFAULT, SERVE_IMAGES, NORMALISE}
    yield behaves("signatures", required <= set(functions), ", ".join(sorted(required)), ", ".join(sorted(functions)))
    function = functions[SERVING_DEFAULT]
    yield from _golden_checks("golden SavedModel", _call(function, golden.image), golden, config.golden_tolerance)
    yield _images_check(functions[SERVE_IMAGES], golden)
    p50, p99 = np.percentile(list(_latencies_ms(function, golden, config.latency_calls)), [50, 99])
    yield within("latency p50", p50, config.latency_p50_budget_ms, "ms")
    yield within("latency p99", p99, config.latency_p99_budget_ms, "ms")


def _tflite_checks(tflite: Path, golden_file: Path, config: ExportConfig) -> Iterator[Check]:
    """Replay the golden batch on the TFLite file."""
    import tensorflow as tf

    runner = tf.lite.Interpreter(model_path=str(tflite)).get_signature_runner()
    golden = read_golden(golden_file)
    yield from _golden_checks("golden TFLite", runner(images=golden.image), golden, config.golden_tolerance)


def _golden_checks(name: str, answer: dict[str, np.ndarray], golden: Golden, tolerance: float) -> Iterator[Check]:
    """The evaluator's probabilities within the tolerance, and a digit and a confidence that follow from them."""
    if set(OUTPUTS) - set(answer):
        yield behaves(f"{name} outputs", False, ", ".join(OUTPUTS), ", ".join(sorted(answer)))
        return
    probabilities = answer["probabilities"]
    fits = probabilities.shape == golden.probabilities.shape
    worst = float(np.max(np.abs(probabilities - golden.probabilities), initial=0.0)) if fits else float("inf")
    yield behaves(name, worst <= tolerance, f"within {tolerance} of the evaluator", f"{worst:.1e}")
    follows = np.array_equal(answer["digit"], probabilities.argmax(axis=1)) and np.array_equal(
        answer["confidence"], probabilities.max(axis=1)
    )
    found = "as required" if follows else "another digit or confidence"
    yield behaves(f"{name} digit", follows, "the most probable class and its probability", found)


def _images_check(function: Any, golden: Golden) -> Check:
    """Golden images as PNG are answered as their pixels are, nine in ten of them, if they are MNIST's kind.

    Sets that fill the image have no margin to tell paper from ink by, so for them an answer is enough.
    """
    import tensorflow as tf

    inked = np.flatnonzero(golden.image.any(axis=(1, 2)))[:IMAGES_REPLAYED]
    encoded = [tf.io.encode_png(image[..., np.newaxis]).numpy() for image in golden.image[inked]]
    digit = _call(function, np.array(encoded, object))["digit"]
    agreement = float(np.mean(digit == golden.probabilities[inked].argmax(axis=1)))
    least = 0.9 if box_of(golden.image) == MNIST_BOX else 0.0
    return behaves("golden PNG", agreement >= least, f"{least:.0%} answered as their pixels", f"{agreement:.0%}")


def _call(function: Any, images: np.ndarray) -> dict[str, np.ndarray]:
    import tensorflow as tf

    return {name: tensor.numpy() for name, tensor in function(images=tf.constant(images)).items()}


def _latencies_ms(function: Any, golden: Golden, calls: int) -> Iterator[float]:
    """Milliseconds of single-image calls, after a few that warm up."""
    for i in range(-10, calls):
        image = golden.image[i % len(golden)][np.newaxis]
        started = time.perf_counter()
        _call(function, image)
        if i >= 0:
            yield (time.perf_counter() - started) * 1000


def _peak_memory_mb() -> float:
    """Peak resident memory of this process: /proc first, because ru_maxrss begins at the parent's on Linux.

    https://github.com/golang/go/issues/32054
    """
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def folder_bytes(folder: Path) -> int:
    """The size of all files in a folder and its subfolders."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def main() -> None:
    """Answer one job."""
    import tensorflow  # noqa: F401  the slow part, done before the job comes

    job = json.loads(sys.stdin.read())
    tflite = Path(job["tflite"]) if job["tflite"] else None
    validation = validate(Path(job["saved_model"]), tflite, ExportConfig(**job["config"]))
    print(json.dumps([asdict(check) for check in validation.checks]))


if __name__ == "__main__":
    main()
