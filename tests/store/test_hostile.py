"""Ids, manifests and files that somebody means ill with: each refused in one line, none followed or waited for."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline_components.errors import ArtifactDamaged, ArtifactNotFound, BadArtifactId, StoreError
from pipeline_components.store import parse_id
from pipeline_components.store.seal import seal, unseal
from tests.kits.store import maker, produce, recipe


def test_links_fifos_and_the_manifests_own_name_are_refused_in_an_artifact(store):
    def link(out: Path):
        (out / "link").symlink_to("/etc/passwd")

    with pytest.raises(StoreError, match="wrote link, a link"):
        store.produce(recipe(), link)
    with pytest.raises(StoreError, match="wrote pipe, neither a file nor a folder"):
        store.produce(recipe(), lambda out: os.mkfifo(out / "pipe"))
    with pytest.raises(StoreError, match=r"wrote artifact\.json, which is the store's own"):
        store.produce(recipe(), lambda out: (out / "artifact.json").write_text("{}"))
    assert store.artifacts() == []


HOSTILE = [
    "../../etc/passwd", "/etc/passwd", "train/../export/1", "train/0", "train/01", "train/-1", "train/1/", "train//1",
    "train/1\0", "train/1\n", "train", "", "train/" + "9" * 5000, "t" * 5000 + "/1", "trаin/1", "train/１", "train/¹",
    "TRAIN/1", "runs/1", "serving/1", ".draft-x/1", "train/1e3", "train/1.0", " train/1", None, 7, b"train/1",
]  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_id_is_refused_in_one_line(store, hostile):
    produce(store, recipe())
    with pytest.raises(BadArtifactId) as caught:
        store.artifact(hostile)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 200 and str(caught.value).isascii()


@given(st.text())
def test_any_text_is_an_id_or_refused(text):
    try:
        component, number = parse_id(text)
    except BadArtifactId:
        return
    assert f"{component}/{number}" == text and "/" not in component and number > 0


@given(st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.integers(1, 10**6))
def test_an_id_is_a_component_and_a_number(component, number):
    assume(component not in ("runs", "serving"))
    assert parse_id(f"{component}/{number}") == (component, number)


def test_an_id_that_does_not_exist_says_which_is_the_last(store):
    produce(store, recipe())
    with pytest.raises(ArtifactNotFound, match=r"train/9: no such artifact in .*: the last is train/1"):
        store.artifact("train/9")
    with pytest.raises(ArtifactNotFound, match="no export artifact is there"):
        store.artifact("export/1")


def test_links_in_the_place_of_components_and_artifacts_are_not_followed(store, tmp_path):
    real = produce(store, recipe()).artifact
    outside = tmp_path / "outside"
    real.path.rename(outside)
    real.path.symlink_to(outside)
    with pytest.raises(StoreError, match="a link"):
        store.artifact("train/1")
    (store.root / "export").symlink_to("/etc")
    with pytest.raises(StoreError, match="a link"):
        store.produce(recipe("export"), maker())
    assert sorted(Path("/etc").glob(".draft*")) == []


def rewritten(artifact, **changes) -> None:
    body = json.loads((artifact.path / "artifact.json").read_bytes())
    body.pop("checksum")
    (artifact.path / "artifact.json").write_bytes(seal(body | changes))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": 3}, "format 3 is from a newer version, this one reads 2: update"),
        ({"format": "1"}, "format '1' found, 2 expected"),
        ({"id": "train/2"}, r"id: 'train/2' found, train/1 expected"),
        ({"files": []}, r"files: \[\] found, dict expected"),
        ({"files": {"../x": {"size": 1, "sha256": "0" * 64}}}, r"files: '\.\./x' found, a path inside"),
        ({"files": {"/etc/passwd": {"size": 1, "sha256": "0" * 64}}}, "files: '/etc/passwd' found"),
        ({"files": {"x": {"size": -1, "sha256": "0" * 64}}}, r"files\.x"),
        ({"files": {"x": {"size": True, "sha256": "0" * 64}}}, r"files\.x"),
        ({"files": {"x": {"size": 1, "sha256": "0"}}}, r"files\.x"),
        ({"inputs": {"examples": {"id": "../1", "digest": "0" * 64, "content": "0" * 64}}}, r"inputs\.examples"),
        ({"inputs": {"examples": [[[]]]}}, r"inputs\.examples"),
        ({"libraries": {"numpy": 2}}, r"libraries\.numpy"),
        ({"outside": {"images": {"path": "photos", "sha256": "0"}}}, r"outside\.images"),
        ({"outside": {"images": {"path": "photos", "sha256": "0" * 64}}}, "digest: "),
        ({"digest": "0" * 64}, "digest: '0000"),
        ({"key": "0" * 64}, "key: '0000"),
        ({"config": None}, "config: None found, dict expected"),
        ({"facts": {"accuracy": 1.0}}, "digest: "),
    ],
)
def test_a_manifest_that_somebody_wrote_is_refused_in_one_line(store, changes, said):
    made = produce(store, recipe()).artifact
    rewritten(made, **changes)
    with pytest.raises(StoreError, match=said) as caught:
        store.artifact("train/1")
    assert "train/1/artifact.json" in str(caught.value) and "\n" not in str(caught.value)
    assert len(store.verify()) == 1 and store.summaries()[0].id == "train/1"
    assert produce(store, recipe()).why == "MISS: train/1 is damaged: artifact.json"


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b"[" * 100_000, b'{"a": NaN}', b"\xff\xfe", b'{"format": 1}', b"\0" * 100, b"1e999"],
)
def test_a_manifest_that_is_no_json_object_is_refused_in_one_line(store, raw):
    made = produce(store, recipe()).artifact
    (made.path / "artifact.json").write_bytes(raw)
    with pytest.raises(ArtifactDamaged, match=r"train/1/artifact\.json") as caught:
        store.artifact("train/1")
    assert "\n" not in str(caught.value)


def test_a_fifo_or_a_link_in_the_place_of_a_file_is_named_and_nobody_waits_for_it(store):
    made = produce(store, recipe()).artifact
    for replace in (os.mkfifo, lambda path: path.symlink_to("/dev/zero")):
        for name in ("notes.txt", "artifact.json"):
            kept = (made.path / name).read_bytes()
            (made.path / name).unlink()
            replace(made.path / name)
            assert [problem.name for problem in store.verify()] == [name]
            assert produce(store, recipe()).why.startswith("MISS: train/1 is damaged")
            (made.path / name).unlink()
            (made.path / name).write_bytes(kept)
            for extra in store.artifacts()[1:]:
                for path in sorted(extra.path.rglob("*"), reverse=True):
                    path.unlink() if path.is_file() else path.rmdir()
                extra.path.rmdir()
    assert store.verify() == []


JSON = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False, allow_infinity=False)
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(max_size=8), JSON | st.dictionaries(st.text(max_size=4), JSON), max_size=5), st.data())
def test_a_sealed_file_comes_back_as_it_was_and_shows_any_changed_byte(body, data):
    body = {"format": 1} | {name: value for name, value in body.items() if name not in ("format", "checksum")}
    raw = bytearray(seal(body))
    assert unseal(bytes(raw), "x") == body
    position = data.draw(st.integers(0, len(raw) - 1))
    raw[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(StoreError, match=r"^x: "):
        unseal(bytes(raw), "x")
