"""A search: its trials are artifacts of train like any other, and what they came to is an artifact of tune.

The state of a study lies in the store's scratch, in a folder of its own; the truth is in the store. A trial that the
store has is not trained again, one that was killed goes on from its last whole epoch, and one that has ended stays so.
"""

import logging
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_components.chain.components import COMPONENTS
from pipeline_components.chain.config import checked
from pipeline_components.chain.produce import make, plan, produce
from pipeline_components.chain.record import failure_of
from pipeline_components.chain.search_space import search_space
from pipeline_components.config import Config
from pipeline_components.errors import DigitsError, DivergedTraining
from pipeline_components.store import Artifact, Hit, Outcome, Recipe, Store
from pipeline_components.tune.trials import FILE, State, Trial, digest_of, has_model, read_trials, write_trials

if TYPE_CHECKING:
    from pipeline_components.tune import TuneConfig
    from pipeline_components.tune.study import Study

log = logging.getLogger(__name__)
TRAIN, TUNE = COMPONENTS["train"], COMPONENTS["tune"]
Watch = Callable[[int, Mapping[str, Any]], None]


class TrialFailed(DigitsError):
    """Raised when a trial came to no model: the others go on."""

    ending = "trial failed"


class _GivenUp(Exception):
    """Ends a training after an epoch in which it is hopeless."""


