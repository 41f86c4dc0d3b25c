"""Measure `digits serve` against the plain server of the same model, side by side, with wrk.

    python -m tests.bench.serving [--seconds N] [--connections N]

Both serve one model in processes of their own, taking turns, so that whatever else the machine does touches both.
Then 500 requests a second at a fixed rate, and predictions while 50 versions are pushed and rolled back: five minutes,
most of them the loading of versions while every core answers requests.
"""

import argparse
import http.client
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from statistics import median

import numpy as np
from rich.console import Console
from rich.table import Table

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.store import Artifact, Recipe, ServedModel, Store
from tests.bench.paced import paced

HERE = Path(__file__).parent
PATH = "/v1/models/digits:predict"
BODY = json.dumps({"instances": [np.random.default_rng(0).integers(0, 256, (28, 28)).tolist()]}).encode()


def make_models(folder: Path) -> tuple[Artifact, Artifact]:
    """`model.keras`, and two exports in a store of which the first, of the same model, is served.

    In a process of its own; untrained weights cost what trained ones do.
    """
    script = f"""
from pathlib import Path
from pipeline_components.models import network
from pipeline_components.export.signatures import serving_functions, write_saved_model
for seed in (1, 0):
    model = network("mlp").build(10, seed)
    write_saved_model(serving_functions(model, 20), Path({str(folder)!r}) / f"seed-{{seed}}")
model.save({str(folder / "model.keras")!r})
"""
    subprocess.run([sys.executable, "-c", script], check=True, stderr=subprocess.DEVNULL)
    first, second = (kept(folder, seed) for seed in (0, 1))
    ServedModel(folder, MODEL_NAME).push(first)
    return first, second


def kept(folder: Path, seed: int) -> Artifact:
    """An export's artifact in the store."""

    def make(draft: Path) -> dict[str, str]:
        shutil.copytree(folder / f"seed-{seed}", draft / "saved_model")
        return {}

    return Store(folder).produce(Recipe("export", {"seed": seed}, {}, {}, {}), make).artifact


def start(*command: str | Path) -> subprocess.Popen[str]:
    """A server's process."""
    log = subprocess.DEVNULL
    return subprocess.Popen([sys.executable, *map(str, command)], stdout=subprocess.PIPE, stderr=log, text=True)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return int(bound.getsockname()[1])


def ready(port: int) -> None:
    """Wait until predictions are answered."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{PATH}", BODY, {"Content-Type": "application/json"})
    for _ in range(600):
        try:
            urllib.request.urlopen(request, timeout=60).read()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the server does not answer")


def wrk(port: int, options: argparse.Namespace, scratch: Path) -> dict[str, float]:
    """wrk's requests a second and latencies; raises RuntimeError if any answer was not 200."""
    script = scratch / "post.lua"
    script.write_text(
        f"wrk.method='POST'\nwrk.headers['Content-Type']='application/json'\nwrk.body='{BODY.decode()}'\n"
    )
    load = [
        "-t1",
        "--timeout",
        "30s",
        f"-c{options.connections}",
        f"-d{options.seconds}s",
        "--latency",
        "-s",
        str(script),
    ]
    said = subprocess.run(
        ["wrk", *load, f"http://127.0.0.1:{port}{PATH}"], capture_output=True, text=True, check=True
    ).stdout
    if "Non-2xx" in said:
        raise RuntimeError(said)
    return {
        "per_s": float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]),
        "p50_ms": milliseconds(re.search(r"50%\s+([\d.]+)(us|ms|s)", said)),
        "p99_ms": milliseconds(re.search(r"99%\s+([\d.]+)(us|ms|s)", said)),
    }


def milliseconds(found: re.Match[str]) -> float:
    return float(found[1]) * {"us": 0.001, "ms": 1, "s": 1000}[found[2]]


def soak(port: int, store: Path, exports: tuple[Artifact, Artifact], swaps: int) -> str:
    """Predictions while the store pushes and rolls back; raises RuntimeError when one fails or is out of date."""
    seen: list[tuple[float, int]] = []
    failed: list[Exception] = []
    taken_over = {1: 0.0}
    stop = threading.Event()

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while not stop.is_set():
            began = time.perf_counter()
            try:
                connection.request("POST", PATH, BODY, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                seen.append((began, int(answer.headers["X-Model-Version"])))
            except (OSError, TypeError, http.client.HTTPException) as error:
                failed.append(error)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for i in range(swaps):
        serving = ServedModel(store, MODEL_NAME)
        pushed = serving.rollback(why="soak") if i % 2 else serving.push(exports[1], why="soak")
        while seen[-1][1] < pushed.number:
            time.sleep(0.005)
        taken_over[pushed.number] = time.perf_counter()
    stop.set()
    for thread in threads:
        thread.join()
    stale = [v for began, v in seen if v < max(n for n, at in taken_over.items() if at < began)]
    if failed or stale:
        raise RuntimeError(
            f"{len(failed)} predictions failed ({failed[:1]}), {len(stale)} of a version before the current"
        )
    return (
        f"{len(seen):,} predictions by {len({version for _, version in seen})} versions: none failed, none out of date"
    )


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.serving", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=int, default=5, help="of each turn of wrk")
    parser.add_argument("--turns", type=int, default=3, help="how often each server is measured")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--swaps", type=int, default=50, help="pushes and rollbacks of the soak")
    options = parser.parse_args(arguments)
    console = Console()
    if not shutil.which("wrk"):
        console.print("Serving: skipped, wrk is not installed")
        return
    with tempfile.TemporaryDirectory() as scratch:
        store = Path(scratch)
        exports = make_models(store)
        ports = free_port(), free_port()
        servers = [
            start(HERE / "plain_server.py", store / "model.keras", ports[0]),
            start("-m", "pipeline_components", "serve", "--store", store, "--port", ports[1]),
        ]
        try:
            for port in ports:
                ready(port)
            turns = [[wrk(port, options, store) for port in ports] for _ in range(options.turns)]
            steady = paced(ports[1], BODY, rate=500, seconds=options.seconds)
            console.print(table(turns, steady, options))
            console.print("Soak:", soak(ports[1], store, exports, options.swaps))
        finally:
            for server in servers:
                server.terminate()
                server.wait()


def table(turns: list[list[dict[str, float]]], steady: dict[str, float], options: argparse.Namespace) -> Table:
    """Medians over the turns."""
    plain, ours = ({name: median(turn[side][name] for turn in turns) for name in turns[0][0]} for side in (0, 1))
    title = f"Single digits, {options.connections} connections (medians of {options.turns})"
    shown = Table("", "FastAPI, model.predict", "digits serve", "ratio", "goal", title=title)
    for column in shown.columns[1:]:
        column.justify = "right"
    ratio = ours["per_s"] / plain["per_s"]
    shown.add_row("requests/s", f"{plain['per_s']:,.0f}", f"{ours['per_s']:,.0f}", f"{ratio:.1f} ×", "≥ 10 ×")
    for name in ("p50_ms", "p99_ms"):
        shown.add_row(name[:3], f"{plain[name]:,.0f} ms", f"{ours[name]:,.1f} ms", "", "")
    shown.add_row("p50 at 500/s", "", f"{steady['p50_ms']:.1f} ms", "", "")
    shown.add_row("p99 at 500/s", "", f"{steady['p99_ms']:.1f} ms", "", "< 10 ms")
    shown.add_row("answered at 500/s", "", f"{steady['per_s']:,.0f}", "", "")
    return shown


if __name__ == "__main__":
    main()
