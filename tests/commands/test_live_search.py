"""The table of a search: the best is marked, an epoch moves its line, a failure says why."""

from rich.console import Console

from pipeline_components.commands.live_search import LiveSearch
from tests.kits.trials import search_in


def test_the_table_has_a_line_per_trial(tmp_path):
    search = search_in(tmp_path, trials=3)
    search.study.prepare()
    live = LiveSearch(search)
    for number in range(3):
        search.study.begin(number)
        live.begin(number)
    live.watch(0, {"epoch": 2, "validation_loss": 0.5})
    assert live.cells(0)[:4] == ["   0", "running ", "    2/6", " 0.5000"]
    search.study.end(0, "complete", loss=0.25, elapsed_s=2.0)
    ended = search.study.trial(0)
    assert ended is not None
    live.end(ended)
    live.fail(1, "trial 1: loss is nan")
    with (console := Console(width=120)).capture() as shown:
        console.print(live.table())
    lines = [line.split() for line in shown.get().splitlines()]
    assert lines[0][:2] == ["0", "complete"] and "0.2500" in lines[0] and "learning_rate" in lines[0]
    assert lines[1][:2] == ["1", "failed"] and lines[1][-3:] == ["loss", "is", "nan"]
    assert lines[2][:2] == ["2", "running"]
