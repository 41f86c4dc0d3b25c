"""What a run compares itself with: the champion, the baseline of its data, the history of evaluations.

Each is an input of the recipe like any other. They are chosen so that the same run again, after its model is served,
asks for the same inputs as before, and is all hits.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from pipeline_components.data import registry
from pipeline_components.data.blessing import FILE as BLESSING
from pipeline_components.data.blessing import Blessing, read_blessing
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import ArtifactDamaged, ArtifactNotFound, StoreError

if TYPE_CHECKING:
    from pipeline_components.store import Artifact, Store

Reference = Callable[["Store", Mapping[str, "Artifact"]], "Artifact | None"]
HISTORY_LENGTH = 50


def champion(store: "Store", inputs: Mapping[str, "Artifact"]) -> "Artifact | None":
    """The export now served; for a model that is itself served, the champion that it was evaluated against."""
    return _compared(store, inputs, "champion", lambda served, evaluation: served)


def anchor(store: "Store", inputs: Mapping[str, "Artifact"]) -> "Artifact | None":
    """What no model of the line may be worse than: its first, until one is surely better; never one that was forced.

    Each served model was compared with the anchor of its time, and its blessing says whether it took its place.
    """

    def chosen(served: "Artifact", evaluation: "Artifact") -> "Artifact | None":
        return served if read_blessing(evaluation.path)["anchors"] else _recorded(store, evaluation, "anchor")

    return _compared(store, inputs, "anchor", chosen)


def unforced(store: "Store", inputs: Mapping[str, "Artifact"]) -> "Artifact | None":
    """Where a forced model is served, the champion before it: what follows must not be worse than that either."""

    def chosen(served: "Artifact", evaluation: "Artifact") -> "Artifact | None":
        if not read_blessing(evaluation.path)["forced"]:
            return None
        return _recorded(store, evaluation, "unforced") or _recorded(store, evaluation, "champion")

    return _compared(store, inputs, "unforced", chosen)


def learnt_from(reference: Reference) -> "Callable[[Store, Mapping[str, Artifact]], list[Artifact] | None]":
    """The data that a reference's model learnt from, and those that it began with, other than this model's own data."""

    def examples(store: "Store", inputs: Mapping[str, "Artifact"]) -> "list[Artifact] | None":
        found, model = {}, reference(store, inputs)
        if model and model.component == "export":
            model = input_of(store, model, "model")
        while model:
            data = input_of(store, model, "examples")
            found[data.manifest.content] = data
            model = _recorded(store, model, "warm_start")
        found.pop(inputs["examples"].manifest.content, None)
        return [*found.values()] or None

    return examples


def itself(store: "Store", inputs: Mapping[str, "Artifact"]) -> "Artifact":
    """The model that is judged."""
    return inputs["model"]


def _compared(
    store: "Store",
    inputs: Mapping[str, "Artifact"],
    name: str,
    chosen: Callable[["Artifact", "Artifact"], "Artifact | None"],
) -> "Artifact | None":
    """What is chosen by the export now served and its evaluation; a model that is itself served keeps what it had."""
    served = served_export(store)
    if served is None:
        return None
    evaluation = input_of(store, served, "evaluation")
    return (
        _recorded(store, evaluation, name)
        if _is_input(inputs["model"], served, "model")
        else chosen(served, evaluation)
    )


def baseline(store: "Store", inputs: Mapping[str, "Artifact"]) -> "Artifact | None":
    """The data that the served model learnt from; for that data itself, what it was compared with in its time."""
    served = served_export(store)
    if served is None:
        return None
    data = input_of(store, served, "examples")
    if _is_input(inputs["examples"], data, "examples"):
        return _recorded(store, data, "baseline")
    is_same_line = _line(input_of(store, data, "examples")) == _line(inputs["examples"])
    return data if is_same_line else None


def history(store: "Store", inputs: Mapping[str, "Artifact"]) -> "list[Artifact]":
    """The evaluations of this line before this one, oldest first: a fixed set, so that the same run again is a hit."""
    now = inputs["evaluation"]
    earlier = (each for each in store.newest("evaluate") if each.number < now.number and _line(each) == _line(now))
    return list(islice(earlier, HISTORY_LENGTH))[::-1]


def served_model(store: "Store", inputs: Mapping[str, "Artifact"]) -> "Artifact":
    """The export now served; raises ArtifactNotFound before anything is."""
    served = served_export(store)
    if served is None:
        raise ArtifactNotFound(f"{store.root}: no model is served yet: run `digits run` first")
    return served


def served_export(store: "Store") -> "Artifact | None":
    """The export whose bytes are served now, if anything is: the one that was pushed, or any other of the same files.

    Raises ArtifactDamaged, with the ways out, if none of them is whole.
    """
    from pipeline_components.store import content_in
    from pipeline_components.store.check import problems_of

    version = store.served(MODEL_NAME).current()
    if version is None:
        return None
    wrong = "gone"
    with suppress(StoreError):
        pushed = store.artifact(version.export)
        problems = problems_of(pushed)
        if not problems:
            return pushed
        wrong = f"damaged ({problems[0].name})"
    for export in store.newest("export"):
        if content_in(export) == version.content and not problems_of(export):
            return export
    evaluation = _evaluation(store, version.export)
    again = f"make it again (digits export --evaluation {evaluation}), or " if evaluation else ""
    raise ArtifactDamaged(
        f"{version.export}, which {MODEL_NAME}/{version.number} was pushed from, is {wrong}, and no other export has "
        f"the same files: {again}put another version into service (digits rollback)"
    )


def _evaluation(store: "Store", export: str) -> str | None:
    """By which evaluation an export was let through, as far as its manifest can be read."""
    with suppress(StoreError):
        return str(store.artifact(export).manifest.inputs["evaluation"]["id"])
    return None


def blessing_of(store: "Store", evaluation: str) -> Blessing:
    """What an evaluation decided, its bytes checked first; raises ArtifactDamaged or BadData."""
    return read_blessing(store.artifact(evaluation).intact(BLESSING).parent)


def served_as(store: "Store", reference: object) -> str | None:
    """The version, `digits/3`, in which an artifact is in service or last was; None for what was never served."""
    from pipeline_components.store import Artifact

    if not isinstance(reference, Artifact):
        return None
    versions = [each.number for each in store.served(MODEL_NAME).versions() if each.export == reference.id]
    return f"{MODEL_NAME}/{versions[-1]}" if versions else None


def input_of(store: "Store", artifact: "Artifact", name: str) -> "Artifact":
    """The artifact that this one was made from, by the argument's name."""
    return store.artifact(artifact.manifest.inputs[name]["id"])


def _is_input(candidate: "Artifact", of: "Artifact", name: str) -> bool:
    return bool(of.manifest.inputs[name]["content"] == candidate.manifest.content)


def _recorded(store: "Store", artifact: "Artifact", name: str) -> "Artifact | None":
    return input_of(store, artifact, name) if name in artifact.manifest.inputs else None


def _line(made: "Artifact") -> str:
    """The line of the dataset that an artifact's facts name."""
    return registry.dataset(made.manifest.facts["dataset"]).line
