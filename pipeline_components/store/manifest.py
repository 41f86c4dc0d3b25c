"""`artifact.json`: what an artifact is, what it was made from, by which code, and every byte of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline_components.errors import ArtifactDamaged
from pipeline_components.regular_files import read_regular
from pipeline_components.store import ids
from pipeline_components.store.disk import damaged
from pipeline_components.store.seal import canonical, seal, sha256, unseal

NAME = "artifact.json"
FORMAT = 2  # the first had no `outside`
FIELDS = {
    "id": str,
    "component": str,
    "digest": str,
    "key": str,
    "config": dict,
    "inputs": dict,
    "source": dict,
    "libraries": dict,
    "outside": dict,
    "platform": dict,
    "facts": dict,
    "files": dict,
    "made": dict,
}


@dataclass(frozen=True)
class Manifest:
    """Everything that is known of an artifact.

    `inputs` {name: {"id", "digest", "content"} or a list of these}; `source` {file: sha256 of its syntax tree};
    `libraries` {name: version}; `outside` {name: {"path", "sha256"}}; `files` {path: {"size", "sha256"}};
    `made` {"at", "elapsed_s", "host", "run_id"}, and `served_as` {input: served version} where an input was served.
    """

    id: str
    component: str
    config: dict[str, Any]
    inputs: dict[str, Any]
    source: dict[str, str]
    libraries: dict[str, str]
    outside: dict[str, dict[str, str]]
    platform: dict[str, str]
    facts: dict[str, Any]
    files: dict[str, dict[str, Any]]
    made: dict[str, Any]
    format: int = FORMAT

    @cached_property
    def content(self) -> str:
        """The digest of the bytes alone: what another recipe reads of this artifact."""
        return sha256(canonical(self.files))

    @cached_property
    def key(self) -> str:
        """The digest of the recipe: what would make the same artifact again."""
        contents, outside = each_input(self.inputs, "content"), each_input(self.outside, "sha256")
        return recipe_key(self.component, self.config, contents, self.source, self.libraries, outside)

    @cached_property
    def digest(self) -> str:
        """The digest of all but the times, the host and the names: links a chain of artifacts."""
        body = {name: getattr(self, name) for name in ("component", "config", "source", "libraries", "platform")}
        body |= {"inputs": each_input(self.inputs, "digest"), "facts": self.facts, "files": self.files}
        outside = {"outside": each_input(self.outside, "sha256")} if self.outside else {}
        return sha256(canonical(body | outside))

    @property
    def size_bytes(self) -> int:
        """The bytes of all files, the manifest not counted."""
        return sum(file["size"] for file in self.files.values())

    def as_json(self) -> dict[str, Any]:
        """The manifest as it stands in the file, its checksum left out."""
        return {"format": self.format} | {name: getattr(self, name) for name in FIELDS}

    def render(self) -> bytes:
        """The bytes of `artifact.json`."""
        return seal(self.as_json())


def recipe_key(
    component: str,
    config: object,
    contents: object,
    source: Mapping[str, str],
    libraries: Mapping[str, str],
    outside: Mapping[str, str],
) -> str:
    """What a recipe and the manifest of what it made have in common, whichever format that is in."""
    terms = [1, component, config, contents, dict(source), dict(libraries)]
    return sha256(canonical([*terms, dict(outside)] if outside else terms))


def each_input(inputs: Mapping[str, Any], term: str) -> dict[str, Any]:
    """One term (`id`, `digest`, `content`, `sha256`) of every input: a string, or a list of them."""
    return {
        name: [each[term] for each in value] if isinstance(value, list) else value[term]
        for name, value in inputs.items()
    }


def input_entries(inputs: Mapping[str, Any]) -> list[tuple[str, dict[str, str]]]:
    """Every input with its name, lists laid out: `("examples", {"id", "digest", "content"})`."""
    return [(name, each) for name, value in inputs.items() for each in (value if isinstance(value, list) else [value])]


def read_manifest(folder: Path, artifact_id: str) -> Manifest:
    """The manifest in an artifact's folder; raises ArtifactDamaged for any byte or type out of place."""
    path = folder / NAME
    try:
        raw = read_regular(path)
    except OSError as error:
        raise damaged(path, error) from None
    return parse_manifest(raw, str(path), artifact_id)


def parse_manifest(raw: bytes, name: str, artifact_id: str) -> Manifest:
    """A manifest from its bytes, checked as if somebody hostile had written it."""
    body = unseal(raw, name, FORMAT)
    if body["format"] == 1:
        body["outside"] = {}
    for field, kind in FIELDS.items():
        _expect(type(body.get(field)) is kind, name, field, body.get(field), kind.__name__)
    _expect(body["id"] == artifact_id, name, "id", body["id"], artifact_id)
    _expect(body["component"] == artifact_id.partition("/")[0], name, "component", body["component"], artifact_id)
    _expect_all(body["source"], ids.is_sha256, name, "source")
    _expect_all(body["libraries"], _is_text, name, "libraries")
    _expect_all(body["outside"], _is_outside, name, "outside")
    _expect_all(body["platform"], _is_text, name, "platform")
    _expect_all(body["inputs"], _is_input, name, "inputs")
    expect_files(body["files"], name, NAME)
    _expect(_is_made(body["made"]), name, "made", body["made"], "when, in how many seconds, by which run")
    stated = body.pop("digest"), body.pop("key")
    manifest = Manifest(**{field: body[field] for field in [*FIELDS, "format"] if field in body})
    _expect(stated[0] == manifest.digest, name, "digest", stated[0], manifest.digest)
    _expect(stated[1] == manifest.key, name, "key", stated[1], manifest.key)
    return manifest


def expect_files(files: object, name: str, own: str) -> None:
    """Refuse what is not {path: {"size", "sha256"}} of files inside a folder, beside the one that says so."""
    _expect(isinstance(files, dict), name, "files", files, "dict")
    assert isinstance(files, dict)
    _expect_all(files, _is_file, name, "files")
    for path in files:
        _expect(ids.is_inside(path) and path != own, name, "files", path, "a path inside the artifact")


def _expect(right: bool, name: str, field: str, found: object, expected: str) -> None:
    if not right:
        raise ArtifactDamaged(f"{name}: {field}: {ids.shown(found)} found, {expected} expected: restore it from a copy")


def _expect_all(values: dict[str, Any], check: Callable[[Any], bool], name: str, field: str) -> None:
    for key, value in values.items():
        _expect(check(value), name, f"{field}.{key[:80]}", value, "another type or form")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_outside(value: object) -> bool:
    if not isinstance(value, dict) or value.keys() != {"path", "sha256"}:
        return False
    return _is_text(value["path"]) and ids.is_sha256(value["sha256"])


def _is_made(value: dict[str, Any]) -> bool:
    run_id, elapsed_s = value.get("run_id"), value.get("elapsed_s")
    is_told = _is_text(value.get("at")) and (run_id is None or _is_text(run_id))
    return is_told and isinstance(elapsed_s, int | float) and not isinstance(elapsed_s, bool)


def _is_file(value: object) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"size", "sha256"}
        and type(value["size"]) is int
        and value["size"] >= 0
        and ids.is_sha256(value["sha256"])
    )


def _is_input(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(each, dict) and _is_input(each) for each in value)
    return (
        isinstance(value, dict)
        and value.keys() == {"id", "digest", "content"}
        and ids.is_sha256(value["digest"])
        and ids.is_sha256(value["content"])
        and ids.is_id(value["id"])
    )
