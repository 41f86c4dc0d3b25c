"""Export of a real, small network trained on nothing: what is written, and what refuses to be."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipeline_components.data.examples import read_examples
from pipeline_components.data.exported_model import load_signatures
from pipeline_components.errors import Refused
from pipeline_components.export import ExportConfig, export
from pipeline_components.export.golden import GOLDEN_FILE, read_golden
from tests.kits.decisions import REJECTED
from tests.kits.exports import CONFIG


@pytest.fixture(scope="module")
def exported(artifacts, tmp_path_factory):
    out = tmp_path_factory.mktemp("export")
    return out, export(*artifacts, out=out, config=CONFIG)


def test_writes_the_model_that_was_evaluated(artifacts, exported):
    out, facts = exported
    test = read_examples(artifacts[0] / "test.arrow")
    expected = np.stack(pq.read_table(artifacts[2] / "predictions.parquet")["probabilities"].to_numpy())
    answer = load_signatures(out / "saved_model")["serving_default"](images=np.array(test.image))
    np.testing.assert_allclose(answer["probabilities"], expected, atol=1e-5)
    np.testing.assert_array_equal(answer["digit"], expected.argmax(axis=1))
    np.testing.assert_allclose(answer["confidence"], expected.max(axis=1), atol=1e-5)
    assert facts["golden_examples"] == 32 and facts["classes"] == 10
    identity = json.loads((out / "model.json").read_text())
    assert identity == {"classes": list("0123456789"), "dataset": "mnist_sample", "line": "mnist"}


def test_the_export_carries_its_golden_batch_and_verdict(artifacts, exported):
    out, _ = exported
    golden = read_golden(out / "saved_model" / GOLDEN_FILE)
    np.testing.assert_array_equal(golden.image, read_examples(artifacts[0] / "test.arrow").image[:32])
    verdict = json.loads((out / "infra_validation.json").read_text())
    assert verdict["passed"] is True and verdict["reasons"] == []
    observed = {check["check"]: check.get("observed") for check in verdict["checks"]}
    assert {"golden SavedModel", "golden TFLite", "latency p99", "memory"} <= set(observed)
    assert observed["size"].endswith(" MB")
    assert [observed[name] for name in ("load", "latency p50", "latency p99", "memory")] == [None] * 4


def test_a_model_that_is_not_blessed_is_refused_before_anything_is_written(artifacts, tmp_path):
    examples, model, _ = artifacts
    evaluation, out = tmp_path / "evaluation", tmp_path / "out"
    evaluation.mkdir()
    out.mkdir()
    for blessed in (False, None, "true", 1):
        (evaluation / "blessing.json").write_text(json.dumps({"blessed": blessed, "reasons": ["accuracy 0.1"]}))
        with pytest.raises(Refused, match=r"may not be served: accuracy 0\.1"):
            export(examples, model, evaluation, out=out, config=CONFIG)
    (evaluation / "blessing.json").write_text(json.dumps({"blessed": True, "reasons": []}))
    (evaluation / "decision.json").write_text(json.dumps(REJECTED))
    with pytest.raises(Refused, match="may not be served: rejected by anna: it reads no sevens"):
        export(examples, model, evaluation, evaluation, out=out, config=CONFIG)
    assert list(out.iterdir()) == []


def test_another_models_predictions_and_a_budget_exceeded_are_refused_with_every_reason(artifacts, tmp_path):
    examples, model, evaluation = artifacts
    other, out = tmp_path / "other", tmp_path / "out"
    other.mkdir()
    out.mkdir()
    (other / "blessing.json").write_bytes((evaluation / "blessing.json").read_bytes())
    table = pq.read_table(evaluation / "predictions.parquet")
    swapped = table.set_column(1, "probabilities", table["probabilities"].take(np.arange(40)[::-1]))
    pq.write_table(swapped, other / "predictions.parquet")
    config = ExportConfig(golden_examples=32, latency_calls=5, memory_budget_mb=1.0)
    with pytest.raises(Refused, match=r"golden SavedModel: .* found, within 0\.0001 of the evaluator required"):
        export(examples, model, other, out=out, config=config)
    validation = json.loads((out / "infra_validation.json").read_text())
    failed = [(check["kind"], check["check"]) for check in validation["checks"] if not check["passed"]]
    assert failed == [("behaviour", "golden SavedModel"), ("behaviour", "golden TFLite"), ("budget", "memory")]
    assert [reason.split(":")[0] for reason in validation["reasons"]] == [name for _, name in failed]
    memory = next(check for check in validation["checks"] if check["check"] == "memory")
    assert memory["observed"].endswith(" MB") and memory["observed"] in validation["reasons"][2]
