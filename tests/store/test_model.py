"""The store against a model in memory: publish, find, pin, serve, roll back, collect, damage, verify, in any order."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import ArtifactDamaged, StoreError
from pipeline_components.store import Artifact, Hit, Recipe, ServedModel, Store, content_in
from pipeline_components.store.gc import Policy, collect
from pipeline_components.store.pins import pin, pins, unpin
from tests.kits.store import recipe

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # where an fsync costs nothing
INDEX_HARM: list[Callable[[Path], object]] = [
    Path.unlink,
    lambda file: file.write_bytes(file.read_bytes()[:-1]),
    lambda file: file.write_bytes(file.read_bytes()[::-1]),
    lambda file: shutil.rmtree(file.parent),
    lambda file: shutil.rmtree(file.parents[1]),
]
KEEP_NOTHING = Policy(keep=0, days=0, runs=0, grace_hours=0, versions=2)


class StoreModel(RuleBasedStateMachine):
    """`made` maps a recipe's key to the artifacts of it, `files` an artifact to what its file should say."""

    def __init__(self) -> None:
        super().__init__()
        self.store = Store(Path(tempfile.mkdtemp(prefix="store-", dir=IN_MEMORY)) / "artifacts")
        self.serving = ServedModel(self.store.root, MODEL_NAME)
        self.made: dict[str, list[str]] = {}
        self.artifacts: dict[str, Artifact] = {}
        self.highest = {"train": 0, "export": 0}
        self.damaged: set[str] = set()
        self.pinned: set[str] = set()
        self.versions: list[tuple[int, int, str, str]] = []  # number, origin, export, its content
        self.retired: set[int] = set()

    def teardown(self) -> None:
        shutil.rmtree(self.store.root.parent)

    def publish(self, of: Recipe) -> None:
        intact = [each for each in self.made.get(of.key, []) if each not in self.damaged]
        outcome = self.store.produce(of, lambda out: _write(out, of))
        if intact:
            assert (outcome.hit, outcome.artifact.id) == (True, intact[-1])
            return
        self.highest[of.component] += 1
        assert (outcome.hit, outcome.artifact.id) == (False, f"{of.component}/{self.highest[of.component]}")
        assert ("damaged" in outcome.why) == bool(self.made.get(of.key))
        self.made.setdefault(of.key, []).append(outcome.artifact.id)
        self.artifacts[outcome.artifact.id] = outcome.artifact

    @rule(seed=st.integers(0, 3))
    def train(self, seed: int) -> None:
        self.publish(recipe("train", seed=seed))

    @precondition(lambda self: self.intact("train"))
    @rule(data=st.data())
    def export(self, data: st.DataObject) -> None:
        self.publish(recipe("export", inputs={"model": self.artifacts[data.draw(self.one_of("train"))]}))

    @rule(seed=st.integers(0, 4))
    def find(self, seed: int) -> None:
        of = recipe("train", seed=seed)
        found = self.store.find(of)
        intact = [each for each in self.made.get(of.key, []) if each not in self.damaged]
        assert isinstance(found, Hit) == bool(intact)
        assert not intact or found.why == f"HIT: {intact[-1]}"

    @precondition(lambda self: self.artifacts)
    @rule(data=st.data())
    def pin(self, data: st.DataObject) -> None:
        chosen = data.draw(self.one_of("", also_damaged=True))
        pin(self.store.root, chosen)
        self.pinned.add(chosen)

    @precondition(lambda self: self.pinned)
    @rule(data=st.data())
    def unpin(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from(sorted(self.pinned)))
        unpin(self.store.root, chosen)
        self.pinned.remove(chosen)

    @precondition(lambda self: self.ids("export"))
    @rule(data=st.data())
    def push(self, data: st.DataObject) -> None:
        chosen = self.artifacts[data.draw(self.one_of("export", also_damaged=True))]
        if chosen.id in self.damaged:
            with pytest.raises(ArtifactDamaged, match=f"{chosen.id}: saved_model/weights"):
                self.serving.push(chosen)
            return
        version = self.serving.push(chosen)
        if not self.versions or self.versions[-1][3] != content_in(chosen):
            number = len(self.versions) + 1
            self.versions.append((number, number, chosen.id, content_in(chosen)))
        assert (version.number, version.origin, version.export, version.content) == self.versions[-1]

    @rule(data=st.data())
    def rollback(self, data: st.DataObject) -> None:
        number = data.draw(st.none() | st.integers(1, len(self.versions) + 1))
        target = self.target(number)
        if target is None:
            with pytest.raises(StoreError, match=f"version {number} was retired" if number in self.retired else None):
                self.serving.rollback(number)
            return
        version = self.serving.rollback(number)
        self.versions.append((len(self.versions) + 1, *target[1:]))
        assert (version.number, version.origin, version.export, version.content) == self.versions[-1]
        assert self.serving.withdrawn(self.versions[-2][3])
        assert not self.serving.withdrawn(version.content)

    def target(self, number: int | None) -> tuple[int, int, str, str] | None:
        if not self.versions:
            return None
        now = self.versions[-1]
        others = [each for each in self.versions if each[3] != now[3] and each[0] not in self.retired]
        if number is not None:
            return next((each for each in others if each[0] == number), None)
        earlier = [each for each in others if each[0] < now[1] and not self.serving.withdrawn(each[3])]
        return earlier[-1] if earlier else None

    @rule()
    def collect(self) -> None:
        spared = {each[0] for each in (*self.versions[-1:], self.target(None)) if each}
        there = [each for each in self.versions if each[0] not in self.retired]
        going = {each[0] for each in there[:-2]} - spared
        roots = {each[2] for each in there if each[0] not in going} | self.pinned
        kept = roots | {i["id"] for each in roots for i in self.artifacts[each].manifest.inputs.values()}
        doomed = self.artifacts.keys() - kept
        dry = collect(self.store.root, KEEP_NOTHING)
        assert dry.collected.keys() == doomed and dry.retired.keys() == {f"serving/digits/{each}" for each in going}
        assert all((self.store.root / each).exists() for each in doomed)
        assert collect(self.store.root, KEEP_NOTHING, dry_run=False).collected.keys() == doomed
        self.retired |= going
        for each in doomed:
            del self.artifacts[each]
        self.damaged -= doomed
        self.made = {key: [each for each in ids if each not in doomed] for key, ids in self.made.items()}
        self.made = {key: ids for key, ids in self.made.items() if ids}

    @precondition(lambda self: self.intact("train") or self.intact("export"))
    @rule(data=st.data())
    def damage(self, data: st.DataObject) -> None:
        chosen = data.draw(self.one_of(""))
        file = self.artifacts[chosen].path / "saved_model" / "weights"
        raw = bytearray(file.read_bytes())
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1
        file.write_bytes(raw)
        self.damaged.add(chosen)

    @precondition(lambda self: self.index_files())
    @rule(data=st.data())
    def harm_the_index(self, data: st.DataObject) -> None:
        """Which may change no answer, and no number that is given."""
        file = data.draw(st.sampled_from(self.index_files()))
        data.draw(st.sampled_from(INDEX_HARM))(file)

    @rule()
    def verify(self) -> None:
        assert {(p.where, p.name) for p in self.store.verify()} == {(e, "saved_model/weights") for e in self.damaged}

    @invariant()
    def agrees(self) -> None:
        assert {artifact.id for artifact in self.store.artifacts()} == self.artifacts.keys()
        for component, highest in self.highest.items():
            numbers = [number for number in range(highest, 0, -1) if f"{component}/{number}" in self.artifacts]
            assert [artifact.number for artifact in self.store.newest(component)] == numbers
        assert set(pins(self.store.root)) == self.pinned
        assert self.serving.numbers() == [each[0] for each in self.versions if each[0] not in self.retired]

    def index_files(self) -> list[Path]:
        return sorted(path for path in (self.store.root / ".index").glob("*/*") if path.is_file())

    def ids(self, component: str) -> list[str]:
        return sorted(each for each in self.artifacts if each.startswith(component))

    def intact(self, component: str) -> list[str]:
        return [each for each in self.ids(component) if each not in self.damaged]

    def one_of(self, component: str, *, also_damaged: bool = False) -> st.SearchStrategy[str]:
        return st.sampled_from(self.ids(component) if also_damaged else self.intact(component))


def _write(out: Path, of: Recipe) -> dict[str, int]:
    (out / "saved_model").mkdir()
    (out / "saved_model" / "weights").write_text(of.key)
    return {"size": 64}


TestStoreModel = StoreModel.TestCase
TestStoreModel.settings = settings(
    max_examples=100, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
