"""The table of components. Each is declared here, once: verbs, form, tasks, explain, replay and reproduce follow.

Nothing heavy is imported by the table: a component's package is loaded when its config or function is asked for.
"""

import importlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_components.chain import dataset, gate, looks, references
from pipeline_components.chain.outside import OutsideFolder, images_digest, study_digest
from pipeline_components.chain.taken import Taken, best_of
from pipeline_components.chain.warm_start import warm_start
from pipeline_components.models import module_of

if TYPE_CHECKING:
    from pipeline_components.config import Config
    from pipeline_components.store import Artifact, Store

Reference = Callable[["Store", Mapping[str, "Artifact"]], "Artifact | Sequence[Artifact] | None"]
Choice = Callable[["Store", Any, Mapping[str, "Artifact"]], "Artifact | None"]
Count = Callable[["Store", Mapping[str, "Artifact"]], int]
Settle = Callable[[Any, Callable[[Any], bool], Mapping[str, Path]], Any]


@dataclass(frozen=True, eq=False)
class Component:
    """A component `train` is a package that gives a function `train` and a config model `TrainConfig`.

    `inputs`      argument → the component whose artifact it takes
    `gathered`    argument → the component of which it takes any number of artifacts, which the caller names
    `taken`       parameter → where a config that names an artifact has its other parameters from
    `begins_from` parameter → how the artifact is chosen that it names, which becomes the input of the same name
    `references`  argument → how what it is compared with is chosen: the champion, the baseline, the history
    `outside`     argument → a folder outside the store, which the caller names
    `settle`      makes a config concrete whose default depends on the place: (config, is it made?, outside) → config
    `counted`     parameter → what the store answers where it is left empty
    `chosen`      the modules that a config names, beside those that its code imports: a network's
    `resumed`     whether its function takes a `workspace`, a folder that outlives an attempt that was killed
    `gated`       whether the gate stands before it; its input `evaluation` is what the gate reads
    `pushed`      whether what it makes is put into service
    `in_run`      whether it is a step of every retraining; the others are started by themselves
    `asks`        the model of what a run says about it, where it is a step of a run only now and then
    `highlights`  what a list shows of its artifacts, what matters most first: formats of the facts
    """

    name: str
    doc: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    gathered: Mapping[str, str] = field(default_factory=dict)
    taken: Mapping[str, Taken] = field(default_factory=dict)
    begins_from: Mapping[str, Choice] = field(default_factory=dict)
    references: Mapping[str, Reference] = field(default_factory=dict)
    outside: Mapping[str, OutsideFolder] = field(default_factory=dict)
    settle: Settle | None = None
    counted: Mapping[str, Count] = field(default_factory=dict)
    chosen: Callable[[Any], Sequence[str]] = lambda _: ()
    resumed: bool = False
    gated: bool = False
    pushed: bool = False
    in_run: bool = True
    asks: str = ""
    package: str = ""
    highlights: Sequence[str] = ()

    def in_short(self, facts: Mapping[str, Any]) -> list[str]:
        """The highlights of an artifact, without those that its facts do not tell; of all facts if none is chosen."""
        return [
            said for each in self.highlights or [f"{name} {{{name}}}" for name in facts] if (said := _said(each, facts))
        ]

    @cached_property
    def module(self) -> str:
        """The package's name: `pipeline_components.train`, unless it says otherwise."""
        return self.package or f"pipeline_components.{self.name}"

    @cached_property
    def config(self) -> "type[Config]":
        """The model of its parameters: `TrainConfig`."""
        words = self.name.split("_")
        model: type[Config] = getattr(
            importlib.import_module(self.module), f"{''.join(map(str.capitalize, words))}Config"
        )
        return model

    @cached_property
    def parameters(self) -> "type[Config]":
        """The model of what a run may set of it: its config, unless it says otherwise."""
        model: type[Config] = getattr(importlib.import_module(self.module), self.asks) if self.asks else self.config
        return model

    @property
    def function(self) -> Callable[..., Mapping[str, Any]]:
        """What runs: (artifact folders…, out=, config=) → facts."""
        function: Callable[..., Mapping[str, Any]] = getattr(importlib.import_module(self.module), self.name)
        return function


def _said(highlight: str, facts: Mapping[str, Any]) -> str:
    try:
        return highlight.format_map(facts)
    except (LookupError, ValueError, TypeError, AttributeError):
        return ""


