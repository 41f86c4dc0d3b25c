"""The training loop: one compiled program per epoch; the order of examples follows from the seed."""

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline_components.data.examples import Examples
from pipeline_components.errors import DivergedTraining
from pipeline_components.train import optimizers
from pipeline_components.train.checkpoints import Checkpoints, State
from pipeline_components.train.config import TrainConfig
from pipeline_components.train.history import Epoch, best_of
from pipeline_components.train.windows import Window, epochs, in_order, steps_of_an_epoch

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
    done = len(state.history)
    for epoch, windows in enumerate(epochs(training, config, done), done + 1):
        if config.patience and epoch > best_of(state.history) + config.patience:
            break
        if config.stop_after and epoch > config.stop_after:
            break
        row, weights = trainer.run(epoch, windows)
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
        steps = config.epochs * steps_of_an_epoch(len(training), config)
        self.model, self.training, self.validation, self.config = model, training, validation, config
        self.optimizer = optimizers.optimizer(config, steps, model.trainable_variables)
        self.variables = [*model.variables, *self.optimizer.variables]
        self.learn_all = over_batches(self._learn, config.batch_size, xla=xla)
        self.judge_all = judging(model)
        self.held_out = in_order(validation, config.window)

    def _learn(self, image: "tf.Tensor", label: "tf.Tensor", weight: "tf.Tensor") -> tuple["tf.Tensor", "tf.Tensor"]:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            loss, correct = score(self.model(image, training=True), label, weight, self.config.label_smoothing)
            mean = loss / tf.reduce_sum(weight)
        self.optimizer.apply(tape.gradient(mean, self.model.trainable_variables), self.model.trainable_variables)
        return loss, correct

    def run(self, epoch: int, windows: Iterable[Window]) -> tuple[Epoch, list[np.ndarray]]:
        """Train for an epoch; its row, and the weights that were judged, if the best ones are asked for."""
        loss, accuracy = (total / len(self.training) for total in self.learn_all(windows))
        if not math.isfinite(loss):
            raise DivergedTraining(
                f"loss is {loss} in epoch {epoch} at learning rate {self.config.learning_rate}: lower the learning rate"
            )
        with self._averaged():
            judged = self.judge_all(self.held_out)
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


def judged(model: "keras.Model", examples: Examples, window: int) -> tuple[float, float]:
    """Mean cross-entropy and accuracy, with so many examples in memory at once."""
    loss, correct = judging(model)(in_order(examples, window))
    return loss / len(examples), correct / len(examples)


def judging(model: "keras.Model") -> Callable[[Iterable[Window]], tuple[float, int]]:
    """A function of windows that sums the cross-entropy of their examples, and how many are right."""

    def judge(image: "tf.Tensor", label: "tf.Tensor", weight: "tf.Tensor") -> tuple["tf.Tensor", "tf.Tensor"]:
        return score(model(image, training=False), label, weight)

    return over_batches(judge, 1000, xla=False)  # compiling would cost more than it saves


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


def over_batches(step: "BatchStep", size: int, *, xla: bool) -> Callable[[Iterable[Window]], tuple[float, int]]:
    """A function of windows that sums `step` over their batches, in the order of each window.

    A batch is gathered inside the program. Every batch of a window has the same shape, so that one program does for
    all: what the last one lacks is filled up from before it, and weighs 0.
    """
    import tensorflow as tf

    def everything(image: "tf.Tensor", label: "tf.Tensor", order: "tf.Tensor") -> Any:
        count = order.shape[0]
        most = min(size, count)

        def add(batch: "tf.Tensor", loss: "tf.Tensor", correct: "tf.Tensor") -> tuple["tf.Tensor", ...]:
            start = tf.minimum(batch * most, count - most)
            weight = tf.cast(start + tf.range(most) >= batch * most, tf.float32)
            rows = tf.slice(order, [start], [most])
            more = step(tf.gather(image, rows), tf.gather(label, rows), weight)
            return batch + 1, loss + tf.cast(more[0], tf.float64), correct + more[1]

        nothing = tf.constant(0), tf.constant(0.0, tf.float64), tf.constant(0)
        batches = math.ceil(count / most)
        return tf.while_loop(lambda batch, *_: batch < batches, add, nothing, parallel_iterations=1)[1:]

    program = tf.function(everything, jit_compile=xla, autograph=False)

    def summed(windows: Iterable[Window]) -> tuple[float, int]:
        total, right = 0.0, 0
        for window in windows:
            loss, correct = program(*window)
            total, right = total + float(loss), right + int(correct)
        return total, right

    return summed
