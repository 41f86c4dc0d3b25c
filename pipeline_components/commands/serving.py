"""Verbs that put a served model to work."""

import logging
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pipeline_components.commands.options import DEFAULT_STORE, StoreOption

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
