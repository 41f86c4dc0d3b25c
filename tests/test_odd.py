"""Wrong input and odd stores: whatever stands where a file should, one line or the right answer, within seconds.

Each case: what is done to a store of two runs, the command, its exit code, and a part of what it says.
"""

import json
import logging
import shutil
from functools import partial
from pathlib import Path

import pytest

from pipeline_components.chain import produce
from pipeline_components.cli import main
from tests.kits.harms import (
    CACHE,
    JOURNAL,
    Harm,
    at_record,
    chained,
    fifo,
    folder,
    forged,
    holds,
    journal_line,
    link,
    listening,
    nothing,
    numbers_used_up,
    record,
    sealed,
    sparse,
    stamp,
)
from tests.kits.odd import FLAGS, light_store, make

RUN, EXPLAIN = ("run", *FLAGS, "--seed", "2"), ("explain", *FLAGS, "--seed", "2")
DIFF = ("diff", "evaluate/1", "evaluate/2")
BLESSING, METRICS, LAST = "evaluate/2/blessing.json", "evaluate/2/metrics.json", ".index/train/last"
DEEP = '{"a":' * 1000 + "1" + "}" * 1000


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        return light_store(tmp_path_factory.mktemp("odd") / "store", patch).root


@pytest.fixture
def store(made, tmp_path, monkeypatch) -> Path:
    root = shutil.copytree(made, tmp_path / "store")
    monkeypatch.setenv("DIGITS_STORE", str(root))
    monkeypatch.delenv("DIGITS_MANUAL_DIR", raising=False)
    monkeypatch.setattr(produce, "make", make)
    logger = logging.getLogger("pipeline_components")  # which verbs set for a process of their own
    for name, value in (("handlers", []), ("level", logger.level), ("propagate", logger.propagate)):
        monkeypatch.setattr(logger, name, value)
    monkeypatch.setattr("webbrowser.open", lambda page: pytest.fail(f"{page} was opened"))
    return root


def cases(harm: Harm, *commands: tuple[tuple[str, ...], int, str]) -> list[tuple[Harm, tuple[str, ...], int, str]]:
    return [(harm, *command) for command in commands]


