"""Fit a network to the training split (TFX's Trainer).

With the defaults on MNIST: test accuracy 0.981 after 20 epochs. The same examples, config and machine
give the same bytes: initial weights and the order of examples come from the seed.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from pipeline_components.train.config import TrainConfig

if TYPE_CHECKING:
    import keras

    from pipeline_components.data.examples import Examples
    from pipeline_components.train.history import Epoch

log = logging.getLogger(__name__)


class TrainFacts(TypedDict):
    """What the manifest says: figures of the epoch that was kept; those of an ensemble's training are means."""

    network: str
    parameters: int
    examples: int
    epochs: int
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    weights_digest: str


def train(
    examples: Path,
    warm_start: Path | None = None,
    *,
    out: Path,
    config: TrainConfig,
    workspace: Path | None = None,
    watch: "Callable[[Epoch], None] | None" = None,
) -> TrainFacts:
    """Write `model.keras` (no optimizer state), `history.parquet` (one row per epoch) and `logs/` for TensorBoard.

    With augmentation, `augmented.arrow` shows an example of each class as it is, and as five epochs would see it. Reads
    `train.arrow`, `validation.arrow` and the classes in `schema.json`. With `warm_start`, the folder of a trained
    model, its weights are the initial ones; the optimiser begins anew. Each whole epoch is kept in `workspace`, and a
    training that was killed goes on from there. `watch` is told each row of the first network's history, and what it
    raises ends the training. Raises BadConfig for a warm start with other layers, BadData for files that are not
    examples, DivergedTraining when the loss is no longer a number.
    """
    from pipeline_components.data.examples import read_examples, write_examples
    from pipeline_components.json_files import read_json
    from pipeline_components.models import network, weights_digest
    from pipeline_components.quiet import import_tensorflow
    from pipeline_components.train.archive import save_model
    from pipeline_components.train.augmentation import is_asked_for, variations
    from pipeline_components.train.fit import judged
    from pipeline_components.train.history import best_of, mean_of, write_events, write_history
    from pipeline_components.train.start import start_from

    import_tensorflow()
    chosen = network(config.network)
    training, validation = (read_examples(examples / f"{split}.arrow") for split in ("train", "validation"))
    classes = read_json(examples / "schema.json")["classes"]
    options = {name: getattr(config, name) for name in chosen.options}
    model = chosen.build(len(classes), config.seed, **options)
    if warm_start:
        start_from(model, warm_start)
    parts = chosen.parts(model)
    compiled = chosen.xla(options)
    history = mean_of([*_trained(parts, training, validation, config, xla=compiled, workspace=workspace, watch=watch)])
    kept = history[best_of(history) - 1 if config.keep_best else -1]
    loss, accuracy = judged(model, validation, config.window)
    out.mkdir(parents=True, exist_ok=True)
    save_model(model, out / "model.keras")
    write_history(history, out / "history.parquet")
    write_events(history, out / "logs")
    if is_asked_for(config):
        write_examples(out / "augmented.arrow", variations(training, config))
    return {
        "network": config.network,
        "parameters": model.count_params(),
        "examples": len(training),
        "epochs": len(history),
        "loss": kept["loss"],
        "accuracy": kept["accuracy"],
        "validation_loss": loss,
        "validation_accuracy": accuracy,
        "weights_digest": weights_digest(model),
    }


def _trained(
    parts: "Sequence[keras.Model]",
    training: "Examples",
    validation: "Examples",
    config: TrainConfig,
    *,
    xla: bool,
    workspace: Path | None,
    watch: "Callable[[Epoch], None] | None",
) -> "Iterator[list[Epoch]]":
    """Train each part with a seed of its own; gives their histories."""
    from pipeline_components.train.checkpoints import Checkpoints
    from pipeline_components.train.fit import fit

    for number, part in enumerate(parts):
        own = config.model_copy(update={"seed": (config.seed * len(parts) + number) % 2**31})
        checkpoints = Checkpoints(workspace / f"part-{number + 1}") if workspace else None
        whose = f"member {number + 1}/{len(parts)}  " if len(parts) > 1 else ""
        history = []
        for row in fit(part, training, validation, own, xla=xla, checkpoints=checkpoints):
            log.info(
                "%sepoch %d/%d  loss %.4f  accuracy %.4f  validation loss %.4f  accuracy %.4f",
                *(whose, row["epoch"], config.epochs, row["loss"], row["accuracy"]),
                *(row["validation_loss"], row["validation_accuracy"]),
            )
            history.append(row)
            if watch and not number:
                watch(row)
        yield history
