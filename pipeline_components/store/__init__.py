"""Artifacts: published whole or not at all, found again by recipe, verified byte for byte. Knows nothing of digits."""

from pipeline_components.store.artifact import Artifact
from pipeline_components.store.find import Hit, Miss
from pipeline_components.store.ids import parse_id
from pipeline_components.store.journal import JournalEntry
from pipeline_components.store.manifest import Manifest
from pipeline_components.store.reason import Change, Reason
from pipeline_components.store.recipe import Outside, Recipe
from pipeline_components.store.served import ServedModel
from pipeline_components.store.source import Code, code_of
from pipeline_components.store.store import Outcome, Store
from pipeline_components.store.version import ServedVersion, content_in

__all__ = [
    "Artifact",
    "Change",
    "Code",
    "Hit",
    "JournalEntry",
    "Manifest",
    "Miss",
    "Outcome",
    "Outside",
    "Reason",
    "Recipe",
    "ServedModel",
    "ServedVersion",
    "Store",
    "code_of",
    "content_in",
    "parse_id",
]
