"""A store in a real S3 server behind a line that breaks: answers lost, connections refused, uploads cut."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipeline_components.cli import main
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import BucketUnreachable, StoreError
from pipeline_components.store import Artifact, Store
from pipeline_components.store.bucket import Bucket
from pipeline_components.store.check import check_files, problems_of
from pipeline_components.store.remote import RemoteStore
from pipeline_components.store.served import NAME
from tests.kits.bucket import SECRET, free_port
from tests.kits.proxy import Proxy, once_each, proxy_to
from tests.kits.serving import Running, keep_asking
from tests.kits.store import produce, recipe

LARGE_BYTES = 12_000_000  # sent in parts
WRITER = """
import os, sys
from pathlib import Path
from pipeline_components.store import Recipe, Store

def make(out):
    (out / "model.bin").write_bytes(bytes(range(256)) * 24_000 + sys.argv[2].encode())
    (out / "notes.txt").write_text(sys.argv[2])

print("ready", flush=True)
made = Store.at(sys.argv[1]).produce(Recipe("train", {"seed": sys.argv[2]}, {}, {}, {}, {}), make)
print(made.artifact.id, flush=True)
"""


def never(out):
    raise AssertionError("made again")


@pytest.fixture
def line(s3, monkeypatch) -> Iterator[Proxy]:
    """The way to the S3 server, for whatever is opened from here on."""
    with proxy_to(urlsplit(s3["AWS_ENDPOINT_URL"]).port) as proxy:
        for name, value in (s3 | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.port}"}).items():
            monkeypatch.setenv(name, value)
        yield proxy


@pytest.fixture
def address(tmp_path) -> str:
    return f"s3://digits/network-{tmp_path.name}-{os.getpid()}"


def large(seed: int):
    def make(out: Path) -> None:
        (out / "model.bin").write_bytes(random.Random(seed).randbytes(LARGE_BYTES))

    return make


def test_answers_that_are_lost_make_nothing_twice_and_lose_nothing(line, address, tmp_path):
    line.drops = once_each("PUT", 2)
    stores = [RemoteStore(tmp_path / str(machine), Bucket.at(address)) for machine in range(3)]

    def work(machine: int) -> list[str]:
        store, made = stores[machine], []
        for seed in range(4):
            made.append(produce(store, recipe("train", seed=seed)).artifact.id)
            own = produce(store, recipe("export", seed=[machine, seed])).artifact
            store.served(MODEL_NAME).push(own, why=f"{machine} {seed}")
            store.write_run("shared", {"machine": machine, "seed": seed})
        return made

    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(work, range(3)))
    assert line.cuts > 50
    assert made[0] == made[1] == made[2] and sorted(made[0]) == [f"train/{n}" for n in range(1, 5)]
    there = RemoteStore(tmp_path / "there", Bucket.at(address))
    assert [each.number for each in there.artifacts("export")] == list(range(1, 13))
    entries = there.served(MODEL_NAME).journal()
    assert [entry.version for entry in entries] == list(range(1, 13))
    assert {entry.why for entry in entries} == {f"{machine} {seed}" for machine in range(3) for seed in range(4)}
    attempts = there.run("shared")
    told = {(each["machine"], each["seed"]) for each in [attempts, *attempts["earlier"]]}
    assert len(attempts["earlier"]) == 11 and len(told) == 12
    assert there.verify() == []


@pytest.mark.slow
def test_a_bucket_that_is_away_for_20_s_is_waited_for(line, address, tmp_path):
    store = RemoteStore(tmp_path / "here", Bucket.at(address))
    produce(store, recipe(seed=1))
    line.refuse()
    threading.Timer(20, line.join).start()
    began = time.monotonic()
    assert produce(store, recipe(seed=2)).artifact.id == "train/2"
    assert time.monotonic() - began >= 19
    assert RemoteStore(tmp_path / "there", Bucket.at(address)).verify() == []


def test_a_bucket_that_is_gone_is_named_and_what_is_here_stays_usable(line, address, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(Bucket.at.__func__, "__defaults__", (0.5,))  # seconds
    monkeypatch.setenv("DIGITS_REMOTE", address)
    monkeypatch.setenv("DIGITS_STORE", str(tmp_path / "here"))
    store = RemoteStore(tmp_path / "here", Bucket.at(address))
    produce(store, recipe(seed=1))
    assert main(["sync"]) == 0
    line.refuse()
    for verb in (["ls", "--json"], ["show", "train/1"], ["lineage", "train/1"]):
        capsys.readouterr()
        assert main(verb) == 0
        assert "train/1" in capsys.readouterr().out
    assert store.produce(recipe(seed=1), never).hit
    for ask in (lambda: produce(store, recipe(seed=2)), lambda: store.write_run("r", {})):
        with pytest.raises(BucketUnreachable, match=rf"^{address}: does not answer"):
            ask()
    capsys.readouterr()
    assert main(["sync"]) == 2
    assert capsys.readouterr().err.startswith(f"digits: {address}: does not answer")


def test_an_upload_that_breaks_off_is_made_again(line, address, tmp_path):
    line.breaks = once_each("PUT")
    store = RemoteStore(tmp_path / "here", Bucket.at(address))
    made = store.produce(recipe(seed=1), large(1)).artifact
    assert line.cuts >= 3  # parts of the large file
    there = RemoteStore(tmp_path / "there", Bucket.at(address))
    assert problems_of(there.artifact(made.id)) == []


def test_a_download_that_breaks_off_shows_nothing_partial(line, address, tmp_path):
    made = RemoteStore(tmp_path / "here", Bucket.at(address)).produce(recipe(seed=1), large(1)).artifact
    there = RemoteStore(tmp_path / "there", Bucket.at(address, wait_s=1))
    artifact = there.artifact(made.id)
    line.drops = once_each("GET", 1_000_000)
    with pytest.raises(StoreError, match="does not answer"):
        _ = artifact.path
    assert not (there.root / made.id).exists()
    line.drops = once_each("GET")
    assert problems_of(artifact) == []


@pytest.mark.slow
def test_a_writer_that_is_killed_leaves_nothing_partial_and_the_same_again_succeeds(line, address, tmp_path):
    environment = os.environ | {"DIGITS_REMOTE": address}
    moments, killed = random.Random(12), 0

    def start(seed: int) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", WRITER, str(tmp_path / "writer"), str(seed)]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        return process

    process = start(0)
    began = time.monotonic()
    assert process.communicate(timeout=120)[0] == "train/1\n"
    took_s = time.monotonic() - began
    for seed in range(1, 11):
        process = start(seed)
        time.sleep(moments.uniform(0, took_s))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        there = RemoteStore(tmp_path / f"there-{seed}", Bucket.at(address))
        assert there.verify() == []
        assert {each.number for each in there.artifacts("train")} >= set(range(1, seed + 1))
        again = start(seed)
        assert again.communicate(timeout=120)[0] == f"train/{seed + 1}\n"
    assert killed >= 5
    there = RemoteStore(tmp_path / "at-last", Bucket.at(address))
    assert [each.number for each in there.artifacts("train")] == list(range(1, 12)) and there.verify() == []


@pytest.mark.slow
def test_a_push_that_is_killed_again_and_again_moves_all_in_the_end(line, address, tmp_path):
    alone, moments = Store(tmp_path / "alone"), random.Random(3)
    for seed in range(30):
        export = produce(alone, recipe("export", seed=seed)).artifact
        alone.served(MODEL_NAME).push(export, why=f"{seed}")
        alone.write_run(f"run-{seed}", {"seed": seed})
    ids = [each.id for each in alone.artifacts()]
    command = [sys.executable, "-m", "pipeline_components", "push", "--store", str(alone.root)]
    environment, kills = os.environ | {"DIGITS_REMOTE": address}, 0
    for _ in range(10):
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            assert process.stderr is not None
            process.stderr.readline()  # something is sent
            time.sleep(moments.uniform(0, 0.2))
            process.send_signal(signal.SIGKILL)
        kills += process.returncode == -signal.SIGKILL
    assert kills >= 3
    subprocess.run(command, env=environment, check=True, capture_output=True)
    there = RemoteStore(tmp_path / "there", Bucket.at(address))
    assert [each.id for each in there.artifacts()] == ids and there.verify() == []
    assert [entry.why for entry in there.served(MODEL_NAME).journal()] == [f"{seed}" for seed in range(30)]
    assert {each["run_id"] for each in there.runs()} == {f"run-{seed}" for seed in range(30)}


def test_a_host_follows_over_a_line_that_breaks(line, address, tmp_path):
    here = RemoteStore(tmp_path / "here", Bucket.at(address))
    following = RemoteStore(tmp_path / "there", Bucket.at(address)).served(MODEL_NAME)
    for seed in range(3):
        line.drops = once_each("GET")
        pushed = here.served(MODEL_NAME).push(produce(here, recipe("export", seed=seed)).artifact)
        found = following.bring(pushed.number)
        assert found is not None and check_files(found.path, found.files, "version", {NAME}) == []


@pytest.mark.slow
def test_a_prediction_server_follows_a_push_and_a_rollback_of_another_host(
    line, address, tmp_path, monkeypatch, saved_models
):
    """Predictions flow while another host pushes and rolls back over a line that loses answers: none fails."""
    here = RemoteStore(tmp_path / "here", Bucket.at(address))

    def export(name: str) -> Artifact:
        def make(out: Path) -> None:
            shutil.copytree(saved_models / name, out / "saved_model")

        return here.produce(recipe("export", name=name), make).artifact

    here.served(MODEL_NAME).push(export("a"))
    other = export("b")
    monkeypatch.setenv("DIGITS_REMOTE", address)
    server = Running(tmp_path / "there", log=tmp_path / "serve.log")
    seen, stop = [], threading.Event()
    asking = threading.Thread(target=keep_asking, args=(server, seen, stop))
    try:
        server.wait_for(1)
        asking.start()
        line.drops = once_each("GET")
        for change in (lambda: here.served(MODEL_NAME).push(other), lambda: here.served(MODEL_NAME).rollback()):
            number, changed_at = change().number, time.monotonic()
            while not (server.folder / str(number)).is_dir():
                assert time.monotonic() - changed_at < 5, "not followed within 5 s"
                time.sleep(0.02)
            server.wait_for(number)
            while all(version != number for _, version, *_ in seen[-20:]):
                time.sleep(0.01)
    finally:
        stop.set()
        if asking.ident:
            asking.join()
        server.stop()
    assert {status for status, *_ in seen} == {200}
    assert {version for _, version, *_ in seen} == {1, 2, 3}


@pytest.mark.parametrize(
    ("address", "variables"),
    [
        (
            "gs://digits/tests",
            {
                "GOOGLE_SERVICE_ACCOUNT_KEY": '{"private_key": "", "private_key_id": "", "client_email": "", '
                '"disable_oauth": true, "gcs_base_url": "%s"}'
            },
        ),
        (
            "az://digits/tests",
            {
                "AZURE_STORAGE_ACCOUNT_NAME": "tests",
                "AZURE_STORAGE_ACCOUNT_KEY": "c2VjcmV0",
                "AZURE_ENDPOINT": "%s",
                "AZURE_ALLOW_HTTP": "true",
            },
        ),
    ],
)
def test_the_other_kinds_are_opened_by_the_environment_and_named_when_they_do_not_answer(
    address, variables, monkeypatch
):
    nobody = f"http://127.0.0.1:{free_port()}"
    for name, value in variables.items():
        monkeypatch.setenv(name, value.replace("%s", nobody))
    monkeypatch.setenv("GOOGLE_ALLOW_HTTP", "true")
    bucket = Bucket.at(address, wait_s=0.5)
    with pytest.raises(BucketUnreachable, match=rf"^{address}: does not answer") as told:
        bucket.get("store.json")
    assert "\n" not in str(told.value) and SECRET not in str(told.value)
