"""`digits tune`: a search in this process, one trial after the other."""

import json as jsonlib
import time
from contextlib import suppress
from functools import partial
from typing import Annotated, Any

from pipeline_components.chain.components import COMPONENTS
from pipeline_components.chain.inputs import chosen_inputs
from pipeline_components.chain.record import step_record
from pipeline_components.chain.run import new_run_id
from pipeline_components.chain.search_record import reduce_and_record
from pipeline_components.chain.search_space import search_space
from pipeline_components.chain.tuning import Search, TrialFailed
from pipeline_components.commands.live_search import LiveSearch
from pipeline_components.commands.options import DEFAULT_STORE, JsonOption, StoreOption, note
from pipeline_components.commands.parameters import Flat, InputOption
from pipeline_components.errors import BadData
from pipeline_components.store import Store
from pipeline_components.tune import TuneConfig


def tune(
    *,
    config: Annotated[TuneConfig, Flat] = TuneConfig(),
    examples: InputOption = None,
    store: StoreOption = DEFAULT_STORE,
    json: JsonOption = False,
) -> None:
    """Search a network's best parameters, judged on validation alone; the same again goes on from what there is.

    Prints the artifact's id. Ctrl-C ends it, and keeps the trials that are finished.
    """
    search_space(config)
    where = Store.at(store)
    made = chosen_inputs(where, COMPONENTS["tune"], {"examples": examples} if examples else {})
    search = Search(where, config, made["preprocess"])
    run_id, started = new_run_id(), time.monotonic()
    told = partial(_tell, search, run_id, json=json, started=started)
    try:
        with LiveSearch(search) as live:
            carry_out(search, live, run_id)
    except KeyboardInterrupt:
        with suppress(BadData):  # no trial is complete yet
            told(ending="interrupted")
        note("stopped: the same command goes on from what is finished")
        raise
    told()


def carry_out(search: Search, live: Any, run_id: str) -> None:
    """Every trial that begins within the budget."""
    numbers, started = search.study.prepare(), time.monotonic()
    for number in numbers:
        if search.config.minutes and time.monotonic() - started > 60 * search.config.minutes:
            note(f"{search.config.minutes:g} minutes are over: {len(numbers) - number} trials are not begun")
            break
        live.begin(number)
        try:
            live.end(search.trial(number, run_id=run_id, watch=live.watch))
        except TrialFailed as failure:
            live.fail(number, str(failure))


def _tell(search: Search, run_id: str, *, json: bool, started: float, ending: str = "searched") -> None:
    """Record the run, and print what it came to."""
    parameters = search.config.model_dump(mode="json")
    made, elapsed_s = {"preprocess": search.examples}, time.monotonic() - started
    outcome = reduce_and_record(search, run_id, parameters, made, elapsed_s=elapsed_s, ending=ending)
    print(jsonlib.dumps(step_record(outcome), indent=1) if json else outcome.artifact.id, flush=True)
