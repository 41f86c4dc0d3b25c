"""Optimisers and schedules by name: Keras', with what the parameters say of them."""

from typing import TYPE_CHECKING, Any

from pipeline_components.train.config import TrainConfig

if TYPE_CHECKING:
    import keras

#: The share of all steps in which the step size of a one-cycle schedule rises, and what it begins with.
WARM_UP, FIRST = 0.2, 0.04


def optimizer(config: TrainConfig, steps: int, variables: list[Any]) -> "keras.optimizers.Optimizer":
    """The optimiser of a training that takes so many steps, built for these variables.

    Adam (Kingma & Ba 2015), AdamW (Loshchilov & Hutter 2019), SGD with Nesterov momentum (Sutskever et al. 2013), Lion
    (Chen et al. 2023) and Muon (Jordan et al. 2024). Weight decay is decoupled, and leaves biases and normalisations.
    """
    import keras

    kinds = keras.optimizers
    made: keras.optimizers.Optimizer = {
        "adam": kinds.Adam,
        "adamw": kinds.AdamW,
        "sgd": kinds.SGD,
        "lion": kinds.Lion,
        "muon": kinds.Muon,
    }[config.optimizer](
        learning_rate(config, steps),
        weight_decay=config.weight_decay or (0.0 if config.optimizer == "adamw" else None),
        global_clipnorm=config.clip_norm,
        use_ema=config.averaging > 0,
        ema_momentum=config.averaging or 0.99,
        **({"momentum": 0.9, "nesterov": True} if config.optimizer == "sgd" else {}),
    )
    made.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    made.build(variables)
    return made


def learning_rate(config: TrainConfig, steps: int) -> Any:
    """The step size: constant, falling along a cosine (Loshchilov & Hutter 2017), or after a warm-up (Smith 2018)."""
    import keras

    cosine, peak = keras.optimizers.schedules.CosineDecay, config.learning_rate
    if config.schedule == "cosine":
        return cosine(peak, steps)
    if config.schedule == "one_cycle":
        rising = max(1, round(WARM_UP * steps))
        return cosine(peak * FIRST, max(1, steps - rising), warmup_target=peak, warmup_steps=rising)
    return peak