_EVALUATED = {"examples": "preprocess", "model": "train", "evaluation": "evaluate"}
COMPONENTS = {
    component.name: component
    for component in (
        Component(
            "ingest",
            "Fetch a dataset as TFRecord files, checksums verified.",
            outside={
                "manual_dir": OutsideFolder(
                    "Folder with the dataset's original files, for machines with no route to their host.",
                    env_var="DIGITS_MANUAL_DIR",
                )
            },
            settle=dataset.settled,
            highlights=("{dataset}", "{splits[train]:,} train", "{splits[test]:,} test", "version {version}"),
        ),
        Component(
            "preprocess",
            "Check, describe and split the examples; bad data stops here.",
            inputs={"examples": "ingest"},
            references={"baseline": references.baseline},
            highlights=("{dataset}", "{train:,} train", "{validation:,} validation", "{test:,} test"),
        ),
        Component(
            "train",
            "Fit the network; the same seed gives the same weights.",
            inputs={"examples": "preprocess"},
            taken={"from_": Taken("search", component="tune", take=best_of)},
            begins_from={"warm_start": warm_start},
            chosen=lambda config: [module_of(config.network)],
            resumed=True,
            highlights=(
                "validation accuracy {validation_accuracy:.4f}",
                "{epochs} epochs",
                "{network}",
                "training accuracy {accuracy:.4f}",
                "{examples:,} examples",
            ),
        ),
        Component(
            "evaluate",
            "Judge the model on the test split: every rule, and a verdict.",
            inputs={"examples": "preprocess", "model": "train"},
            references={
                "champion": references.champion,
                "anchor": references.anchor,
                "unforced": references.unforced,
                "model_examples": references.learnt_from(references.itself),
                "champion_examples": references.learnt_from(references.champion),
                "anchor_examples": references.learnt_from(references.anchor),
                "unforced_examples": references.learnt_from(references.unforced),
            },
            counted={"earlier_looks": looks.earlier_looks},
            highlights=(
                "{verdict}",
                "test accuracy {accuracy:.4f}",
                "({accuracy_low:.4f} to {accuracy_high:.4f})",
                "{examples:,} images of {dataset}",
            ),
        ),
        Component(
            "report",
            "Draw the report of an evaluation: one page that stands alone.",
            inputs=_EVALUATED,
            references={"history": references.history, "decision": gate.decision_in_force},
            highlights=("{verdict}", "{figures} figures", "{sentence}"),
        ),
        Component(
            "approve",
            "Record a person's decision about an evaluated model.",
            inputs={"model": "train", "evaluation": "evaluate"},
            in_run=False,
            asks="ApprovalConfig",
            highlights=("{decision} by {by}", "{reason}", "judged {judged}"),
        ),
        Component(
            "export",
            "Export a blessed model, and prove that it serves.",
            inputs=_EVALUATED,
            references={"decision": gate.decision_in_force},
            gated=True,
            pushed=True,
            highlights=("{classes} classes", "{golden_examples} golden examples"),
        ),
        Component(
            "tune",
            "Search a network's best parameters: trials on the training split, judged on validation alone.",
            inputs={"examples": "preprocess"},
            gathered={"trials": "train"},
            outside={"study": OutsideFolder("Folder with a study.json: every trial.", "", digest=study_digest)},
            in_run=False,
            highlights=(
                "best validation loss {validation_loss:.4f}",
                "accuracy {validation_accuracy:.4f}",
                "{trials} trials",
                "{network}",
                "{failed} failed",
                "{pruned} pruned",
            ),
        ),
        Component(
            "predict",
            "Recognise a folder of images with the served model.",
            references={"model": references.served_model},
            outside={
                "images": OutsideFolder("Folder of PNG and JPEG images.", "DIGITS_BATCH_DIR", digest=images_digest)
            },
            in_run=False,
            highlights=("{images:,} images", "{unreadable:,} unreadable"),
        ),
    )
}


def run_components() -> list[Component]:
    """The components of a retraining, in the order in which they run."""
    return [component for component in COMPONENTS.values() if component.in_run]


def parameter_models() -> "dict[str, type[Config]]":
    """Component → the model of what a run may set of it, in the order of a run."""
    return {each.name: each.parameters for each in COMPONENTS.values() if each.in_run or each.asks}


def sources_of(component: Component) -> list[str]:
    """The components that it follows directly: those of its inputs that no other input follows already."""
    sources = dict.fromkeys(component.inputs.values())
    implied = {above for source in sources for above in _ancestors(source)}
    return [source for source in sources if source not in implied]


def made_again_with(reference: Reference) -> list[Component]:
    """What a run makes again when a reference has changed: what is compared with it, and all that follows."""
    compared = {each.name for each in run_components() if reference in each.references.values()}
    return [each for each in run_components() if compared & {each.name, *_ancestors(each.name)}]


def _ancestors(name: str) -> Collection[str]:
    inputs = COMPONENTS[name].inputs.values()
    return {*inputs, *(above for source in inputs for above in _ancestors(source))}
