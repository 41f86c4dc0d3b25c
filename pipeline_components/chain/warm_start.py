"""Which model a training begins with, by its parameter `warm_start`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline_components.chain.references import input_of, served_export
from pipeline_components.errors import BadConfig

if TYPE_CHECKING:
    from pipeline_components.store import Artifact, Store

SERVED = "served"


def warm_start(store: "Store", config: Any, inputs: Mapping[str, "Artifact"]) -> "Artifact | None":
    """The train artifact that a config names; None if it names none, and for `served` before anything is served.

    The same run again, after its model is served, begins where it began, and is found. Raises BadConfig for a model
    of another network, ArtifactNotFound if there is no such artifact.
    """
    if config.warm_start is None:
        return None
    chosen = _served(store, config, inputs["examples"]) if config.warm_start == SERVED else config.warm_start
    if chosen is None:
        return None
    begun = store.artifact(chosen)
    if (found := begun.manifest.config["network"]) != config.network:
        raise BadConfig(
            f"warm_start: {begun.id} is a network {found!r}, and {config.network!r} is to be trained: "
            f"leave warm_start out, or train with --network {found}"
        )
    return begun


def _served(store: "Store", config: Any, examples: "Artifact") -> str | None:
    """The id of the model now served, or, if that is what this training made, of the one that it began with."""
    export = served_export(store)
    if export is None:
        return None
    model = input_of(store, export, "model")
    then, now = model.manifest.config, config.model_dump(mode="json")
    is_ours = then | {"warm_start": SERVED} == now and (
        model.manifest.inputs["examples"]["content"] == examples.manifest.content
    )
    began = model.manifest.inputs.get("warm_start") if is_ours else None
    return str(began["id"]) if began else model.id
