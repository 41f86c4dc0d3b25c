"""What an epoch is made of: all examples in memory, or windows of them one after the other; mixed by seed and epoch.

A set that fits into one window is shuffled as a whole. Of a larger one, pieces of 1,000 examples that lie side by side
in its file are put in a random order, each window holds the next so many of them, and is shuffled within. So each epoch
has every example once, and a window some of every part of the file, however it is sorted.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pipeline_components.data.examples import Examples
from pipeline_components.shape import IMAGE_SHAPE
from pipeline_components.train import augmentation
from pipeline_components.train.config import TrainConfig

if TYPE_CHECKING:
    import tensorflow as tf

PIECE = 1000  # examples: a record batch of a large file


class Window(NamedTuple):
    """Images uint8 [n, 28, 28] and labels uint8 [n] in memory, and the order int32 [n] in which they are used."""

    image: "tf.Tensor"
    label: "tf.Tensor"
    order: "tf.Tensor"


def epochs(training: Examples, config: TrainConfig, done: int = 0) -> Iterator[Iterable[Window]]:
    """The windows of each epoch that is not done, its images varied as the config says."""
    vary = augmentation.augmenter(config) if augmentation.is_asked_for(config) else None
    if len(training) > config.window:
        for epoch in range(done + 1, config.epochs + 1):
            yield _windows(training, config, epoch, vary)
        return
    import tensorflow as tf

    label = tf.constant(training.label)
    image = training.image[:] if vary else tf.constant(training.image[:])

    def whole(epoch: int, order: "tf.Tensor") -> Iterator[Window]:
        yield Window(tf.constant(vary(image, epoch, 0)) if vary else image, label, order)

    for epoch, order in enumerate(orders(len(training), config, done), done + 1):
        yield whole(epoch, order)


def orders(examples: int, config: TrainConfig, done: int = 0) -> "tf.data.Dataset":
    """A dataset with an element per epoch that is not done: the places of all examples [n], in its order.

    It is a whole permutation from (seed, epoch), and the next epoch's is made while this one is trained on.
    """
    import tensorflow as tf

    def shuffled(epoch: "tf.Tensor") -> "tf.Tensor":
        seed = tf.stack([tf.constant(config.seed, tf.int64), epoch])
        return tf.random.experimental.stateless_shuffle(tf.range(examples), seed)

    options = tf.data.Options()
    options.autotune.enabled = False  # there is nothing to tune, and ending its thread took up to 10 s
    remaining = tf.data.Dataset.range(done, config.epochs)
    return remaining.map(tf.autograph.experimental.do_not_convert(shuffled)).prefetch(1).with_options(options)


def steps_of_an_epoch(examples: int, config: TrainConfig) -> int:
    """How many batches an epoch has: each window's last one may be a small one."""
    if examples <= config.window:
        return math.ceil(examples / config.batch_size)
    pieces = np.array_split(np.arange(math.ceil(examples / PIECE)), _count(examples, config.window))
    sizes = [min(PIECE * len(each), examples - PIECE * int(each[0])) for each in pieces]
    return sum(math.ceil(size / config.batch_size) for size in sizes)


def pieces_of(examples: int, config: TrainConfig, epoch: int) -> list[np.ndarray]:
    """For each window of an epoch the numbers of its pieces, in a random order; all windows about as large."""
    order = np.random.default_rng([config.seed, epoch]).permutation(math.ceil(examples / PIECE))
    return np.array_split(order, _count(examples, config.window))


def _count(examples: int, window: int) -> int:
    """How many windows: two are in memory, the one that is trained on and the next."""
    return math.ceil(math.ceil(examples / PIECE) / (window // 2 // PIECE))


def _windows(
    training: Examples, config: TrainConfig, epoch: int, vary: Callable[[np.ndarray, int, int], np.ndarray] | None
) -> Iterator[Window]:
    """The windows of an epoch; while one is trained on, the next one is read by a thread."""
    import tensorflow as tf

    pieces = pieces_of(len(training), config, epoch)

    def read(number: int) -> Window:
        starts = PIECE * pieces[number]
        sizes = np.minimum(starts + PIECE, len(training)) - starts
        image, label = np.empty((sizes.sum(), *IMAGE_SHAPE), np.uint8), np.empty(sizes.sum(), np.uint8)
        for start, size, end in zip(starts.tolist(), sizes.tolist(), np.cumsum(sizes).tolist(), strict=True):
            image[end - size : end] = training.image[start : start + size]
            label[end - size : end] = training.label[start : start + size]
        if vary:
            image = vary(image, epoch, sum(map(len, pieces[:number])))
        order = np.random.default_rng([config.seed, epoch, number]).permutation(len(label)).astype(np.int32)
        return Window(tf.constant(image), tf.constant(label), tf.constant(order))

    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(read, 0)
        for number in range(1, len(pieces) + 1):
            window = coming.result()
            if number < len(pieces):
                coming = reader.submit(read, number)
            yield window


def in_order(examples: Examples, size: int) -> Iterable[Window]:
    """All examples in their order, so many in memory at once; what fits is kept there."""
    return [*_in_order(examples, size)] if len(examples) <= size else _Again(examples, size)


class _Again:
    """Windows that are read anew each time."""

    def __init__(self, examples: Examples, size: int) -> None:
        self._examples, self._size = examples, size

    def __iter__(self) -> Iterator[Window]:
        return _in_order(self._examples, self._size)


def _in_order(examples: Examples, size: int) -> Iterator[Window]:
    import tensorflow as tf

    for start in range(0, len(examples), size):
        rows = slice(start, start + size)
        label = tf.constant(examples.label[rows])
        yield Window(tf.constant(examples.image[rows]), label, tf.range(len(label)))
