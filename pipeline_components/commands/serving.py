"""Verbs that put a served model to work."""

import json as jsonlib
import logging
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pipeline_components.commands.options import DEFAULT_STORE, JsonOption, StoreOption

Port = Annotated[int, Parameter(help="0 takes any free port.")]
Host = Annotated[str, Parameter(help="Address to listen on; 0.0.0.0 lets other machines in.")]
Feedback = Annotated[Path | None, Parameter(help="Folder to save corrections in; without it the page offers none.")]
Deadline = Annotated[float, Parameter(help="Seconds after which a request is given up.")]


def serve(
    *,
    host: Host = "127.0.0.1",
    port: Port = 8501,
    feedback: Feedback = None,
    deadline: Deadline = 5.0,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Answer predictions over HTTP, and a page to draw digits on.

    The served model is the newest version in the store; another one takes over as soon as it is pushed, and no
    request is lost. The routes are those of TensorFlow Serving's REST API. Prints its address.
    """
    from pipeline_components.serving.answering import Limits
    from pipeline_components.serving.server import listen
    from pipeline_components.serving.server import serve as serve_folder
    from pipeline_components.store.serving import Serving

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    bound = listen(host, port)
    print(f"http://{f'[{host}]' if ':' in host else host}:{bound.getsockname()[1]}", flush=True)
    serve_folder(Serving(store).folder, bound, Limits(deadline_s=deadline), feedback)


def rollback(
    version: Annotated[int | None, Parameter(help="Which version's bytes; by default the last other model.")] = None,
    /,
    *,
    why: Annotated[str, Parameter(help="Why, for the journal.")] = "",
    store: StoreOption = DEFAULT_STORE,
    json: JsonOption = False,
) -> None:
    """Put an earlier model back into service, as a new version, after loading it and replaying its golden batch.

    Prints the new version's number. The pipeline does not push what was rolled back from again by itself.
    """
    from pipeline_components.store import Serving

    found = Serving(store).rollback(version, why=why, check=_must_work)
    print(jsonlib.dumps(asdict(found), default=str) if json else found.number)


def _must_work(saved_model: Path) -> None:
    from pipeline_components.config import ExportConfig
    from pipeline_components.errors import BadModel
    from pipeline_components.quiet import import_tensorflow
    from pipeline_components.serving.infra_validation import validate

    import_tensorflow()
    verdict, _ = validate(saved_model, None, ExportConfig())
    # Budgets of time and memory were met when it was exported: a busy machine must not stand in the way of a rollback.
    reasons = [each for each in verdict["reasons"] if not each.startswith(("latency", "memory", "load:", "size"))]
    if reasons:
        raise BadModel(f"{saved_model}: not rolled back to: {'; '.join(reasons)}")
