"""Moving a store: what push, pull and sync say."""

import json

import pytest

from pipeline_components.cli import main
from pipeline_components.store.bucket import Bucket
from tests.kits.bucket import free_port
from tests.kits.said import said, said_json
from tests.kits.store import chain

COMPONENTS = ("ingest", "preprocess", "train", "export")
pytest.importorskip("obstore", reason="needs obstore: the extra `remote`")


@pytest.fixture
def address(tmp_path, monkeypatch) -> str:
    found = (tmp_path / "bucket").as_uri()
    monkeypatch.setenv("DIGITS_REMOTE", found)
    return found


def result(capsys, *arguments: str) -> tuple[str, list[str]]:
    """What a verb answered, and its lines of progress."""
    assert main(list(arguments)) == 0
    out, err = capsys.readouterr()
    return out, err.splitlines()


def test_a_team_that_outgrew_a_machine(store, address, tmp_path, capsys, monkeypatch):
    chain(store)
    out, progress = result(capsys, "push")
    assert out.endswith(f" sent: artifacts 4, versions 0, runs 0; {store.root} is a cache of {address}\n")
    assert [line.split(",")[0] for line in progress] == [f"digits: {each}/1 is sent" for each in COMPONENTS]
    assert said_json(capsys, "push") == {"artifacts": 0, "versions": 0, "runs": 0, "sent_bytes": 0}
    monkeypatch.setenv("DIGITS_STORE", str(tmp_path / "there"))
    assert said_json(capsys, "sync") == {"artifacts": 4, "served": 0, "runs_sent": 0}
    assert said(capsys, "sync") == f"known: artifacts 4, served models 0; sent: runs 0; as {address} is now\n"
    assert json.loads(result(capsys, "pull", "train", "--json")[0]) == ["ingest/1", "preprocess/1", "train/1"]
    out, progress = result(capsys, "pull", "export/1")
    assert out == "here, as published: ingest/1, preprocess/1, train/1, export/1\n" and len(progress) == 4
    assert said(capsys, "pull") == "here, as published: nothing, for nothing is served\n"
    assert said(capsys, "verify") == f"intact: all 4 artifacts of {tmp_path / 'there'}\n"


@pytest.mark.parametrize("verb", ["push", "pull", "sync"])
def test_without_a_bucket_it_is_one_line(verb, store, capsys):
    chain(store)
    assert "DIGITS_REMOTE: not set: the bucket is expected there" in said(capsys, verb, code=2)


def test_a_folder_that_is_not_there_is_no_store(store, address, capsys):
    assert "no store there" in said(capsys, "push", code=2)


def test_a_bucket_that_does_not_answer_is_named_and_the_store_stays(store, tmp_path, capsys, monkeypatch):
    chain(store)
    monkeypatch.setattr(Bucket.at.__func__, "__defaults__", (0.5,))  # seconds
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}",
        **{"AWS_ALLOW_HTTP": "true", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"},
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DIGITS_REMOTE", "s3://digits/away")
    assert "s3://digits/away: does not answer" in " ".join(said(capsys, "push", code=2).split())
    monkeypatch.delenv("DIGITS_REMOTE")
    assert len(said_json(capsys, "ls")) == 4
