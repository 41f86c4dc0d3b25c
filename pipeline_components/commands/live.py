"""What a person sees of a run: a live line per component in a terminal, plain lines elsewhere, the closing table."""

import json as jsonlib
import logging
import os
import sys
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from pipeline_components.chain.components import run_components
from pipeline_components.chain.record import RunRecord, report_page
from pipeline_components.chain.run import State
from pipeline_components.data.decision import said
from pipeline_components.errors import Refused, Undecided
from pipeline_components.store import Outcome, Store
from pipeline_components.terminal import wrapped

LOOK = {
    "waiting": ("·", "dim"),
    "running": ("", "cyan"),
    "done": ("✓", "green"),
    "hit": ("✓", "blue"),
    "skipped": ("–", "dim"),
    "failed": ("✗", "red"),
}


@dataclass
class Line:
    """One component's line: its state, its id once it has one, and what it last said."""

    state: str = "waiting"
    id: str = ""
    said: str = ""
    started: float = 0.0
    elapsed_s: float | None = None

    @property
    def seconds(self) -> float | None:
        """Seconds so far, or in all; None before the start."""
        if self.elapsed_s is None and self.state == "running":
            return time.monotonic() - self.started
        return self.elapsed_s


class LiveTable(logging.Handler, ABC):
    """A table on stderr that is drawn anew all the while, in a terminal; the package's log lines come to `emit`."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        # A descriptor of its own: file descriptor 2 is set aside while TensorFlow is imported.
        stderr = os.fdopen(os.dup(2), "w")
        self.console = Console(file=stderr, highlight=False, markup=False, emoji=False)
        self.live: Live | None = None

    @abstractmethod
    def table(self) -> RenderableType:
        """What is shown now."""

    def __enter__(self) -> Self:
        logger = logging.getLogger("pipeline_components")
        logger.addHandler(self)
        logger.setLevel(self.level)
        logger.propagate = False
        if self.console.is_terminal:
            self.live = Live(get_renderable=self.table, console=self.console, refresh_per_second=8)
            self.live.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self.live:
            self.live.stop()
        logger = logging.getLogger("pipeline_components")
        logger.removeHandler(self)
        logger.propagate = True


class LiveRun(LiveTable):
    """Follows a run on stderr: pass `watch` to `chain.run`; the components' log lines arrive by themselves."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines = {component.name: Line() for component in run_components()}
        self.running = ""
        self.spinner = Spinner("dots", style="cyan")

    def watch(self, component: str, state: State, outcome: Outcome | None) -> None:
        """Take note of a component's new state."""
        line = self.lines[component]
        line.state = state
        if state == "running":
            self.running, line.started = component, time.monotonic()
        elif line.started:
            line.elapsed_s = time.monotonic() - line.started
        if outcome:
            line.id, line.said = outcome.artifact.id, outcome.why
        if not self.live:
            self._say(component, line)

    def _say(self, component: str, line: Line) -> None:
        seconds = f"{line.elapsed_s:.1f} s" if line.elapsed_s is not None else ""
        self.console.print(f"{component:<12}{line.state:<9}{line.id:<14}{seconds:>8}  {line.said}", soft_wrap=True)

    def emit(self, record: logging.LogRecord) -> None:
        """Show a component's log line; a warning stays on the screen."""
        message = record.getMessage()
        if record.levelno >= logging.WARNING:
            self.console.print(Panel(Text(message), border_style="yellow") if self.live else message, soft_wrap=True)
        elif self.live and self.running:
            self.lines[self.running].said = message
        elif record.name != "pipeline_components.chain.produce":
            self.console.print(f"  {message}", soft_wrap=True)

    def table(self) -> RenderableType:
        """All components, one line each."""
        table = Table.grid(padding=(0, 2))
        for component, line in self.lines.items():
            mark, style = LOOK[line.state]
            sign: RenderableType = self.spinner if line.state == "running" else Text(mark, style)
            seconds = f"{line.seconds:.1f} s" if line.seconds is not None else ""
            name = Text(component, "bold" if line.state == "running" else "")
            said = Text(line.said, "dim", no_wrap=True, overflow="ellipsis")
            table.add_row(sign, name, Text(line.state, style), line.id, Text(seconds, justify="right"), said)
        return Group(table)


def conclude(store: Store, record: RunRecord, *, json: bool = False) -> None:
    """Print on stdout what a run came to: verdict, accuracy, what is served, where the report is.

    Raises Refused, with the way to the reasons, for a model that the gate refused, Undecided for one that waits.
    """
    if json:
        print(jsonlib.dumps(record, indent=1))
    else:
        console = Console(file=sys.stdout, highlight=False)
        for name, value in _closing_rows(store, record):
            said = value if isinstance(value, Text) else wrapped(value, indent=10)
            console.print(Text.assemble((f"{name:<10}", "dim"), said), soft_wrap=True)
    sys.stdout.flush()
    if record["verdict"] == "undecided":
        raise Undecided(f"undecided: {record['reasons'][0]}; its report: digits open {record['report']}")
    if record["verdict"] == "refused":
        count = f"{len(record['reasons'])} reason{'s' if len(record['reasons']) > 1 else ''}"
        raise Refused(f"refused by the gate: {count} above, and in the report: digits open {record['report']}")


def closing_lines(store: Store, record: RunRecord) -> list[str]:
    """The same table as plain text, for a log."""
    return [f"{name:<10}{value}" for name, value in _closing_rows(store, record)]


def _closing_rows(store: Store, record: RunRecord) -> list[tuple[str, str | Text]]:
    tones = {"blessed": "bold yellow" if record["held_back"] else "bold green", "undecided": "bold yellow"}
    hits = sum(step["hit"] for step in record["steps"].values())
    return [
        (
            "verdict",
            Text(
                record["verdict"]
                + (" (forced)" if record["forced"] else "")
                + (", held back" if record["held_back"] else ""),
                tones.get(record["verdict"], "bold red"),
            ),
        ),
        *(("", reason) for reason in record["reasons"]),
        (
            "accuracy",
            f"{record['accuracy']:.4f}  (95 % interval {record['accuracy_low']:.4f} to {record['accuracy_high']:.4f}, "
            f"{record['examples']:,} test images of {record['dataset']})",
        ),
        *([("decision", said(record["decision"]))] if record.get("decision") else []),
        *([("held back", record["held_back"])] if record["held_back"] else []),
        ("served", _served(record)),
        ("model", str(record["model"])),
        ("report", str(report_page(store, record))),
        ("run", f"{record['run_id']}  {record['elapsed_s']:.1f} s, {hits} of {len(record['steps'])} reused"),
    ]


def _served(record: RunRecord) -> str:
    """The version in service, the model in it, and whether that is this run's."""
    if not record["served_version"]:
        return "nothing yet"
    served = f"digits/{record['served_version']} ({record['served_model']})"
    if record["verdict"] != "blessed":
        return f"{served} as before"
    return f"{served}, not this run's model" if record["held_back"] else served
