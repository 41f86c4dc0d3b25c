"""What the store promises of one process: made once, found again, and why not."""

import errno
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_components.errors import ArtifactDamaged, ArtifactNotFound, BadArtifactId, BadData, StoreError
from pipeline_components.store import Hit, Miss, Store, parse_id, source_closure
from pipeline_components.store.seal import seal, unseal
from tests.store_kit import LIBRARIES, SOURCE, chain, maker, produce, recipe


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "artifacts")


def test_a_recipe_is_made_once_and_then_found(store):
    first = produce(store, recipe(epochs=3), run_id="manual__1")
    again = store.produce(recipe(epochs=3), lambda out: pytest.fail("made twice"))
    assert (first.hit, first.why, first.artifact.id) == (False, "MISS: nothing like it yet", "train/1")
    assert (again.hit, again.why, again.artifact.id) == (True, "HIT: train/1", "train/1")
    manifest = again.artifact.manifest
    assert list(manifest.files) == ["notes.txt", "saved_model/saved_model.pb", "saved_model/variables/data"]
    assert manifest.files["notes.txt"]["size"] == (first.artifact.path / "notes.txt").stat().st_size
    assert manifest.config == {"epochs": 3} and manifest.facts == {"parts": 2}
    assert manifest.made["run_id"] == "manual__1"
    assert store.artifacts() == [again.artifact] and store.verify() == []


def test_force_makes_it_again_under_the_next_number(store):
    first = produce(store, recipe(epochs=3)).artifact
    second = produce(store, recipe(epochs=3), force=True)
    assert (second.why, second.artifact.id) == ("MISS: forced", "train/2")
    assert second.artifact.manifest.digest == first.manifest.digest  # number, time and host are not digested


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


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"epochs": 3}, "MISS: config epochs 20 → 3"),
        ({"epochs": 20, "seed": 1}, "MISS: config seed (none) → 1"),
        ({"epochs": 20, "source": SOURCE | {"pkg/train.py": "c" * 64}}, "MISS: source pkg/train.py changed"),
        ({"epochs": 20, "source": SOURCE | {"pkg/new.py": "c" * 64}}, "MISS: source pkg/new.py added"),
        ({"epochs": 20, "source": {"pkg/train.py": "a" * 64}}, "MISS: source pkg/config.py removed"),
        ({"epochs": 20, "libraries": LIBRARIES | {"tensorflow": "2.21"}}, "MISS: library tensorflow 2.20 → 2.21"),
        ({"epochs": 3, "libraries": {}}, "MISS: config epochs 20 → 3 and 2 more"),
    ],
)
def test_a_miss_names_what_changed(store, changed, why):
    produce(store, recipe(epochs=20))
    found = store.find(recipe(**changed))
    assert isinstance(found, Miss) and found.why == why and found.nearest == "train/1"


def test_a_miss_is_told_against_the_most_similar_artifact_not_the_newest(store):
    produce(store, recipe(epochs=20, seed=0))
    produce(store, recipe(epochs=5, seed=9, batch_size=64))
    assert store.find(recipe(epochs=21, seed=0)).why == "MISS: config epochs 20 → 21"


def test_an_input_counts_by_its_bytes(store):
    data = [store.produce(recipe("preprocess", n=n), maker(content)).artifact for n, content in enumerate("aba")]
    produce(store, recipe(inputs={"examples": data[0]}))
    assert store.find(recipe(inputs={"examples": data[1]})).why == "MISS: input examples preprocess/1 → preprocess/2"
    assert store.find(recipe(inputs={"examples": data[2]})).why == "HIT: train/1"
    assert store.find(recipe(inputs={"examples": data[:2]})).why == (
        "MISS: input examples preprocess/1 → preprocess/1, preprocess/2"
    )


def test_a_damaged_artifact_is_never_reused_and_the_lookup_says_so(store):
    first = produce(store, recipe(epochs=3)).artifact
    file = first.path / "saved_model" / "variables" / "data"
    before = file.stat()
    file.write_bytes(file.read_bytes()[::-1])
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))  # same size, same times: only the bytes can tell
    again = produce(store, recipe(epochs=3))
    assert (again.hit, again.why) == (False, "MISS: train/1 is damaged: saved_model/variables/data")
    assert again.artifact.id == "train/2"
    assert produce(store, recipe(epochs=3)).why == "HIT: train/2"
    (problem,) = store.verify()
    assert (problem.where, problem.name) == ("train/1", "saved_model/variables/data")


def test_a_damaged_input_is_refused_before_the_component_reads_it(store):
    data = produce(store, recipe("preprocess")).artifact
    (data.path / "notes.txt").write_text("x")
    with pytest.raises(ArtifactDamaged, match=r"^preprocess/1: notes.txt: 1 bytes found, \d+ expected"):
        store.produce(recipe(inputs={"examples": data}), lambda out: pytest.fail("it was read"))