#: A file of an artifact that is no longer what was published.
FILES = [
    *(
        case
        for harm in (holds(BLESSING, "{"), holds(BLESSING, b"\xff\xfe"), fifo(BLESSING), folder(BLESSING))
        for case in cases(
            harm,
            (("export",), 2, "evaluate/2: blessing.json: "),
            (EXPLAIN, 0, "MISS: evaluate/2 is damaged: blessing.json"),
            (("show", "evaluate/2"), 0, "blessing.json"),
            (("verify",), 2, "1 problem: restore from a copy"),
        )
    ),
    *(
        case
        for harm in (holds(METRICS, "{"), holds(METRICS, b"\xff\xfe"), fifo(METRICS), folder(METRICS))
        for case in cases(harm, (DIFF, 2, "evaluate/2: metrics.json: "), (("show", "evaluate/2"), 0, "metrics.json"))
    ),
    *cases(
        sparse(METRICS, 2**40),
        (DIFF, 2, "1099511627776 bytes found, 49 expected"),
        (("show", "evaluate/2"), 0, "too large to look into"),
    ),
    *cases(listening(METRICS), (DIFF, 2, "evaluate/2: metrics.json: "), (("show", "evaluate/2"), 0, "cannot be read")),
    *cases(link(METRICS, "/etc/passwd"), (DIFF, 2, "evaluate/2: metrics.json: ")),
    *cases(holds("evaluate/2/confusion.parquet", "x"), (DIFF, 2, "evaluate/2: confusion.parquet: 1 bytes found")),
    *cases(holds("report/2/report.html", "<script>"), (("open",), 2, "report/2: report.html: 8 bytes found")),
    *cases(fifo("report/2/report.html"), (("open", "evaluate/2"), 2, "report/2: report.html: ")),
    *cases(holds("export/2/model.json", "[]"), (("predict", __file__), 2, "export/2: model.json: 2 bytes found")),
    *cases(fifo("export/2/model.json"), (("predict", __file__), 2, "export/2: model.json: ")),
]
#: The store's own files and folders.
OWN = [
    *(
        case
        for harm in (folder(JOURNAL), fifo(JOURNAL), link(JOURNAL, "/dev/zero"), sparse(JOURNAL, 2**40))
        for case in cases(
            harm,
            (("verify",), 2, "1 problem: restore from a copy"),
            (("rollback",), 2, "journal.jsonl: "),
            (RUN, 2, "journal.jsonl: "),
            (("ls",), 0, "SERVED NOW, version 2"),
        )
    ),
    *cases(journal_line(version="1"), (("verify",), 2, "1 problem"), (("rollback",), 2, "line 1: its bytes")),
    *cases(journal_line(version=10**30), (("rollback",), 2, "line 1: its bytes")),
    *cases(journal_line(who=None), (("rollback",), 2, "line 1: its bytes")),
    *(
        case
        for harm in (
            folder,
            fifo,
            partial(holds, content=b"\xff"),
            partial(holds, content="[]"),
            partial(holds, content=DEEP),
        )
        for case in cases(
            at_record(harm),
            (("verify",), 2, "1 problem: restore from a copy"),
            (("runs",), 0, "run__"),
            (("gc",), 2, "runs/run__"),
            (("replay", "latest", "ingest", "--out", "."), 2, "choose a folder that is not there yet"),
        )
    ),
    *cases(record(steps=[1]), (("runs",), 0, "run__"), (("replay", "latest", "train"), 2, "holds no steps")),
    *cases(record(steps={"train": 7}), (("runs",), 0, "run__"), (("replay", "latest", "train"), 2, "holds no steps")),
    *cases(record(steps={"train": {"id": 7}}), (("runs",), 0, "run__"), (("replay", "latest", "train"), 2, "no steps")),
    *cases(record(steps={"train": {"id": "../x"}}), (("replay", "latest", "train"), 2, "holds no steps")),
    *cases(record(parameters=7), (("runs",), 0, "run__"), (("replay", "latest", "train"), 2, "steps and parameters")),
    *cases(record(elapsed_s="x", ended_at=7, accuracy=[], verdict={}), (("runs",), 0, "run__")),
    *cases(record(elapsed_s=10**299, ended_at="9999-12-31T23:59:59-12:00"), (("runs",), 0, "run__")),
    *cases(record(ending="\ud800", ended_at="\ud800"), (("runs",), 0, "\\ud800")),
    *cases(holds("pins.json", "{"), (("ls",), 2, "pins.json: not JSON"), (("gc",), 2, "pins.json: not JSON")),
    *cases(sealed("pins.json", pins=["x"]), (("ls",), 2, "pins: an object of artifacts' ids")),
    *cases(sealed("pins.json", pins={"../x": {}}), (("gc",), 2, "pins: an object of artifacts' ids")),
    *cases(fifo("pins.json"), (("ls",), 2, "pins.json: not a regular file")),
    *cases(sealed("train/.collected.json", numbers=[10**40]), (("gc", "--delete", "--keep", "0"), 0, "freed")),
    *cases(sealed("serving/digits/2/version.json", origin="2"), (("ls",), 2, "origin: '2' found")),
    *cases(sealed("serving/digits/2/version.json", files=[]), (("verify",), 2, "1 problem"), (("ls",), 2, "files: []")),
    *cases(sealed("serving/digits/2/version.json", export="../x"), (("ls",), 2, "export or origin is none")),
    *cases(
        sealed("serving/digits/1/version.json", files={"../../../x": {"size": 0, "sha256": "0" * 64}}),
        (("rollback", "1"), 2, "a path inside"),
    ),
    *cases(fifo("serving/digits/2/version.json"), (("ls",), 2, "not a regular file"), (RUN, 2, "not a regular file")),
    *cases(holds("serving", "x"), (("ls",), 0, "train/2"), (RUN, 2, "serving")),
    *cases(holds("runs", "x"), (("runs",), 0, ""), (RUN, 2, "runs")),
    *cases(holds(".locks", "x"), (("ls",), 0, "train/2"), (RUN, 2, ".locks")),
    *cases(holds(".drafts", "x"), (RUN, 2, ".drafts")),
    *cases(fifo(CACHE), (("ls",), 0, "train/2")),
    *cases(folder(CACHE), (("ls",), 0, "train/2")),
    *cases(holds(".index", "x"), (EXPLAIN, 0, "HIT: train/2")),
    *cases(fifo(".index/train"), (EXPLAIN, 0, "HIT: train/2"), (RUN, 0, "6 of 6 reused")),
    *cases(link(".index/train", "/dev/zero"), (EXPLAIN, 0, "HIT: train/2"), (RUN, 0, "6 of 6 reused")),
    *cases(
        numbers_used_up,
        (("verify",), 2, "problems"),
        (("run", *FLAGS, "--seed", "3"), 2, "its last number, 999999999, is given"),
    ),
]
ROW = ["0" * 64, "2026-01-01T00:00:00+00:00", 1.0, 1, 1, None, {}, ""]
ROWS = [
    [],
    [[1, 2, 3]],
    {"train/1": 7},
    {"train/1": [None, ROW[:3]]},
    {"train/1": [None, [*ROW, 1]]},
    7,
    None,
    "x",
    *(
        {"train/2": ["?", [*ROW[:at], value, *ROW[at + 1 :]]]}
        for at, value in ((0, 7), (1, None), (2, "x"), (3, 10**400 // 10**100), (4, {}), (5, 7), (6, []), (7, 0))
    ),
]


def poisoned_cache(rows: object) -> Harm:
    """Rows of another form, with the fingerprint that the manifest has."""

    def harm(root: Path) -> None:
        found = (root / "train/2/artifact.json").lstat()
        state = [found.st_ino, found.st_size, found.st_ctime_ns]
        text = json.dumps(rows).replace('"?"', json.dumps(state))
        stamp(CACHE, text.encode())(root)

    return harm


#: Files that can be made anew, of another form under a right checksum: thrown away, and nothing is lost by it.
POISON = [
    *(
        case
        for rows in ROWS
        for case in cases(poisoned_cache(rows), (("ls",), 0, "train/2"), (EXPLAIN, 0, "HIT: train/2"))
    ),
    *cases(stamp(CACHE, ("[" * 100_000).encode()), (("ls",), 0, "train/2")),
    *(
        case
        for last in (
            7,
            [],
            {"last": "x", "parts": [], "collected": None},
            {"last": 2, "parts": 7, "collected": None},
            {"last": 2, "parts": [[]], "collected": None},
            {"last": 10**30, "parts": [], "collected": None},
            {"last": -1, "parts": [], "collected": None},
            {"last": True, "parts": {}, "collected": 7},
        )
        for case in cases(stamp(LAST, last), (EXPLAIN, 0, "HIT: train/2"))
    ),
    *(
        case
        for last in (7, [], {}, "x", [1, 2], ["../x", 7], ["run__x", None], [[], {}])
        for case in cases(stamp(".index/runs/last", last), (("replay", "latest", "nosuch"), 2, "unknown component"))
    ),
]
MADE = {"at": "2026-01-01T00:00:00+00:00", "elapsed_s": 1.0, "host": "x", "run_id": None}
#: Manifests with right digests and odd values, and chains of them.
FORGED = [
    *cases(forged("train/2", made={}), (("show", "train/2"), 2, "made: {} found"), (("ls",), 0, "DAMAGED")),
    *cases(
        forged("train/2", made=MADE | {"elapsed_s": "x"}), (("show", "train"), 2, "made: "), (("ls",), 0, "DAMAGED")
    ),
    *cases(forged("train/2", made=MADE | {"at": "0001-01-01T00:00:00+14:00"}), (("show", "train"), 0, "0001-01-01")),
    *cases(forged("train/2", made=MADE | {"elapsed_s": 10**299}), (("ls",), 0, "DAMAGED")),
    *cases(
        forged("train/2", facts={"verdict": "[/]", "accuracy": "\ud800"}),
        (("ls",), 0, "train/2"),
        (("lineage", "train/2"), 0, "[/]"),
    ),
    *cases(forged("train/2", facts={"a": {"b": [10**299, None, "\x1b[2J"]}}), (("show", "train/2"), 0, "train/2")),
    *cases(
        forged("evaluate/2", facts={}),
        (("ls", "--verdict", "blessed"), 0, "evaluate/1"),
        (("diff", "evaluate/1", "evaluate/2"), 0, "accuracy"),
    ),
    *cases(chained, (("lineage", "train/3000"), 0, "… (--json)"), (("lineage", "train/1", "--dot"), 0, "digraph")),
    *cases(
        partial(chained, length=5, loop=True),
        (("lineage", "train/3"), 0, "(above)"),
        (("verify",), 2, "problems"),
        (("gc",), 0, "freed"),
    ),
    *cases(partial(chained, length=1, loop=True), (("lineage", "train/1"), 0, "(above)"), (("gc",), 0, "freed")),
]
LONG = "/tmp/" + "a" * 5000
SCHEMA = {"dataset": "mnist_sample", "classes": [str(digit) for digit in range(10)]}


def schema(**changes: object) -> tuple[str, ...]:
    return ("run", *FLAGS, "--data-schema", json.dumps(SCHEMA | changes))


#: What a person types.
TYPED = [
    *(
        (nothing, (*verb, "--store", where), 2, "file name too long")
        for where in (LONG, "/tmp/" + "b/" * 3000)
        for verb in (
            ("ls",),
            ("runs",),
            ("verify",),
            ("gc",),
            RUN,
            EXPLAIN,
            ("show", "train/1"),
            ("rollback",),
            ("serve", "--port", "0"),
        )
    ),
    *(
        (nothing, ("run", *FLAGS, flag, value), 2, said)
        for flag, value, said in (
            ("--epochs", "1_0", "epochs: '1_0' found"),
            ("--epochs", " 3 ", "epochs: ' 3 ' found"),
            ("--epochs", "3\n", "epochs: '3\\n' found"),
            ("--epochs", "+3", "epochs: '+3' found"),
            ("--epochs", "3.0", "epochs: '3.0' found"),
            ("--epochs", "３", "epochs: '３' found"),
            ("--epochs", "9" * 1000, "epochs: '9999"),
            ("--learning-rate", "1_0.0", "learning_rate: '1_0.0' found"),
            ("--learning-rate", "\t0.1", "learning_rate: '\\t0.1' found"),
            ("--seed", "9" * 5000, "seed: '9999"),
            ("--data-schema", DEEP, "nested deeper than 100"),
            ("--data-schema", "[" * 100_000, "nested deeper than 100"),
            ("--data-schema", "{}", "data_schema"),
            ("--data-schema", "7", "data_schema"),
        )
    ),
    *(
        (nothing, schema(**changes), 2, said)
        for changes, said in (
            ({"image": {"shape": [32, 32]}}, "image.shape"),
            ({"image": {"shape": []}}, "image.shape"),
            ({"image": {"dtype": "float64"}}, "image.dtype"),
            ({"image": {"minimum": -1000}}, "image.minimum"),
            ({"image": {"maximum": 10000}}, "image.maximum"),
            ({"image": {"minimum": 200, "maximum": 100}}, "minimum"),
            ({"splits": {"trian": 5}}, "splits.trian"),
            ({"splits": {"train": -1}}, "splits.train"),
            ({"classes": ["0"] * 10}, "classes"),
            ({"dataset": ""}, "dataset"),
        )
    ),
    *(
        (nothing, arguments, 2, said)
        for arguments, said in (
            (("gc", "--keep-of", "train=" + "9" * 1000), "--keep-of: train=9999"),
            (("gc", "--keep-of", "train=" + "9" * 5000), "--keep-of: train=9999"),
            (("gc", "--keep-of", "train=1_0"), "--keep-of: train=1_0"),
            (("gc", "--keep-of", "train=²"), "--keep-of: train=²"),
            (("gc", "--keep", "-1"), "Must be >= 0"),
            (("gc", "--days", "nan"), "a number expected"),
            (("gc", "--grace-hours", "nan", "--delete"), "a number expected"),
            (("gc", "--grace-hours", "-inf", "--delete"), "a number expected"),
            (("ls", "--limit", "-2"), "Must be >= 0"),
            (("ls", "--limit", "0x3"), "a whole number expected"),
            (("ls", "--limit", "9" * 5000), "a whole number expected"),
            (("rollback", "1_0"), "a whole number expected"),
            (("rollback", "9" * 1000), "a whole number expected"),
            (("serve", "--port", "70000"), "Must be <= 65535"),
            (("serve", "--port", "0", "--host", "a" * 300), "cannot listen there"),
            (("serve", "--port", "0", "--feedback", "/dev/null"), "--feedback /dev/null: not a folder"),
            (("serve", "--port", "8_0"), "a whole number expected"),
            (("serve", "--deadline", "0"), "Must be > 0"),
            (("serve", "--deadline", "nan"), "a number expected"),
            (("open", "train/1"), "train/1: a report's id, or that of the evaluation it shows, expected"),
            (("open", "export"), "export/2: a report's id"),
            (("show", "train/" + "9" * 1000), "not an artifact id"),
            (("replay", "a" * 5000, "train"), "not a run id"),
            (("ls", "\x1b[31m"), "\\x1b[31m: no such component"),
            (("predict", "a" * 5000), "file name too long"),
            (("@/dev/zero",), "@/dev/zero: no such file can be read: not a regular file"),
            (("ls", "@"), "@: no such file can be read"),
            (("ls", "@" + "a" * 5000), "no such file can be read: File name too long"),
        )
    ),
]
ALL = [*FILES, *OWN, *POISON, *FORGED, *TYPED]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("harm", "arguments", "code", "said"), ALL)
def test_an_odd_store_or_input_is_one_line_or_the_right_answer(store, capsys, harm, arguments, code, said):
    harm(store)
    assert main(arguments) == code
    out, err = capsys.readouterr()
    assert said in (err if code else out + err)
    assert "Traceback" not in err
    if code:
        line = err.splitlines()[-1]
        assert line.startswith("digits: ") and line.isprintable() and len(line) < 1000
        assert out == "" or arguments[0] in ("verify", "run")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("columns", ["0", "1", "-3", "x", "²", "9" * 5000, "100000000000"])
def test_help_and_tables_are_laid_out_whatever_columns_says(store, capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    assert main(["run", "--help"]) == main(["ls"]) == main(["lineage", "train"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 500


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (fifo("x"), "not a regular file"),
        (folder("x"), "not a regular file"),
        (sparse("x", 300_000_000), "300000000 bytes found, at most 1000000 expected"),
        (holds("x", b"\xff"), "can't decode byte 0xff"),
        (holds("x", b"a\0b"), "a byte 0 found"),
        (holds("x", DEEP), "nested deeper than 100"),
    ],
)
def test_a_value_from_a_file_is_looked_at_first(store, capsys, harm, said):
    harm(store)
    assert main(["run", *FLAGS, "--data-schema", f"@{store / 'x'}"]) == 2
    out, err = capsys.readouterr()
    assert said in err and err.count("\n") == 1 and out == ""
