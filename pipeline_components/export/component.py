"""Export (TFX: InfraValidator, Pusher's first half): the files of a blessed model, checked where they will be loaded.

Writes into `out`
    saved_model/            SavedModel with the signatures of serving/signatures.py; in assets.extra/ the golden batch,
                            so that whoever loads it anywhere can check it, and TF Serving's warm-up requests
    model.tflite            the same `serving_default` for LiteRT
    model.json              {"classes", "dataset", "line"}: whom the model may be compared with
    infra_validation.json   {"passed", "reasons", "checks": [...]}: see serving/infra_validation.py
"""

import json
import logging
from pathlib import Path
from typing import Any, TypedDict

from pipeline_components.data import registry
from pipeline_components.errors import BadData, BadModel, Refused
from pipeline_components.export import infra_validation, signatures
from pipeline_components.export.config import ExportConfig
from pipeline_components.export.golden import GOLDEN_FILE, golden_batch, write_golden
from pipeline_components.export.normalisation import box_of
from pipeline_components.export.warmup import write_warmup

log = logging.getLogger(__name__)


class ExportFacts(TypedDict):
    """What an export is, in short."""

    signatures: list[str]
    classes: int
    size_bytes: int
    tflite_size_bytes: int
    golden_examples: int


def export(examples: Path, model: Path, evaluation: Path, *, out: Path, config: ExportConfig) -> ExportFacts:
    """Write a blessed model's files and validate them in a fresh process.

    Reads schema.json and test.arrow of a preprocess artifact, model.keras of a train artifact, blessing.json and
    predictions.parquet of an evaluate artifact. Raises Refused when the model is not blessed or the exported files
    fail their validation, BadModel when model.keras cannot be loaded.
    """
    refuse_unblessed(evaluation)
    golden = golden_batch(examples, evaluation, config.golden_examples)
    with infra_validation.Validator() as validator:  # its TensorFlow loads while ours writes
        network = load_network(model / "model.keras")
        functions = signatures.serving_functions(network, box_of(golden.image))
        saved_model, tflite = out / "saved_model", out / "model.tflite"
        signatures.write_saved_model(functions, saved_model)
        write_golden(saved_model / GOLDEN_FILE, golden)
        write_warmup(saved_model, golden.image)
        signatures.write_tflite(functions, tflite)
        _write_json(out / "model.json", identity(examples))
        size_bytes = sum(file.stat().st_size for file in saved_model.rglob("*") if file.is_file())
        log.info("saved_model %.1f MB  model.tflite %.1f MB", size_bytes / 1e6, tflite.stat().st_size / 1e6)
        verdict = validator.validate(saved_model, tflite, config)
    _write_json(out / "infra_validation.json", verdict)
    if not verdict["passed"]:
        raise Refused(f"infra validation: {'; '.join(verdict['reasons'])}")
    return {
        "signatures": sorted(functions),
        "classes": golden.probabilities.shape[1],
        "size_bytes": size_bytes,
        "tflite_size_bytes": tflite.stat().st_size,
        "golden_examples": len(golden),
    }


def refuse_unblessed(evaluation: Path) -> None:
    """Raise Refused, with the evaluator's reasons, unless blessing.json says that the model is blessed."""
    blessing = _read_json(evaluation / "blessing.json")
    if blessing.get("blessed") is not True:
        reasons = "; ".join(blessing.get("reasons") or ["no reason given"])
        raise Refused(f"{evaluation / 'blessing.json'}: the model is not blessed: {reasons}")


def load_network(file: Path) -> Any:
    """The trained network; raises BadModel when the file cannot be loaded."""
    import keras

    try:
        return keras.saving.load_model(file, compile=False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise BadModel(f"{file}: not a Keras model that can be loaded ({reason}): train again") from None


def identity(examples: Path) -> dict[str, Any]:
    """Which classes the model tells apart, and the dataset and line of the examples it learnt from."""
    schema = _read_json(examples / "schema.json")
    dataset = schema["dataset"]
    return {"classes": schema["classes"], "dataset": dataset, "line": registry.dataset(dataset).line}


def _read_json(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text()))
    except (OSError, ValueError) as error:
        raise BadData(f"{file}: not readable as JSON ({error})") from None


def _write_json(file: Path, content: object) -> None:
    file.write_text(json.dumps(content, indent=2) + "\n")
