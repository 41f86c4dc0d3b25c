"""Keeping a store: what verify, gc, pin and unpin say."""

import re

from pipeline_components.cli import main
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.store import ServedModel
from tests.kits.said import said, said_json
from tests.kits.store import chain, produce, recipe


def test_verify_names_the_file_and_fails(store, capsys):
    made = chain(store)
    assert said(capsys, "verify") == f"intact: all 4 artifacts of {store.root}\n"
    (made["train"].path / "notes.txt").write_text("x")
    assert main(["verify"]) == 2
    out, err = capsys.readouterr()
    assert out.startswith("train/1: notes.txt: 1 bytes found, ") and "1 problem: restore from a copy" in err
    assert said(capsys, "verify", "export/1", "ingest") == "intact: export/1, ingest\n"
    assert "no such artifact" in said(capsys, "verify", "train/9", code=2)


def test_runs_gc_and_pins(store, capsys):
    chain(store)
    steps = {"train": {"id": "train/1", "hit": True}, "export": {"id": "export/1", "hit": False}}
    store.write_run("run__1", {"steps": steps, "verdict": "blessed", "accuracy": 0.98, "elapsed_s": 3.0})
    assert said_json(capsys, "runs")[0]["steps"] == steps
    assert re.search(r"^run__1 +blessed +0\.9800 +3\.0 s$", said(capsys, "runs"), re.MULTILINE)
    assert said(capsys, "gc") == "0 of 4 artifacts, 0 B would be freed: --delete does it\n"
    everything = ("--keep", "0", "--days", "0", "--keep-runs", "0", "--grace-hours", "0")
    assert said(capsys, "pin", "train", "--why", "paper") == "train/1\n"
    assert said_json(capsys, "gc", *everything)["collected"].keys() == {"export/1"}
    assert said_json(capsys, "gc", "--delete", *everything)["is_dry_run"] is False
    assert [artifact.id for artifact in store.artifacts()] == ["ingest/1", "preprocess/1", "train/1"]
    assert said(capsys, "unpin", "train/1", "--why", "printed", "--by", "anna") == "train/1\n"
    assert store.pinnings("train/1")[-1].items() >= {"action": "unpin", "why": "printed", "who": "anna"}.items()
    assert "not pinned" in said(capsys, "unpin", "train/1", code=2)
    assert "--keep-of: train=x found" in said(capsys, "gc", "--keep-of", "train=x", code=2)


def test_gc_shows_the_versions_that_go(store, capsys):
    for seed in range(3):
        ServedModel(store.root, MODEL_NAME).push(produce(store, recipe("export", seed=seed)).artifact)
    shown = said(capsys, "gc", "--keep-versions", "1")
    assert re.search(r"^serving/digits/1 +\d\.\d kB$", shown, re.MULTILINE) and "serving/digits/2" not in shown
    assert re.search(r"0 of 3 artifacts and 1 served version, \d\.\d kB would be freed: --delete does it\n$", shown)
    assert said_json(capsys, "gc", "--keep-versions", "1", "--delete")["retired"].keys() == {"serving/digits/1"}
    assert "served version" not in said(capsys, "gc", "--keep-versions", "1")
