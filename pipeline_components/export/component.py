"""Export (TFX: InfraValidator, Pusher's first half): the files of a blessed model, checked where they will be loaded.

Writes into `out`
    saved_model/            SavedModel with the signatures of signatures.py; in assets.extra/ the golden batch,
                            so that whoever loads it anywhere can check it, and TF Serving's warm-up requests
    model.tflite            the same `serving_default` for LiteRT
    model.json              {"classes", "dataset", "line"}: what the model may be compared with
    infra_validation.json   {"passed", "reasons", "checks": [{"kind", "check", "required", "passed", "observed"}]};
                            see checks.py
"""

import logging
from pathlib import Path
from typing import TypedDict

from pipeline_components.export.config import ExportConfig

log = logging.getLogger(__name__)


class ExportFacts(TypedDict):
    """What an export is, in short."""

    signatures: list[str]
    classes: int
    size_bytes: int
    tflite_size_bytes: int
    golden_examples: int


def export(
    examples: Path, model: Path, evaluation: Path, decision: Path | None = None, *, out: Path, config: ExportConfig
) -> ExportFacts:
    """Write a blessed model's files and validate them in a fresh process.

    Reads schema.json and test.arrow of a preprocess artifact, model.keras of a train artifact, blessing.json and
    predictions.parquet of an evaluate artifact, and decision.json of an approve artifact where somebody has decided.
    Raises Refused when the model is not blessed or was rejected, or the exported files fail their validation, BadModel
    when model.keras cannot be loaded.
    """
    from pipeline_components.data.blessing import read_blessing, refusal
    from pipeline_components.data.decision import read_decision
    from pipeline_components.errors import Refused
    from pipeline_components.export import evaluated, infra_validation, normalisation, signatures
    from pipeline_components.export.golden import GOLDEN_FILE, golden_batch, write_golden
    from pipeline_components.export.warmup import write_warmup
    from pipeline_components.json_files import write_json

    if refused := refusal(read_blessing(evaluation), read_decision(decision) if decision else None):
        raise Refused(f"{evaluation}: the model may not be served: {refused}")
    golden = golden_batch(examples, evaluation, config.golden_examples)
    with infra_validation.Validator() as validator:  # its TensorFlow loads while ours writes
        network = evaluated.load_network(model / "model.keras")
        functions = signatures.serving_functions(network, normalisation.box_of(golden.image))
        saved_model, tflite = out / "saved_model", out / "model.tflite"
        signatures.write_saved_model(functions, saved_model)
        write_golden(saved_model / GOLDEN_FILE, golden)
        write_warmup(saved_model, golden.image)
        signatures.write_tflite(functions, tflite)
        evaluated.identity(examples).write(out)
        size_bytes = infra_validation.folder_bytes(saved_model)
        log.info("saved_model %.1f MB  model.tflite %.1f MB", size_bytes / 1e6, tflite.stat().st_size / 1e6)
        validation = validator.validate(saved_model, tflite, config)
    write_json(out / "infra_validation.json", validation.as_json())
    if reasons := validation.reasons():
        raise Refused(f"infra validation: {'; '.join(reasons)}")
    return {
        "signatures": sorted(functions),
        "classes": golden.probabilities.shape[1],
        "size_bytes": size_bytes,
        "tflite_size_bytes": tflite.stat().st_size,
        "golden_examples": len(golden),
    }
