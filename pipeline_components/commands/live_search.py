"""What a person sees of a search: a live table of its trials in a terminal, a line per trial elsewhere."""

import logging
import time
from collections.abc import Mapping
from typing import Any, Self

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from pipeline_components.chain.tuning import Search
from pipeline_components.commands.live import LiveTable
from pipeline_components.commands.tables import short
from pipeline_components.tune.trials import Trial

LOOK = {"running": "cyan", "complete": "green", "pruned": "dim", "failed": "red"}
SHOWN = 15  # trials in the live table: the last ones


class LiveSearch(LiveTable):
    """Follows a search on stderr."""

    def __init__(self, search: Search) -> None:
        super().__init__(logging.WARNING)
        self.search = search
        self.rows: dict[int, dict[str, Any]] = {}

    def __enter__(self) -> Self:
        logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it warns of many networks in one process
        return super().__enter__()

    def emit(self, record: logging.LogRecord) -> None:
        """Let a warning stay on the screen."""
        self.console.print(Text(record.getMessage()), soft_wrap=True)

    def begin(self, number: int) -> None:
        """A trial begins."""
        self.rows[number] = {"state": "running", "started": time.monotonic()}

    def watch(self, number: int, epoch: Mapping[str, Any]) -> None:
        """An epoch is over."""
        self.rows[number] |= {**epoch, "parameters": self.search.study.parameters(number)}

    def end(self, trial: Trial) -> None:
        """A trial has ended with a model."""
        told = {"parameters": trial["parameters"], "elapsed_s": trial["elapsed_s"], "epoch": trial["epochs"]}
        self.rows[trial["number"]] |= {**told, "state": trial["state"], "validation_loss": trial["validation_loss"]}
        self._say(trial["number"])

    def fail(self, number: int, why: str) -> None:
        """A trial has ended with none."""
        elapsed_s = time.monotonic() - self.rows[number]["started"]
        told = {"parameters": self.search.study.parameters(number), "elapsed_s": elapsed_s, "why": why}
        self.rows[number] |= {**told, "state": "failed"}
        self._say(number)

    def _say(self, number: int) -> None:
        if not self.live:
            self.console.print("  ".join(self.cells(number)), soft_wrap=True)

    def cells(self, number: int) -> list[str]:
        """A trial's line: number, state, epochs, validation loss, seconds, and what it tries or why it failed."""
        row = self.rows[number]
        loss, elapsed_s = row.get("validation_loss"), row.get("elapsed_s", time.monotonic() - row["started"])
        said = row.get("why") or "  ".join(f"{name} {short(each)}" for name, each in row.get("parameters", {}).items())
        epochs = f"{row.get('epoch', 0)}/{self.search.config.trial_epochs}"
        loss_said = f"{loss:.4f}" if isinstance(loss, float) else ""
        return [f"{number:>4}", f"{row['state']:<8}", f"{epochs:>7}", f"{loss_said:>7}", f"{elapsed_s:>6.1f} s", said]

    def table(self) -> RenderableType:
        """The last trials, the best one marked."""
        ended = [n for n, row in self.rows.items() if row["state"] == "complete" and row.get("validation_loss")]
        best = min(ended, key=lambda n: self.rows[n]["validation_loss"], default=None)
        table = Table.grid(padding=(0, 2))
        for number in [*self.rows][-SHOWN:]:
            *cells, said = self.cells(number)
            look = "bold green" if number == best else LOOK[self.rows[number]["state"]]
            table.add_row(*(Text(cell, look) for cell in cells), Text(said, no_wrap=True, overflow="ellipsis"))
        if best is not None and best < len(self.rows) - SHOWN:
            table.add_row(*(Text(cell, "bold green") for cell in self.cells(best)[:-1]), Text("the best so far"))
        return table
