"""Parameters of train. One that is left empty is as the network says."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from pipeline_components.config import Config
from pipeline_components.errors import BadConfig
from pipeline_components.models import NETWORKS, TRAINED_WITH, network

#: The learning rate of an optimiser that a network does not choose by itself.
LEARNING_RATES = {"adam": 0.001, "adamw": 0.001, "sgd": 0.05, "lion": 0.0003, "muon": 0.01}
#: Augmentation by name: the strengths, which can be set one by one besides.
STRENGTHS = ("shift", "rotation", "zoom", "shear", "elastic", "erasing")
AUGMENTATIONS = {
    "off": dict.fromkeys(STRENGTHS, 0.0),
    "affine": {"shift": 2.0, "rotation": 10.0, "zoom": 0.1, "shear": 10.0, "elastic": 0.0, "erasing": 0.0},
    "full": {"shift": 2.0, "rotation": 10.0, "zoom": 0.1, "shear": 10.0, "elastic": 1.0, "erasing": 0.0},
}

SECTIONS = {
    "Network": ("hidden_units", "activation", "dropout", "members"),
    "Optimizer": (
        *("optimizer", "learning_rate", "schedule", "weight_decay", "label_smoothing", "averaging", "clip_norm"),
        *("patience", "keep_best"),
    ),
    "Augmentation": ("augmentation", *STRENGTHS),
}


def may_be_empty(schema: dict[str, Any]) -> None:
    """Let a form leave a field empty, and begin so: it is filled before it is checked, and never empty in a config."""
    schema |= {"type": [schema["type"], "null"], "default": None}
    if "enum" in schema:
        schema["enum"] = [*schema["enum"], None]


def in_sections(schema: dict[str, Any]) -> None:
    """Say in which section of a form a field stands, if not in the component's own."""
    for section, names in SECTIONS.items():
        for name in names:
            schema["properties"][name]["section"] = section


