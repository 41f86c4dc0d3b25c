"""The benchmark's own arithmetic, and one pair of both sides on the sample."""

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]


def test_a_process_is_measured_by_itself(monkeypatch):
    from tests.bench.__main__ import measured

    words = json.dumps({"images": 600, "elapsed_s": 2.0})
    own = bytearray(300 << 20)
    big = measured("-c", f"x = bytearray(200 << 20); print('noise'); print({words!r})")
    small = measured("-c", f"print({words!r})")
    assert big.images_per_s == small.images_per_s == 300
    assert big.peak_mib > 200 and len(own) > 200 << 20 and small.peak_mib < 100
    with pytest.raises(RuntimeError, match="ended with 3"):
        measured("-c", "raise SystemExit(3)")


def test_growth_is_measured_in_two_stores_that_hold_what_they_say(tmp_path):
    from tests.bench import growth

    store = growth.build(tmp_path / "store", 6)
    assert [each.id for each in store.artifacts()] == [f"{name}/{n}" for name in ("export", "train") for n in (1, 2, 3)]
    assert len(store.runs()) == 6 and store.verify() == [] and store.find(growth.KNOWN).why == "HIT: train/1"
    taken, paid = growth.tables(tmp_path / "pair", few=4, many=8, turns=2)
    assert (taken.row_count, paid.row_count) == (7, 7)


def test_pages_are_measured_over_a_store_that_holds_what_it_says(tmp_path):
    from tests.bench import pages

    store = pages.build(tmp_path / "store", 6)
    assert [each.damage for each in store.summaries("train")] == [""] * 5
    with pages.served(store.root) as (url, pid):
        times, memory = pages.tables(url, pid, turns=1, requests=4)
    assert times.row_count == len(pages.PAGES)
    assert all(float(next(column.cells)) > 20 for column in memory.columns[1:])


def test_a_bucket_is_measured_in_ledgers_of_any_size(tmp_path):
    pytest.importorskip("obstore", reason="needs obstore: the extra `remote`")
    from tests.bench import bucket

    shown = bucket.ledger(tmp_path, [10, 5_000])
    found = {name: cells for name, *cells in zip(*(column.cells for column in shown.columns), strict=True)}
    assert found["a hit, here already"][0] == found["a hit, here already"][3] == "0"
    assert found["publish"][0] == found["publish"][3]
    assert (found["the names of all, which ls asks for"][0], found["the names of all, which ls asks for"][3]) == (
        "1",
        "6",
    )


def test_the_collector_is_measured_while_it_takes_what_is_old(tmp_path):
    pytest.importorskip("obstore", reason="needs obstore: the extra `remote`")
    from tests.bench import bucket

    shown = bucket.collecting(tmp_path, [bucket.TAKEN, 3 * bucket.TAKEN])
    found = {name: cells for name, *cells in zip(*(column.cells for column in shown.columns), strict=True)}
    first, again = found["what would go, first"], found["what would go, again"]
    assert int(first[3]) - int(first[0]) == 2 * bucket.TAKEN, "a manifest each"
    assert again[0] == again[3] and int(again[0]) < 10
    assert found["it goes"][0] == found["it goes"][3]


def test_networks_are_measured_beside_keras_and_beside_the_products_alone(tmp_path):
    from tests.bench import networks

    rates = {"plain_network": 100, "ours": 250, "products": 300}

    def measured(*command):
        return SimpleNamespace(images_per_s=rates[command[1].rpartition(".")[2]])

    shown = networks.table(SimpleNamespace(pairs=3), tmp_path, tmp_path, measured)
    ratios = list(shown.columns[3].cells)
    assert ratios == ["2.50 ×", "2.50 ×", "2.50 ×", "1.20 ×"]


def test_keras_fits_our_network_with_our_optimizer(preprocessed):
    command = [sys.executable, "-m", "tests.bench.plain_network", preprocessed, "mlp", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["images"] == 3_600 and said["elapsed_s"] > 0


@pytest.mark.slow
def test_both_sides_of_the_training_benchmark_run_on_the_sample():
    options = ["--pairs", "1", "--only", "training", "--epochs", "1", "--dataset", "mnist_sample"]
    process = subprocess.run(
        [sys.executable, "-m", "tests.bench", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr[-3000:]
    assert re.search(r"images/s +│ +[\d,]+ +│ +[\d,]+ +│ +\d+\.\d\d × +│ +≥ 3 ×", process.stdout)
    assert "peak memory" in process.stdout


def test_a_set_of_any_size_is_measured_component_by_component(tmp_path):
    from tests.bench import size
    from tests.bench.__main__ import measured

    shown = size.table(tmp_path, 3000, size.digits(None), measured)
    found = {name: cells for name, *cells in zip(*(column.cells for column in shown.columns), strict=True)}
    assert {name: cells[0] for name, cells in found.items()} == {
        "preprocess": "3,000", "train, in memory": "2,430", "train": "2,430", "evaluate": "300",
    }  # fmt: skip
    assert all(300 < float(cells[-1].replace(",", "")) < 1500 for cells in found.values())