def test_what_a_component_raises_comes_through_and_leaves_nothing(store):
    def fail(out: Path):
        (out / "half").write_text("half")
        raise error

    for error in (BadData("train.arrow: empty"), ValueError("a bug"), FileNotFoundError(errno.ENOENT, "gone", "x")):
        with pytest.raises(type(error)) as caught:
            store.produce(recipe(), fail)
        assert caught.value is error
    assert [path.name for path in (store.root / "train").iterdir()] == []


def test_a_full_disk_while_making_is_one_line_with_path_and_room(store):
    def fail(out: Path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(out / "model.keras"))

    with pytest.raises(
        StoreError, match=r"model\.keras: no space left on device while making train: .* free: make room"
    ):
        store.produce(recipe(), fail)


def test_a_publish_that_clearly_has_no_room_is_refused_before_any_work(store, monkeypatch):
    produce(store, recipe(epochs=1))
    monkeypatch.setattr("pipeline_components.store.disk.free_bytes", lambda folder: 1000)
    with pytest.raises(StoreError, match=r"no room to publish train: about 1\.0 MB needed, 1\.0 kB free"):
        store.produce(recipe(epochs=2), lambda out: pytest.fail("work was begun"))


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


def test_empty_folders_are_dropped_and_facts_have_no_nan(store):
    def make(out: Path):
        (out / "a" / "b").mkdir(parents=True)
        (out / "file").write_text("x")
        return {"loss": float("nan"), "curve": (1.0, float("inf"))}

    made = store.produce(recipe(), make).artifact
    assert not (made.path / "a").exists() and store.verify() == []
    assert store.artifact("train/1").manifest.facts == {"loss": None, "curve": [1.0, None]}


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
        ({"format": 2}, "format 2 is from a newer version, this one reads 1: update"),
        ({"format": "1"}, "format '1' found, 1 expected"),
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