class TrainConfig(Config):
    """Which network, and how it is fitted. Defaults reach a test accuracy of about 0.981 on MNIST."""

    model_config = ConfigDict(json_schema_extra=in_sections)

    network: str = Field("mlp", description="Name of the network.", json_schema_extra={"enum": [*NETWORKS]})
    from_: str | None = Field(
        None,
        pattern=r"^tune/[1-9][0-9]{0,8}$",
        description="Id of a search, such as tune/3, whose best parameters are taken; those that are not at their "
        "defaults here go before them. Empty: none.",
    )
    warm_start: str | None = Field(
        None,
        pattern=r"^(served|train/[1-9][0-9]{0,8})$",
        description="Whose weights it begins with: those of served, the model now served, or of an artifact such as "
        "train/3. Empty, and served before anything is: initial ones from the seed.",
    )
    epochs: int = Field(20, ge=1, le=1000, description="Passes over the training split.")
    stop_after: int | None = Field(
        None, ge=1, le=1000, description="Stop after so many of these epochs, as a search does that has seen enough."
    )
    batch_size: int = Field(128, ge=1, le=8192, description="Examples per gradient step.")
    window: int = Field(
        250_000,
        ge=2000,
        le=10_000_000,
        description="Examples in memory at once. A larger training split is read in windows of half as many, each of "
        "pieces from all over it: every example once an epoch, in an order that seed and epoch decide.",
    )
    seed: int = Field(0, ge=0, lt=2**31, description="Seed of initial weights, order of examples and augmentation.")

    hidden_units: list[Annotated[int, Field(ge=1, le=8192)]] | None = Field(
        None, min_length=1, max_length=8, description="mlp: units of each hidden layer. Empty: 512 and 128."
    )
    activation: Literal["sigmoid", "relu", "tanh", "gelu", "silu"] | None = Field(
        None, description="mlp: activation of the hidden layers. Empty: sigmoid."
    )
    dropout: float | None = Field(
        None, ge=0, le=0.9, description="Share of units that a step leaves out. Empty: as the network says."
    )
    members: int | None = Field(None, ge=1, le=20, description="ensemble: networks in it. Empty: 5.")

    optimizer: Literal["adam", "adamw", "sgd", "lion", "muon"] = Field(
        "adam",
        json_schema_extra=may_be_empty,
        description="Rule of the gradient step. Empty: as the network says.",
    )
    learning_rate: float = Field(
        0.001,
        json_schema_extra=may_be_empty,
        gt=0,
        le=1,
        description="Step size, at its peak. Empty: as network and optimizer say; 0.001 for mlp.",
    )
    schedule: Literal["constant", "cosine", "one_cycle"] = Field(
        "constant",
        json_schema_extra=may_be_empty,
        description="How the step size goes over the epochs; one_cycle warms up first. Empty: as the network says.",
    )
    weight_decay: float = Field(
        0.0,
        json_schema_extra=may_be_empty,
        ge=0,
        le=1,
        description="Decoupled weight decay of kernels. Empty: as the network says.",
    )
    label_smoothing: float = Field(
        0.0,
        json_schema_extra=may_be_empty,
        ge=0,
        lt=1,
        description="Probability that the target gives to all classes alike. Empty: as the network says.",
    )
    averaging: float = Field(
        0.0,
        json_schema_extra=may_be_empty,
        ge=0,
        lt=1,
        description="Share of the moving average of weights kept at each step; 0 for none. Empty: as the network says.",
    )
    clip_norm: float | None = Field(None, gt=0, description="Largest norm of a gradient. Empty: any.")
    patience: int = Field(
        0, ge=0, le=1000, description="Stop after so many epochs with no lower validation loss; 0 never stops."
    )
    keep_best: bool = Field(False, description="Keep the epoch of the lowest validation loss, not the last one.")

    augmentation: Literal["off", "affine", "full"] = Field(
        "off",
        json_schema_extra=may_be_empty,
        description="How training images are varied: full is affine and elastic. Empty: as the network says.",
    )
    shift: float = Field(
        0.0,
        json_schema_extra=may_be_empty,
        ge=0,
        le=14,
        description="Largest shift in pixels. Empty: as the augmentation says.",
    )
    rotation: float = Field(
        0.0,
        json_schema_extra=may_be_empty,
        ge=0,
        le=180,
        description="Largest rotation in degrees. Empty: as the augmentation says.",
    )
    zoom: float = Field(
        0.0,
        json_schema_extra=may_be_empty,
        ge=0,
        le=0.9,
        description="Largest change of size, each way. Empty: as the augmentation says.",
    )
    shear: float = Field(
        0.0,
        json_schema_extra=may_be_empty,
        ge=0,
        le=60,
        description="Largest slant in degrees. Empty: as the augmentation says.",
    )
    elastic: float = Field(
        0.0,
        json_schema_extra=may_be_empty,
        ge=0,
        le=10,
        description="Elastic distortion, root mean square in pixels. Empty: as the augmentation says.",
    )
    erasing: float = Field(
        0.0,
        json_schema_extra=may_be_empty,
        ge=0,
        le=1,
        description="Share of images that lose a rectangle. Empty: as the augmentation says.",
    )

    @model_validator(mode="before")
    @classmethod
    def _as_the_network_says(cls, values: Any) -> Any:
        """Fill what is empty; raises BadConfig for an unknown network, and for a parameter that it has not."""
        if not isinstance(values, Mapping):
            return values
        given = {name: value for name, value in values.items() if value is not None}
        name = given.get("network", "mlp")
        if not isinstance(name, str):
            return values
        chosen = network(name)
        for option in sorted(options_of_all() & given.keys() - chosen.options.keys()):
            raise BadConfig(f"{option}: {name} has no such parameter, only {', '.join(networks_with(option))}")
        filled = {**TRAINED_WITH, **chosen.options, **chosen.trained_with, **given}
        if filled["optimizer"] != chosen.trained_with.get("optimizer", TRAINED_WITH["optimizer"]):
            filled["learning_rate"] = given.get("learning_rate", LEARNING_RATES.get(str(filled["optimizer"])))
        return AUGMENTATIONS.get(str(filled["augmentation"]), {}) | filled


def options_of_all() -> set[str]:
    """The parameters that some networks have and others have not."""
    return {option for name in NETWORKS for option in network(name).options}


def networks_with(option: str) -> list[str]:
    """The networks that have a parameter."""
    return [name for name in NETWORKS if option in network(name).options]
