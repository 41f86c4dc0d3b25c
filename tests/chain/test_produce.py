"""The chain: what is reused, what is made again and why, what is served, what is refused."""

import json

import pytest

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.store import ServedModel, Store
from tests.kits.components import QUICK

COMPONENTS = ["ingest", "preprocess", "train", "evaluate", "report", "export"]


def ids(record: dict) -> list[str]:
    return [step["id"] for step in record["steps"].values()]


def test_the_first_run_makes_every_artifact_and_serves_the_model(digits):
    (record,) = Store(digits.store).runs()

    assert ids(record) == [f"{component}/1" for component in COMPONENTS]
    assert [step["hit"] for step in record["steps"].values()] == [False] * 6
    assert (record["verdict"], record["served_version"], record["dataset"]) == ("blessed", 1, "mnist_sample")
    assert record["parameters"]["epochs"] == 3
    assert (record["model"], record["report"]) == ("train/1", "report/1"), "ids, and no path of a machine"
    assert record["accuracy"] > 0.75
    served = ServedModel(digits.store, MODEL_NAME).current()
    assert (served.number, served.export) == (1, "export/1")
    assert (served.path / "saved_model.pb").is_file()


def test_the_same_again_is_all_hits_and_serves_nothing_new(digits):
    before = digits.files()
    record = digits.json("run", *QUICK)

    assert [step["hit"] for step in record["steps"].values()] == [True] * 6
    assert record["served_version"] == 1
    assert digits.files() == before


def test_force_retrains_to_identical_weights_and_everything_after_is_a_hit(digits):
    record = digits.json("run", *QUICK, "--force", "train")
    store = Store(digits.store)

    assert record["steps"]["train"] | {"elapsed_s": 0} == {
        "id": "train/2",
        "hit": False,
        "why": "MISS: forced",
        "reason": {"kind": "forced", "id": None, "file": None, "changes": []},
        "elapsed_s": 0,
    }
    first, second = (store.artifact(f"train/{n}").manifest for n in (1, 2))
    assert first.facts["weights_digest"] == second.facts["weights_digest"]
    assert first.files == second.files
    assert [c for c, step in record["steps"].items() if not step["hit"]] == ["train"]


def test_a_changed_parameter_is_named_and_only_what_depends_on_it_is_made(digits):
    record = digits.json("run", *QUICK, "--gallery-size", "12")

    assert {c: step["why"] for c, step in record["steps"].items() if not step["hit"]} == {
        "report": "MISS: config gallery_size 24 → 12"
    }


def test_a_damaged_artifact_is_made_again_and_said_so(digits):
    file = digits.store / "preprocess" / "1" / "test.arrow"
    file.chmod(0o644)
    data = bytearray(file.read_bytes())
    data[5000] ^= 1
    file.write_bytes(data)
    record = digits.json("run", *QUICK)

    assert record["steps"]["preprocess"]["id"] == "preprocess/2"
    assert record["steps"]["preprocess"]["why"] == "MISS: preprocess/1 is damaged: test.arrow"
    assert [c for c, step in record["steps"].items() if not step["hit"]] == ["preprocess"]


def test_a_rolled_back_model_does_not_come_back_by_itself(digits):
    other = (*QUICK, "--seed", "5", "--class-margin", "1", "--loss-margin", "9")
    worse = digits.json("run", *other, "--champion-alpha", "0.0001")
    assert worse["served_version"] == 2
    assert (worse["served_model"], worse["held_back"]) == ("train/2", None)
    digits("evaluate", "--model", "train/2", *QUICK[4:], "--champion-alpha", "0.0002")  # train/2 is served meanwhile
    for evaluation in ("evaluate/2", "evaluate/3"):
        assert Store(digits.store).artifact(evaluation).manifest.made["served_as"]["champion"] == "digits/1"
    page = (digits.store / worse["report"] / "report.html").read_text()
    assert f"in <span>{worse['run_id']}</span> against export/1, served as digits/1</p>" in page
    digits("rollback", "--why", "users complain")
    told = digits("run", *other, "--champion-alpha", "0.00005")
    again = Store(digits.store).last_run()

    assert (again["model"], again["served_version"], again["served_model"]) == ("train/2", 3, "train/1")
    export = again["steps"]["export"]["id"]
    assert again["held_back"].startswith(f"{export} was rolled back from on 20")
    assert again["held_back"].endswith(", 'users complain': `digits rollback 2` serves it again")
    assert ServedModel(digits.store, MODEL_NAME).current().export == "export/1"
    lines = [line.split(maxsplit=1) for line in told.stdout.splitlines()]
    assert ["verdict", "blessed, held back"] in lines
    assert ["held", f"back {again['held_back']}"] in lines
    assert ["served", "digits/3 (train/1), not this run's model"] in lines
    digits("rollback", "2")
    assert digits.json("run", *other, "--champion-alpha", "0.00005")["held_back"] is None


@pytest.mark.mnist
@pytest.mark.slow
def test_all_of_mnist_with_the_defaults_reaches_0_975(tmp_path, mnist_dir, digits):
    digits.store = tmp_path / "mnist"
    result = digits("run", "--json", DIGITS_MANUAL_DIR=str(mnist_dir))
    record = json.loads(result.stdout)

    assert (record["dataset"], record["examples"]) == ("mnist", 10_000)
    assert record["accuracy"] >= 0.975
    assert record["verdict"] == "blessed"
    assert Store(digits.store).artifact("preprocess/1").manifest.facts["train"] == 54_000
    assert [step["hit"] for step in digits.json("run", "--dataset", "mnist")["steps"].values()] == [True] * 6
