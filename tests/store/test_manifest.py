"""What a manifest digests, and that none is believed unchecked."""

import json

import pytest

from pipeline_components.errors import ArtifactDamaged, StoreError
from pipeline_components.store.seal import seal
from tests.kits.store import photos, produce, recipe


def test_times_host_and_run_are_not_digested_and_everything_else_is(store):
    manifest = produce(store, recipe(epochs=3)).artifact.manifest
    body = manifest.as_json() | {"made": {"at": "x"}, "id": "train/9"}
    others = {
        name: {**body, name: {**body[name], "x": "0" * 64}} for name in ("config", "source", "libraries", "facts")
    }
    rebuilt = {name: type(manifest)(**{k: v for k, v in each.items() if k not in ("format", "digest", "key")})
               for name, each in {**others, "same": body}.items()}  # fmt: skip
    assert rebuilt.pop("same").digest == manifest.digest
    assert manifest.digest not in {each.digest for each in rebuilt.values()} and len(rebuilt) == 4


def test_a_manifest_of_the_first_format_is_read_and_found_and_keeps_its_digest_and_key(store):
    made = produce(store, recipe(epochs=3)).artifact
    body = {name: value for name, value in made.manifest.as_json().items() if name != "outside"} | {"format": 1}
    (made.path / "artifact.json").write_bytes(seal(body))
    old = store.artifact("train/1").manifest
    assert (old.format, old.outside, old.key, old.digest) == (1, {}, made.manifest.key, made.digest)
    assert store.verify() == [] and store.find(recipe(epochs=3)).why == "HIT: train/1"
    assert store.find(recipe(epochs=3, outside=photos("x", "a"))).why == "MISS: outside images (none) → x (aaaaaaaa)"
    assert produce(store, recipe(epochs=4)).artifact.manifest.format == 2


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
