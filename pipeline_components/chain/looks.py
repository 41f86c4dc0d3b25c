"""The account of looks: how many models were judged on the same test images before this one."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from pipeline_components.errors import StoreError

if TYPE_CHECKING:
    from pipeline_components.store import Artifact, Store

TEST = "test.arrow"
WINDOW = 50  # evaluations that are asked: each knows how many were before it


def earlier_looks(store: "Store", inputs: Mapping[str, "Artifact"]) -> int:
    """The config's `earlier_looks`: other models judged on these images before.

    A model that was judged before keeps its place, so that the same run again asks for the same recipe; one that was
    judged more than WINDOW evaluations ago counts as another look.
    """
    model, place = inputs["model"].manifest.content, dict[str, int]()
    for each in _judged(store, inputs["examples"]):
        before = each.manifest.config.get("earlier_looks")
        looked_at = each.manifest.inputs["model"]["content"]
        if looked_at == model and before is not None:
            return int(before)
        place[looked_at] = before or 0
    place.pop(model, None)
    looks = (first + sum(other >= first for other in place.values()) for first in place.values())
    return max(looks, default=0)


def _judged(store: "Store", examples: "Artifact") -> "Iterator[Artifact]":
    """The evaluations on the same test images, newest first."""
    same, own = {examples.manifest.content: True}, examples.manifest.files.get(TEST)
    for each in islice(store.newest("evaluate"), WINDOW):
        if not {"examples", "model"} <= each.manifest.inputs.keys():  # made by hand
            continue
        data = each.manifest.inputs["examples"]
        if data["content"] not in same:
            same[data["content"]] = False
            with suppress(StoreError):
                files = store.artifact(data["id"]).manifest.files
                same[data["content"]] = own is not None and files.get(TEST) == own
        if same[data["content"]]:
            yield each
