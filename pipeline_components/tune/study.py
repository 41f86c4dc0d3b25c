"""A study's state in a journal file, which any number of processes share: what is proposed, tried and given up.

Optuna proposes and prunes. Each trial has its number before it begins, and a sampler whose seed follows from that and
the study's seed: so parallel workers propose different things, and one that is begun again, the same.
"""

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from pipeline_components.tune.config import TuneConfig
from pipeline_components.tune.spaces import Dimension, Range, grid
from pipeline_components.tune.trials import State, Trial

optuna.logging.set_verbosity(optuna.logging.WARNING)
NAME = "digits"
AT_RANDOM_FIRST = 6  # trials, before there is something to learn from
STATES: dict[TrialState, State] = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned"}


class Study:
    """The trials of a search, kept in a folder."""

    def __init__(self, folder: Path, config: TuneConfig, dimensions: Mapping[str, Dimension]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.config = config
        self.distributions = {name: distribution(each) for name, each in dimensions.items()}
        self._dimensions, self._journal = dimensions, folder / "journal.log"

    @cached_property
    def _study(self) -> optuna.Study:
        pruner: optuna.pruners.BasePruner = optuna.pruners.NopPruner()
        if self.config.prune_after:
            pruner = optuna.pruners.SuccessiveHalvingPruner(self.config.prune_after, self.config.keep_one_in)
        storage = JournalStorage(JournalFileBackend(str(self._journal)))
        return optuna.create_study(study_name=NAME, storage=storage, pruner=pruner, load_if_exists=True)

    def prepare(self) -> list[int]:
        """Give each trial its number; all numbers, of as many as the budget and a grid have. For one process alone."""
        points: list[dict[str, Any]] = [{}] * self.config.trials
        if self.config.sampler == "grid":
            points = [as_told(point, self.distributions) for point in grid(self._dimensions, self.config.tune_seed)]
        points = points[: self.config.trials]
        for point in points[len(self._study.trials) :]:
            self._study.enqueue_trial(point)
        return [*range(len(points))]

    def begin(self, number: int) -> dict[str, Any]:
        """The parameters of a trial, proposed if they have not been yet; a trial that has ended stays as it is."""
        found = self._of(number)
        if found.state == TrialState.WAITING:
            self._study._storage.set_trial_state_values(found._trial_id, TrialState.RUNNING)
        if not found.state.is_finished():
            self._study.sampler = self._sampler(number)
            running = optuna.Trial(self._study, found._trial_id)
            for name, each in self.distributions.items():
                running._suggest(name, each)
        return self.parameters(number)

    def _sampler(self, number: int) -> optuna.samplers.BaseSampler:
        seed = int(np.random.SeedSequence([self.config.tune_seed, number]).generate_state(1)[0])
        if self.config.sampler == "tpe":
            return optuna.samplers.TPESampler(seed=seed, n_startup_trials=AT_RANDOM_FIRST, constant_liar=True)
        return optuna.samplers.RandomSampler(seed=seed)

    def report(self, number: int, epoch: int, loss: float) -> bool:
        """Take note of an epoch's validation loss; whether the trial is to be given up."""
        found = self._of(number)
        running = optuna.Trial(self._study, found._trial_id)
        if epoch not in found.intermediate_values:
            running.report(loss, epoch)
        return bool(running.should_prune())

    def end(self, number: int, state: State, *, loss: float | None, elapsed_s: float, reason: str = "") -> None:
        """A trial has ended: with a validation loss, unless it has failed."""
        self.spent(number, elapsed_s)
        told = next((each for each in STATES if STATES[each] == state), TrialState.FAIL)
        self._study._storage.set_trial_user_attr(self._of(number)._trial_id, "reason", reason)
        self._study.tell(number, loss if told == TrialState.COMPLETE else None, told)

    def spent(self, number: int, elapsed_s: float) -> None:
        """An attempt at a trial took so long, and may be followed by another."""
        found = self._of(number)
        total = found.user_attrs.get("elapsed_s", 0.0) + elapsed_s
        self._study._storage.set_trial_user_attr(found._trial_id, "elapsed_s", total)

    def started(self, number: int, process: int) -> None:
        """A process begins, or goes on with, a trial."""
        self._study._storage.set_trial_user_attr(self._of(number)._trial_id, "process", process)

    def process(self, number: int) -> int | None:
        """The process that works on a trial, or did last."""
        found: int | None = self._of(number).user_attrs.get("process")
        return found

    def parameters(self, number: int) -> dict[str, Any]:
        """What a trial tries."""
        return _as_meant(self._of(number).params, self.distributions)

    def epochs(self, number: int) -> int:
        """How many epochs of a trial have been reported."""
        return self._of(number).last_step or 0

    def trials(self) -> list[Trial]:
        """Every trial that has begun; one that has not ended counts as failed."""
        return [self._told(each) for each in self._study.trials if each.state != TrialState.WAITING]

    def trial(self, number: int) -> Trial | None:
        """A trial that has ended, None before that."""
        found = self._of(number)
        return self._told(found) if found.state.is_finished() else None

    def _of(self, number: int) -> FrozenTrial:
        storage = self._study._storage
        return storage.get_trial(storage.get_trial_id_from_study_id_trial_number(self._study._study_id, number))

    def _told(self, found: FrozenTrial) -> Trial:
        epochs = found.last_step or 0
        killed = f"killed or interrupted after {epochs} epochs"
        return Trial(
            number=found.number,
            state=STATES.get(found.state, "failed"),
            parameters=_as_meant(found.params, self.distributions),
            epochs=epochs,
            validation_loss=found.value,
            validation_accuracy=None,
            reason=found.user_attrs.get("reason", "") if found.state.is_finished() else killed,
            elapsed_s=round(found.user_attrs.get("elapsed_s", 0.0), 3),
        )


def distribution(dimension: Dimension) -> BaseDistribution:
    """A dimension as Optuna has it; choices are told as JSON, for it knows no lists."""
    if not isinstance(dimension, Range):
        return CategoricalDistribution([json.dumps(each) for each in dimension.values])
    if dimension.whole:
        step = int(dimension.step or 1)
        return IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log, step=step)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log, step=dimension.step)


def as_told(parameters: Mapping[str, Any], distributions: Mapping[str, BaseDistribution]) -> dict[str, Any]:
    """Parameters as Optuna is told them: choices as JSON."""
    is_choice = {name for name, each in distributions.items() if isinstance(each, CategoricalDistribution)}
    return {name: json.dumps(value) if name in is_choice else value for name, value in parameters.items()}


def _as_meant(parameters: Mapping[str, Any], distributions: Mapping[str, BaseDistribution]) -> dict[str, Any]:
    is_choice = {name for name, each in distributions.items() if isinstance(each, CategoricalDistribution)}
    return {name: json.loads(value) if name in is_choice else value for name, value in sorted(parameters.items())}
