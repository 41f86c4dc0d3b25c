"""The training loop: one compiled program per epoch; the order of examples follows from the seed."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline_components.data.examples import Examples
from pipeline_components.errors import DivergedTraining
from pipeline_components.train import augmentation, optimizers
from pipeline_components.train.checkpoints import Checkpoints, State
from pipeline_components.train.config import TrainConfig
from pipeline_components.train.history import Epoch, best_of

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    BatchStep = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]


def fit(
    model: "keras.Model",
    training: Examples,
    validation: Examples,
    config: TrainConfig,
    *,
    xla: bool,
    checkpoints: Checkpoints | None = None,
) -> Iterator[Epoch]:
    """Train in place on the mean cross-entropy of a batch, giving one row after each epoch.

    An epoch is one call of a compiled program: two to four times as fast as `Model.fit`, which computes the same. Each
    epoch is kept in `checkpoints`, and what is there already is not trained again: its rows are given at once. When all
    rows are given, the model has the weights that the config asks for: averaged or not, of the last epoch or the best.
    """
    trainer = _Trainer(model, training, validation, config, xla=xla)
    kept = checkpoints.newest() if checkpoints else None
    state = kept or State([], [], [])
    if kept:
        trainer.restore(state.values)
    yield from state.history
    for epoch, order in enumerate(orders(len(training), config, done=len(state.history)), len(state.history) + 1):
        if config.patience and epoch > best_of(state.history) + config.patience:
            break
        if config.stop_after and epoch > config.stop_after:
            break
        row, weights = trainer.run(epoch, order)
        history = [*state.history, row]
        best = weights if best_of(history) == epoch else state.best
        state = State(history, trainer.values(), best)
        if checkpoints:
            checkpoints.save(state)
        yield row
    trainer.finish(state.best)


class _Trainer:
    """A model with its optimiser and its compiled programs."""

    def __init__(
        self, model: "keras.Model", training: Examples, validation: Examples, config: TrainConfig, *, xla: bool
    ) -> None:
        steps = config.epochs * math.ceil(len(training) / config.batch_size)
        self.model, self.training, self.validation, self.config = model, training, validation, config
        self.optimizer = optimizers.optimizer(config, steps, model.trainable_variables)
        self.variables = [*model.variables, *self.optimizer.variables]
        self.learn_all = over_batches(self._learn, training, config.batch_size, xla=xla)
        self.judge_all = judging(model, validation)

    def _learn(self, image: "tf.Tensor", label: "tf.Tensor", weight: "tf.Tensor") -> tuple["tf.Tensor", "tf.Tensor"]:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            loss, correct = score(self.model(image, training=True), label, weight, self.config.label_smoothing)
            mean = loss / tf.reduce_sum(weight)
        self.optimizer.apply(tape.gradient(mean, self.model.trainable_variables), self.model.trainable_variables)
        return loss, correct

    def run(self, epoch: int, order: "tf.Tensor") -> tuple[Epoch, list[np.ndarray]]:
        """Train for an epoch; its row, and the weights that were judged, if the best ones are asked for."""
        import tensorflow as tf

        varied = None
        if augmentation.is_asked_for(self.config):
            varied = augmentation.augmented(self.training.image[:], self.config, epoch)
        loss, accuracy = (total / len(self.training) for total in self.learn_all(order, varied))
        if not math.isfinite(loss):
            raise DivergedTraining(
                f"loss is {loss} in epoch {epoch} at learning rate {self.config.learning_rate}: lower the learning rate"
            )
        with self._averaged():
            judged = self.judge_all(tf.range(len(self.validation)))
            weights = [weight.numpy() for weight in self.model.weights] if self.config.keep_best else []
        validation_loss, validation_accuracy = (total / len(self.validation) for total in judged)
        row = Epoch(
            epoch=epoch,
            loss=loss,
            accuracy=accuracy,
            validation_loss=validation_loss,
            validation_accuracy=validation_accuracy,
        )
        return row, weights

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """The model with the moving average of its weights, if there is one, and then with its own again."""
        own = [variable.numpy() for variable in self.model.trainable_variables] if self.config.averaging else []
        self.optimizer.finalize_variable_values(self.model.trainable_variables)
        yield
        _assign(self.model.trainable_variables, own)

    def values(self) -> list[np.ndarray]:
        """All that an epoch changes."""
        return [np.array(variable) for variable in self.variables]

    def restore(self, values: list[np.ndarray]) -> None:
        """Go on from there."""
        _assign(self.variables, values)

    def finish(self, best: list[np.ndarray]) -> None:
        """Give the model its best weights, if they were asked for, or the average."""
        self.optimizer.finalize_variable_values(self.model.trainable_variables)
        _assign(self.model.weights, best)


def _assign(variables: list[Any], values: list[np.ndarray]) -> None:
    """Give variables these values; none is changed if there are no values."""
    if values:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)


def judged(model: "keras.Model", examples: Examples) -> tuple[float, float]:
    """Mean cross-entropy and accuracy."""
    import tensorflow as tf

    loss, correct = judging(model, examples)(tf.range(len(examples)))
    return loss / len(examples), correct / len(examples)


def judging(model: "keras.Model", examples: Examples) -> Callable[..., tuple[float, int]]:
    """A function of an order of the examples that sums their cross-entropy, and how many are right."""

    def judge(image: "tf.Tensor", label: "tf.Tensor", weight: "tf.Tensor") -> tuple["tf.Tensor", "tf.Tensor"]:
        return score(model(image, training=False), label, weight)

    return over_batches(judge, examples, 1000, xla=False)  # compiling would cost more than it saves


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
    epochs = tf.data.Dataset.range(done, config.epochs)
    return epochs.map(tf.autograph.experimental.do_not_convert(shuffled)).prefetch(1).with_options(options)


def score(
    probabilities: "tf.Tensor", label: "tf.Tensor", weight: "tf.Tensor", smoothing: float = 0.0
) -> tuple["tf.Tensor", "tf.Tensor"]:
    """Summed cross-entropy, and how many are right, of the examples in a batch that weigh 1 and not 0.

    With smoothing (Szegedy et al. 2016), that much of the target's probability is spread over all classes alike.
    """
    import keras
    import tensorflow as tf

    each = keras.losses.sparse_categorical_crossentropy(label, probabilities)
    if smoothing:
        even = tf.fill(tf.shape(probabilities), 1 / probabilities.shape[-1])
        each = (1 - smoothing) * each + smoothing * keras.losses.categorical_crossentropy(even, probabilities)
    correct = tf.argmax(probabilities, axis=1, output_type=tf.int32) == tf.cast(label, tf.int32)
    return tf.reduce_sum(weight * each), tf.reduce_sum(tf.cast(weight, tf.int32) * tf.cast(correct, tf.int32))


def over_batches(step: "BatchStep", examples: Examples, size: int, *, xla: bool) -> Callable[..., tuple[float, int]]:
    """A function of an order of the examples that sums `step` over their batches in that order.

    All are cached in memory, and a batch is gathered inside the program; a second argument stands for their images.
    Every batch has the same shape, so that one program does for all: what the last one lacks is filled up from before
    it, and weighs 0.
    """
    import tensorflow as tf

    count, size = len(examples), min(size, len(examples))

    def everything(image: "tf.Tensor", label: "tf.Tensor", order: "tf.Tensor") -> Any:
        def add(batch: "tf.Tensor", loss: "tf.Tensor", correct: "tf.Tensor") -> tuple["tf.Tensor", ...]:
            start = tf.minimum(batch * size, count - size)
            weight = tf.cast(start + tf.range(size) >= batch * size, tf.float32)
            rows = tf.slice(order, [start], [size])
            more = step(tf.gather(image, rows), tf.gather(label, rows), weight)
            return batch + 1, loss + tf.cast(more[0], tf.float64), correct + more[1]

        nothing = tf.constant(0), tf.constant(0.0, tf.float64), tf.constant(0)
        batches = math.ceil(count / size)
        return tf.while_loop(lambda batch, *_: batch < batches, add, nothing, parallel_iterations=1)[1:]

    program = tf.function(everything, jit_compile=xla, autograph=False)
    cached = tf.constant(examples.image), tf.constant(examples.label)

    def summed(order: "tf.Tensor", image: np.ndarray | None = None) -> tuple[float, int]:
        loss, correct = program(cached[0] if image is None else tf.constant(image), cached[1], order)
        return float(loss), int(correct)

    return summed