@dataclass(frozen=True)
class Search:
    """A study of a network on the examples of a preprocess artifact, named by its id."""

    store: Store
    config: "TuneConfig"
    examples: str

    @cached_property
    def folder(self) -> Path:
        """Where the study's state is: the same for the same search, whatever its budget, and for no other."""
        from pipeline_components.store.seal import canonical, sha256
        from pipeline_components.store.workspaces import workspace_of

        asked = self.config.model_dump(mode="json", exclude={"trials", "minutes"})
        return workspace_of(self.store.root, sha256(canonical([asked, self._recipe(self._config({})).key])))

    @cached_property
    def study(self) -> "Study":
        """Its state; raises BadConfig for a search space that train does not take."""
        from pipeline_components.tune.study import Study

        return Study(self.folder, self.config, search_space(self.config))

    def trial(self, number: int, *, run_id: str | None = None, watch: Watch = lambda number, row: None) -> Trial:
        """Carry out a trial, as far as it is worth it; raises TrialFailed if it comes to no model.

        `watch` is told the row of each epoch. When the disk fails, or the process is stopped, the trial can go on.
        """
        parameters = self.study.begin(number)
        ended = self.study.trial(number)
        if ended is None:
            return self._carry_out(number, self._config(parameters), run_id, watch)
        if not has_model(ended):
            raise TrialFailed(f"trial {number}: {ended['reason']}")
        self._produce(self._config_of(ended), run_id)
        return ended

    def reduce(self, run_id: str | None = None) -> Outcome:
        """The artifact of the study as it stands; a trial that has not ended, or whose model is gone, has failed."""
        trials, models = [], []
        for trial in self.study.trials():
            model = self._made(self._config_of(trial)) if has_model(trial) else None
            if model:
                models.append(model.id)
                facts = model.manifest.facts
                trial["epochs"], trial["validation_loss"] = facts["epochs"], facts["validation_loss"]
                trial["validation_accuracy"] = facts["validation_accuracy"]
            elif has_model(trial):
                trial["state"], trial["validation_loss"] = "failed", None
                trial["reason"] = "its model is gone from the store"
            trials.append(trial)
        result = self.folder / "result"
        result.mkdir(parents=True, exist_ok=True)
        if not (result / FILE).is_file() or digest_of(read_trials(result)) != digest_of(trials):
            write_trials(trials, result)
        made, outside = {"preprocess": self.examples}, {"study": result}
        recipe = plan(TUNE, self.store, self.config, made, outside, {"trials": models})
        return self.store.produce(recipe, partial(make, TUNE, recipe, outside), run_id=run_id)

    def _carry_out(self, number: int, config: Config, run_id: str | None, watch: Watch) -> Trial:
        started = time.monotonic()
        self.study.started(number, os.getpid())
        try:
            state, model, known_s = self._model(number, config, run_id, watch)
        except BaseException as error:
            if not _is_the_trials_own(error):
                self.study.spent(number, time.monotonic() - started)
                raise
            reason = failure_of(TRAIN.name, error)["message"]
            self.study.end(number, "failed", loss=None, elapsed_s=time.monotonic() - started, reason=reason)
            raise TrialFailed(f"trial {number}: {reason}") from error
        elapsed_s = time.monotonic() - started if known_s is None else known_s
        self.study.end(number, state, loss=model.manifest.facts["validation_loss"], elapsed_s=elapsed_s)
        ended = self.study.trial(number)
        assert ended is not None
        return ended

    def _model(
        self, number: int, config: Config, run_id: str | None, watch: Watch
    ) -> tuple[State, Artifact, float | None]:
        """Found or trained, in full or until it is given up; and the seconds that one which was found took."""
        if found := self._found(number, config, watch):
            return found

        def told(row: Mapping[str, Any]) -> None:
            watch(number, row)
            if self._is_hopeless(number, row):
                raise _GivenUp

        try:
            return "complete", self._produce(config, run_id, told).artifact, None
        except _GivenUp:
            stopped = self._stopped(config, self.study.epochs(number))
            self._hand_over(config, stopped)
            return "pruned", self._produce(stopped, run_id).artifact, None

    def _found(self, number: int, config: Config, watch: Watch) -> tuple[State, Artifact, float] | None:
        """What the store has of a trial: trained in full, or given up where this study would give it up too."""
        rungs = self.config.rungs()
        for epochs in (None, *rungs):
            model = self._made(self._stopped(config, epochs) if epochs else config)
            if model is None:
                continue
            hopeless = [self._is_hopeless(number, row) for row in _history(model, number, watch)]
            if epochs is None or hopeless[-1]:
                return "pruned" if epochs else "complete", model, float(model.manifest.made["elapsed_s"])
        return None

    def _is_hopeless(self, number: int, row: Mapping[str, Any]) -> bool:
        is_last = row["epoch"] >= self.config.trial_epochs
        return self.study.report(number, row["epoch"], row["validation_loss"]) and not is_last

    def _hand_over(self, config: Config, stopped: Config) -> None:
        """Let a training that is stopped go on from the epochs of the one that was to be longer."""
        whole, short = (self.store.workspace(self._recipe(each)) for each in (config, stopped))
        shutil.rmtree(short, ignore_errors=True)
        whole.rename(short)

    def _produce(
        self, config: Config, run_id: str | None, told: Callable[[Mapping[str, Any]], None] | None = None
    ) -> Outcome:
        return produce(TRAIN, self.store, config, {"preprocess": self.examples}, watch=told, run_id=run_id)

    def _made(self, config: Config) -> Artifact | None:
        found = self.store.find(self._recipe(config))
        return found.artifact if isinstance(found, Hit) else None

    def _recipe(self, config: Config) -> Recipe:
        return plan(TRAIN, self.store, config, {"preprocess": self.examples}, {})

    def _config(self, parameters: Mapping[str, Any]) -> Config:
        """The parameters of train that a trial has."""
        asked, model = self.config, TRAIN.config
        fixed = {"network": asked.network, "epochs": asked.trial_epochs, "seed": asked.tune_seed}
        return checked(model, {**fixed, **parameters})

    def _config_of(self, trial: Trial) -> Config:
        """The parameters of train that made its model."""
        config = self._config(trial["parameters"])
        return self._stopped(config, trial["epochs"]) if trial["state"] == "pruned" else config

    @staticmethod
    def _stopped(config: Config, epochs: int) -> Config:
        return config.model_copy(update={"stop_after": epochs})


def _history(model: Artifact, number: int, watch: Watch) -> Sequence[Mapping[str, Any]]:
    import pyarrow.parquet as pq

    rows: list[Mapping[str, Any]] = pq.read_table(model.intact("history.parquet")).to_pylist()
    for row in rows[-1:]:
        watch(number, row)
    return rows


def _is_the_trials_own(error: BaseException) -> bool:
    """Whether an error is a trial's, and not one of the disk, the data or a person, which all trials would have."""
    if isinstance(error, DivergedTraining):
        return True
    return isinstance(error, Exception) and not isinstance(error, DigitsError | OSError)
