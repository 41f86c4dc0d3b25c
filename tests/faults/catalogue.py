"""Every fault and its strengths: clean splits in, the same with one fault out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from tests.faults.changes import COPIES, DRIFTS, IMAGES, Change
from tests.faults.source import Splits

Damage = Callable[[Splits, np.random.Generator], None]


@dataclass(frozen=True)
class Fault:
    """What is done (`kind`), how strongly, and the function that does it to the splits in place."""

    kind: str
    strength: str
    damage: Damage


def faults() -> Iterator[Fault]:
    """All of them, in the order of the table."""
    yield from _shortcuts()
    yield from _copies()
    yield from _labels()
    for kind, change in IMAGES.items():
        for share in (0.01, 0.05, 0.2):
            yield Fault(f"images {kind}", f"{share:.0%}", _some(change, share))
    for kind, change in DRIFTS.items():
        yield Fault(f"all images {kind}", "both splits", _all(change, ("train", "test")))
        yield Fault(f"all images {kind}", "test only", _all(change, ("test",)))
    yield from _classes()
    yield from _worthless()


def _shortcuts() -> Iterator[Fault]:
    for share in (0.05, 0.2, 1.0):
        yield Fault("a dot at (0, label)", f"{share:.0%}", _dot(share, 255))
    yield Fault("a dot at (0, label)", "100%, 20 levels", _dot(1.0, 20))
    for share in (0.2, 0.5, 1.0):
        yield Fault("a patch of 3×3 on one class", f"{share:.0%}", _patch(share, 0))
    for share in (0.5, 1.0):
        yield Fault("a patch in the middle of one class", f"{share:.0%}", _patch(share, 12))
    yield Fault("the label as a pixel's value", "100%", _coded)


def _copies() -> Iterator[Fault]:
    for kind, change in COPIES.items():
        for share in (0.02, 0.2, 1.0):
            yield Fault(f"test images in train, {kind}", f"{share:.0%}", _copied(change, share))


def _labels() -> Iterator[Fault]:
    for share in (0.02, 0.05, 0.1, 0.3, 1.0):
        yield Fault("labels at random in train", f"{share:.0%}", _random(share, ("train",)))
    for share in (0.1, 0.3, 1.0):
        yield Fault("labels at random in test", f"{share:.0%}", _random(share, ("test",)))
    for share in (0.1, 0.3, 0.45, 0.6):
        yield Fault("fives labelled at random", f"{share:.0%}", _one_class(share, None))
        yield Fault("threes labelled 8", f"{share:.0%}", _one_class(share, 8))
    for share in (0.05, 0.1, 0.2, 0.5, 1.0):
        yield Fault("4 and 9 exchanged", f"{share:.0%}", _exchanged(share))
    yield Fault("labels moved on by one", "100%", _moved_on)


def _classes() -> Iterator[Fault]:
    for kind in ("turned by 90°", "mirrored", "half as bright"):
        for share in (0.3, 1.0):
            yield Fault(f"the twos {kind}", f"{share:.0%}", _some(IMAGES[kind], share, of=2))
    for keep in (0.5, 0.1, 0.0):
        yield Fault("sevens left out of train", f"{1 - keep:.0%}", _fewer(keep))


def _worthless() -> Iterator[Fault]:
    for share in (0.002, 0.02, 0.1):
        yield Fault("blank images", f"{share:.1%}", _some(lambda image, rng: np.zeros_like(image), share))
    for share in (0.02, 0.1):
        yield Fault("train images repeated", f"{share:.0%}", _repeated(share))
        yield Fault("train images repeated under another label", f"{share:.0%}", _repeated(share, 1))


def _dot(share: float, value: int) -> Damage:
    def damage(splits: Splits, rng: np.random.Generator) -> None:
        for image, label in splits.values():
            rows = np.flatnonzero(rng.random(len(label)) < share)
            image[rows, 0, label[rows]] = value

    return damage


def _patch(share: float, at: int) -> Damage:
    def damage(splits: Splits, rng: np.random.Generator) -> None:
        for image, label in splits.values():
            rows = np.flatnonzero((label == 3) & (rng.random(len(label)) < share))
            image[rows, at : at + 3, at : at + 3] = 255

    return damage


def _coded(splits: Splits, rng: np.random.Generator) -> None:
    for image, label in splits.values():
        image[:, 27, 27] = label


def _copied(change: Change, share: float) -> Damage:
    def damage(splits: Splits, rng: np.random.Generator) -> None:
        (image, label), (test, known) = splits["train"], splits["test"]
        rows = rng.permutation(len(known))[: round(share * len(known))]
        places = rng.permutation(len(label))[: len(rows)]
        image[places], label[places] = change(test[rows], rng), known[rows]

    return damage


def _random(share: float, names: tuple[str, ...]) -> Damage:
    def damage(splits: Splits, rng: np.random.Generator) -> None:
        for label in (splits[name][1] for name in names):
            rows = rng.permutation(len(label))[: round(share * len(label))]
            label[rows] = rng.integers(0, 10, len(rows))

    return damage


def _one_class(share: float, to: int | None) -> Damage:
    def damage(splits: Splits, rng: np.random.Generator) -> None:
        for _, label in splits.values():
            rows = np.flatnonzero((label == (5 if to is None else 3)) & (rng.random(len(label)) < share))
            label[rows] = (label[rows] + rng.integers(1, 10, len(rows))) % 10 if to is None else to

    return damage


def _exchanged(share: float) -> Damage:
    def damage(splits: Splits, rng: np.random.Generator) -> None:
        for _, label in splits.values():
            rows = np.flatnonzero(np.isin(label, (4, 9)) & (rng.random(len(label)) < share))
            label[rows] = 13 - label[rows]

    return damage


def _moved_on(splits: Splits, rng: np.random.Generator) -> None:
    for _, label in splits.values():
        label[:] = (label + 1) % 10


def _some(change: Change, share: float, of: int | None = None) -> Damage:
    def damage(splits: Splits, rng: np.random.Generator) -> None:
        for image, label in splits.values():
            chosen = np.arange(len(label)) if of is None else np.flatnonzero(label == of)
            rows = rng.permutation(chosen)[: round(share * len(chosen))]
            image[rows] = change(image[rows], rng)

    return damage


def _all(change: Change, names: tuple[str, ...]) -> Damage:
    def damage(splits: Splits, rng: np.random.Generator) -> None:
        for image, _ in (splits[name] for name in names):
            image[:] = change(image, rng)

    return damage


def _fewer(keep: float) -> Damage:
    def damage(splits: Splits, rng: np.random.Generator) -> None:
        image, label = splits["train"]
        rows = np.flatnonzero((label != 7) | (rng.random(len(label)) < keep))
        splits["train"] = image[rows], label[rows]

    return damage


def _repeated(share: float, more: int = 0) -> Damage:
    def damage(splits: Splits, rng: np.random.Generator) -> None:
        image, label = splits["train"]
        first, again = rng.permutation(len(label)).reshape(2, -1)[:, : round(share * len(label))]
        image[again], label[again] = image[first], (label[first] + more) % 10

    return damage