def test_threads_with_one_recipe_make_one_artifact(store):
    made = []

    def make(out: Path):
        made.append(out)
        return maker("x")(out)

    outcomes = []
    threads = [threading.Thread(target=lambda: outcomes.append(store.produce(recipe(), make))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1 and sorted(outcome.hit for outcome in outcomes) == [False] + [True] * 7
    assert {outcome.artifact.id for outcome in outcomes} == {"train/1"}
    assert [path.name for path in (store.root / ".locks").iterdir() if len(path.name) == 64] == []


def test_a_number_that_somebody_else_took_is_passed_over(store):
    produce(store, recipe(epochs=1))

    def make(out: Path):
        (store.root / "train" / "2").mkdir()
        (store.root / "train" / "2" / "x").write_text("not ours")
        return {}

    assert store.produce(recipe(epochs=2), make).artifact.id == "train/3"


def test_drafts_of_the_dead_are_swept_and_those_of_the_living_are_not(store):
    produce(store, recipe(epochs=1))
    dead = store.root / "train" / ".draft-dead"
    dead.mkdir()
    (dead / "half").write_text("half")

    def make(out: Path):
        assert not dead.exists()
        assert store.sweep() == [] and out.exists()
        return {}

    store.produce(recipe(epochs=2), make)
    (store.root / "runs").mkdir()
    (store.root / "runs" / ".draft-dead").mkdir()
    store.write_run("manual__1", {})
    assert list(store.root.rglob(".draft-*")) == []


def test_run_records_come_back_and_bad_run_ids_do_not_become_paths(store):
    store.write_run("manual__2026-01-01T00:00:00+00:00", {"steps": {"train": "train/1"}, "verdict": "blessed"})
    store.write_run("b", {"verdict": None})
    store.write_run("b", {"verdict": "refused"})
    assert [(run["run_id"], run["verdict"]) for run in store.runs()] == [
        ("manual__2026-01-01T00:00:00+00:00", "blessed"),
        ("b", "refused"),
    ]
    for hostile in ("../x", "", ".hidden", "a/b", "a\0", "x" * 201, None):
        with pytest.raises(StoreError, match="not a run id"):
            store.write_run(hostile, {})
        with pytest.raises(StoreError, match="not a run id"):
            store.run(hostile)
    with pytest.raises(StoreError, match="no record of such a run"):
        store.run("c")


@pytest.fixture
def package(tmp_path, monkeypatch) -> Path:
    """pkg.train imports pkg.models, which imports pkg.deep.layers; a template; and a module that nobody imports."""
    files = {
        "__init__.py": '"""The package."""\n',
        "train.py": '"""It."""\nfrom pkg.models import build\n\ndef train():\n    """Train."""\n    return build()\n',
        "models.py": "def build():\n    from .deep import layers\n    return layers.dense()\n",
        "deep/__init__.py": "",
        "deep/layers.py": "def dense():\n    return 1\n",
        "report.py": 'import pkg.models as m\nPAGE = "report.html.j2"\nLAZY = "pkg.lazy:verb"\nWHO = f"pkg.plug.{m}"\n',
        "templates/report.html.j2": "<p>{% include 'part.html.j2' %}</p>",
        "templates/part.html.j2": "part",
        "lazy.py": "",
        "plug/__init__.py": "",
        "plug/one.py": "",
        "unrelated.py": "x = 1\n",
    }
    for name, text in files.items():
        (tmp_path / "pkg" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pkg" / name).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "pkg", raising=False)
    return tmp_path / "pkg"


def test_the_closure_is_the_module_and_all_it_imports(package):
    assert list(source_closure("pkg.train", "pkg")) == [
        "pkg/train.py", "pkg/__init__.py", "pkg/models.py", "pkg/deep/__init__.py", "pkg/deep/layers.py",
    ]  # fmt: skip
    found = source_closure("pkg.report", "pkg")
    assert {
        "pkg/templates/report.html.j2",
        "pkg/templates/part.html.j2",
        "pkg/lazy.py",
        "pkg/plug/one.py",
    } <= found.keys()
    assert "pkg/unrelated.py" not in found
    with pytest.raises(ModuleNotFoundError, match=r"no module named 'pkg\.absent'"):
        source_closure("pkg.absent", "pkg")


@pytest.mark.parametrize(
    ("file", "before", "after", "changed"),
    [
        ("train.py", "return build()", "return build() + 1", ["pkg/train.py"]),
        ("deep/layers.py", "return 1", "return 2", ["pkg/deep/layers.py"]),
        ("deep/layers.py", "return 1", "return 1.0", ["pkg/deep/layers.py"]),
        ("deep/__init__.py", "", "x = 1", ["pkg/deep/__init__.py"]),
        ("train.py", '"""Train."""', '"""Train the network, thoroughly."""', []),
        ("train.py", '    """Train."""\n', "", []),
        ("train.py", "\n\ndef", "\n\n\n# a comment\n\ndef", []),
        ("models.py", "layers.dense()", "(layers  .dense( ))", []),
        ("unrelated.py", "x = 1", "x = 2", []),
        ("templates/part.html.j2", "part", "parts", []),
    ],
)
def test_only_code_that_can_run_changes_the_closure(package, file, before, after, changed):
    old = source_closure("pkg.train", "pkg")
    path = package / file
    path.write_text(path.read_text().replace(before, after) if before else after)
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1_000_000))
    new = source_closure("pkg.train", "pkg")
    assert [name for name in new if old[name] != new[name]] == changed and old.keys() == new.keys()


def test_an_edit_two_imports_away_is_a_miss_that_names_the_file(package, store):
    produce(store, recipe(source=source_closure("pkg.train", "pkg")))
    layers = package / "deep" / "layers.py"
    layers.write_text("def dense():\n    # one is not enough\n    return 1\n")
    os.utime(layers, ns=(0, 10**18))
    assert store.find(recipe(source=source_closure("pkg.train", "pkg"))).why == "HIT: train/1"
    layers.write_text("def dense():\n    return 2\n")
    assert (
        store.find(recipe(source=source_closure("pkg.train", "pkg"))).why == "MISS: source pkg/deep/layers.py changed"
    )


def test_the_store_loads_nothing_heavy():
    script = "import sys, pipeline_components.store as s; print([m for m in ('numpy','pydantic','pyarrow','tensorflow','rich') if m in sys.modules])"  # noqa: E501
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_ten_thousand_artifacts_are_summarised_from_a_cache_that_cannot_lie(store):
    made = produce(store, recipe()).artifact
    raw = (made.path / "artifact.json").read_bytes()
    for number in range(2, 251):
        (store.root / "train" / str(number)).mkdir()
        (store.root / "train" / str(number) / "artifact.json").write_bytes(raw)
    first = store.summaries()
    assert len(first) == 250 and (store.root / ".cache" / "summaries").exists()
    assert store.summaries() == first
    path = store.root / "train" / "77" / "artifact.json"
    before = path.stat()
    with path.open("r+b") as file:  # in place: same inode, same size
        file.write(raw.replace(b"train", b"troin"))
        file.seek(0)
        file.write(b"x")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert [each.id for each in store.summaries() if each.damage] == ["train/77"]
    cache = store.root / ".cache" / "summaries"
    cache.write_bytes(cache.read_bytes().replace(b"parts", b"ports", 1))
    assert all(each.facts == {"parts": 2} for each in store.summaries() if not each.damage)


def test_find_returns_the_artifact_with_its_bytes_checked(store):
    made = chain(store)
    found = store.find(recipe("train", inputs={"preprocess": made["preprocess"]}, epochs=1))
    assert isinstance(found, Hit) and found.artifact.id == "train/1"
    assert found.artifact.manifest.inputs["preprocess"]["digest"] == made["preprocess"].manifest.digest
