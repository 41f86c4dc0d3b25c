"""The verbs that look at a store, and those that do it again, on small made-up artifacts."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline_components.chain.config import PipelineConfig
from pipeline_components.cli import main
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.store import ServedModel, Store, publish
from tests.kits.said import said, said_json
from tests.kits.store import chain, maker, produce, recipe


def test_ls_filters_and_marks(store, capsys):
    made = chain(store)
    produce(store, recipe("train", epochs=9), run_id="run__7")
    store.produce(recipe("evaluate"), maker("x", facts={"verdict": "refused", "accuracy": 0.51234}))
    ServedModel(store.root, MODEL_NAME).push(made["export"])
    assert [row["id"] for row in said_json(capsys, "ls")] == [
        "ingest/1", "preprocess/1", "train/1", "export/1", "train/2", "evaluate/1",
    ]  # fmt: skip
    assert [row["id"] for row in said_json(capsys, "ls", "train")] == ["train/1", "train/2"]
    assert [row["id"] for row in said_json(capsys, "ls", "train", "--latest")] == ["train/2"]
    assert [row["id"] for row in said_json(capsys, "ls", "--run", "run__7")] == ["train/2"]
    assert [row["id"] for row in said_json(capsys, "ls", "--verdict", "refused")] == ["evaluate/1"]
    table = said(capsys, "ls")
    assert "refused  test accuracy 0.5123\n" in table and "SERVED NOW, version 1" in table
    assert "… 4 older ones: --limit 0 lists all" in said(capsys, "ls", "--limit", "2")
    assert "no such component" in said(capsys, "ls", "model", code=2)


def test_show_keeps_a_processor_of_many_flags_to_one_line(store, capsys, monkeypatch):
    flags = " ".join(f"avx512_{n}" for n in range(100))
    monkeypatch.setattr(publish, "this_platform", lambda: {"system": "linux", "cpu_flags": flags, "cores": "2"})
    produce(store, recipe())
    lines = said(capsys, "show", "train/1").splitlines()
    (line,) = (line for line in lines if "avx512" in line)
    assert line.startswith("  cpu_flags   avx512_0 avx512_1 ") and line.endswith("...") and len(line) < 180
    assert said_json(capsys, "show", "train/1")["platform"]["cpu_flags"] == flags


def test_show_says_when_an_export_was_served(store, capsys):
    first, second = (produce(store, recipe("export", seed=seed)).artifact for seed in (1, 2))
    served = ServedModel(store.root, MODEL_NAME)
    served.push(first, who="anna", why="evaluate/1 blessed")
    served.push(second, who="anna")
    assert re.search(
        r"served\n  digits/1  earlier: push .* by anna, evaluate/1 blessed\n", said(capsys, "show", "export/1")
    )
    assert re.search(r"served\n  digits/2  now: push .* by anna\n", said(capsys, "show", "export/2"))
    (served.folder / "journal.jsonl").write_text("{}\n")
    assert "journal.jsonl" in said(capsys, "show", "export/2")


def test_show_tells_what_is_inside(store, capsys):
    def make(out: Path):
        pq.write_table(pa.table({"epoch": [1, 2], "loss": [0.5, 0.25]}), out / "history.parquet")
        (out / "metrics.json").write_text('{"accuracy": 0.98}')
        return {"accuracy": 0.98}

    store.produce(recipe(epochs=2), make, run_id="run__1")
    page = said(capsys, "show", "train")
    for part in (
        "train/1",
        "by run__1",
        "epochs  2",
        "accuracy  0.98",
        "2 rows: epoch, loss",
        "tensorflow",
        "pkg/train.py",
    ):
        assert part in page
    assert "{'epoch': 2, 'loss': 0.25}" in said(capsys, "show", "train/1", "--file", "history.parquet")
    assert said_json(capsys, "show", "train/1") == store.artifact("train/1").manifest.as_json()
    assert "no file 'x'; there are: history.parquet, metrics.json" in said(
        capsys, "show", "train", "--file", "x", code=2
    )


def test_lineage_goes_up_to_the_data_and_down_to_what_was_served(store, capsys):
    made = chain(store)
    ServedModel(store.root, MODEL_NAME).push(made["export"], who="anna")
    found = said_json(capsys, "lineage", "train")
    assert set(found["nodes"]) == {"ingest/1", "preprocess/1", "train/1", "export/1", "served digits/1"}
    assert ["export/1", "served digits/1", "push"] in found["edges"]
    tree = said(capsys, "lineage", "preprocess/1")
    assert "ingest ingest/1" in tree and "served digits/1 push by anna" in tree
    assert '"train/1" -> "export/1" [label="train"];' in said(capsys, "lineage", "train", "--dot")
    assert said(capsys, "lineage", "train", "--mermaid").startswith("flowchart LR\n")


def test_diff_names_causes_and_effects(store, capsys):
    def evaluated(right: int):
        def make(out: Path):
            (out / "metrics.json").write_text(json.dumps({"per_class": [{"recall": right / 10}]}))
            pq.write_table(
                pa.table({"label": [1, 1], "digit": [1, 7], "count": [right, 10 - right]}), out / "confusion.parquet"
            )
            return {"accuracy": right / 10}

        return make

    store.produce(recipe("evaluate", threshold=0.9), evaluated(8))
    store.produce(recipe("evaluate", threshold=0.8, libraries={"numpy": "2.5"}), evaluated(9))
    found = said_json(capsys, "diff", "evaluate/1", "evaluate/2")["differences"]
    assert [(each["kind"], each["name"], each["one"], each["other"]) for each in found if each["kind"] != "file"] == [
        ("config", "threshold", "0.9", "0.8"),
        ("library", "tensorflow", "2.20", ""),
        ("library", "numpy", "2.4", "2.5"),
        ("fact", "accuracy", "0.8", "0.9"),
        ("metric", "per_class.0.recall", "0.8", "0.9"),
        ("confusion", "1 read as 1", "8", "9"),
        ("confusion", "1 read as 7", "2", "1"),
    ]
    assert said(capsys, "diff", "evaluate/1", "evaluate/1") == "evaluate/1 and evaluate/1 are the same\n"
    page = said(capsys, "diff", "evaluate/1", "evaluate/2")
    assert "1 read as 7" not in page and "per_class" not in page and "threshold" in page
    assert (
        "… and 5 details (1 of metric, 2 of confusion, 2 of file): digits diff evaluate/1 evaluate/2 --details" in page
    )
    assert "1 read as 7" in said(capsys, "diff", "evaluate/1", "evaluate/2", "--details")


def test_diff_refuses_artifacts_of_two_components(store, capsys):
    chain(store)
    line = said(capsys, "diff", "train/1", "export/1", code=2)
    assert line == "digits: train/1 and export/1: of different components: name two of one (digits ls train)\n"


def test_runs_say_first_why_one_ended_and_which_attempt_it_was(store, capsys):
    store.write_run("run__1", {"verdict": "failed", "ending": "no data"})
    store.write_run("run__2", {"verdict": "failed", "ending": "interrupted"})
    store.write_run("run__2", {"verdict": "blessed", "ending": "blessed, held back"})
    store.write_run("run__3", {"verdict": "refused"})  # by an older version
    rows = [line for line in said(capsys, "runs").splitlines() if "run__" in line]
    endings = ["no data", "blessed, held back (attempt 2)", "refused"]
    assert all(ending in row for ending, row in zip(endings, rows, strict=True)), rows


def test_runs_tells_what_was_not_the_default_and_what_stood_against_it(store, capsys):
    default = PipelineConfig().flat()
    reasons = ["accuracy: lower bound 0.9777, required ≥ 0.9999", "calibration: cannot be measured"]
    changed = {"epochs": 3, "dataset": "mnist_sample", "gone_since": "x"}
    store.write_run("run__1", {"parameters": default | changed, "verdict": "refused", "reasons": reasons})
    store.write_run("run__2", {"parameters": default, "verdict": "blessed", "reasons": ["good"], "forced": "a demo"})
    store.write_run("run__3", {"parameters": None, "verdict": "failed", "reasons": "odd"})
    _, _, *lines = said(capsys, "runs").splitlines()
    assert [line.split()[:2] for line in lines if line[0] != " "] == [
        ["run__1", "refused"], ["run__2", "forced"], ["run__3", "failed"],
    ]  # fmt: skip
    details = [line.strip() for line in lines if line[0] == " "]
    assert details[1:] == reasons and set(details[0].split("  ")) == {
        "epochs 3", "dataset mnist_sample", "gone_since x",
    }  # fmt: skip


@pytest.mark.parametrize("verb", ["ls", "runs", "verify", "gc", "versions", "rollback"])
def test_a_store_that_is_not_there_is_an_error_and_is_not_made(store, capsys, verb):
    line = said(capsys, verb, code=2)
    assert line == f"digits: {store.root}: no store there: digits run makes one, or name another with --store\n"
    assert not store.root.exists()


@pytest.mark.parametrize(
    ("arguments", "note"),
    [
        (["ls"], "no artifact yet: digits run makes some"),
        (["ls", "--run", "run__9"], "no artifact is like that: digits ls lists all"),
        (["runs"], "no run yet: digits run makes one"),
        (["verify"], "no artifact yet, so nothing was verified: digits run makes some"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_empty_store_says_so_beside_its_empty_result(store, capsys, arguments, note):
    store.root.mkdir()
    assert main(arguments) == 0
    assert capsys.readouterr() == ("", f"digits: {store.root}: {note}\n")
    assert main([*arguments, "--json"]) == 0
    assert capsys.readouterr() == ("[]\n", "")


def test_an_unknown_verdict_is_an_error_with_the_known_ones(store, capsys):
    chain(store)
    line = said(capsys, "ls", "--verdict", "foo", code=2)
    assert '"foo"' in line and '"blessed", "refused"' in line


def test_open_finds_the_report_of_an_evaluation(store, capsys, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) is None)
    evaluation = produce(store, recipe("evaluate")).artifact
    assert "no report of it" in said(capsys, "open", evaluation.id, code=2)
    of = recipe("report", inputs={"evaluation": evaluation, "history": []})
    report = store.produce(of, lambda out: (out / "report.html").write_text("<p>") and {}).artifact
    page = f"{report.path / 'report.html'}"
    assert said(capsys, "open", "evaluate/1") == said(capsys, "open") == f"{page}\n"
    assert opened == [f"file://{page}"] * 2
    produce(store, recipe("train"))
    said_of_train = said(capsys, "open", "train/1", code=2)
    assert "train/1: a report's id, or that of the evaluation it shows, expected" in said_of_train
    monkeypatch.setattr("webbrowser.open", lambda address: False)
    assert main(["open"]) == 0
    out, err = capsys.readouterr()
    assert out == f"{page}\n" and err.startswith("digits: no browser here: copy that one file")
    (report.path / "report.html").write_text("<script>")
    assert "report/1: report.html: 8 bytes found, 3 expected" in said(capsys, "open", code=2)
    assert len(opened) == 2


@pytest.mark.parametrize("verb", ["show", "lineage", "verify", "pin", "reproduce", "open"])
@pytest.mark.parametrize("hostile", ["../../etc/passwd", "/etc/passwd", "train/0", "trаin/1", "train/" + "9" * 3000])
def test_a_hostile_id_is_one_line(store, capsys, verb, hostile):
    chain(store)
    line = said(capsys, verb, hostile, code=2)
    assert "not an artifact id" in line and len(line) < 300


def test_ten_thousand_artifacts_add_less_than_half_a_second_to_a_list(monkeypatch, tmp_path):
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="digits-", dir=memory if memory.is_dir() else tmp_path) as folder:
        monkeypatch.setenv("DIGITS_STORE", folder)
        _, alone_s = _listed()
        store = Store(folder)
        raw = (produce(store, recipe()).artifact.path / "artifact.json").read_bytes()
        for number in range(2, 10_001):
            (store.root / "train" / str(number)).mkdir()
            (store.root / "train" / str(number) / "artifact.json").write_bytes(raw)
        store.summaries()
        lines, seconds = _listed()
    assert lines == 10_002  # with two of the head
    extra_s, slow = min(seconds) - min(alone_s), min(alone_s) / 0.3  # what a list of nothing takes where CI runs
    assert extra_s < 0.5 * max(slow, 1), (seconds, alone_s)


def _listed() -> tuple[int, list[float]]:
    """Lines of `digits ls`, and the processor time of each of five: a busy machine does not change it as much."""
    seconds, command = [], [sys.executable, "-m", "pipeline_components", "ls", "--limit", "0"]
    for _ in range(5):
        before = os.times()
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        after = os.times()
        seconds.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return len(done.stdout.splitlines()), seconds
