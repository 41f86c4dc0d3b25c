"""`digits ui`: the store in a browser, without Airflow."""

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from pipeline_components.commands.options import DEFAULT_STORE, Count, StoreOption, existing

Port = Annotated[Count, Parameter(validator=Number(lte=65535), help="0 takes any free port.")]
LOOPBACK = "127.0.0.1"


def ui(*, port: Port = 8502, store: StoreOption = DEFAULT_STORE) -> None:
    """Serve the pages that Airflow's UI has, on this machine alone, until Ctrl-C; prints their address.

    Runs and why they ended so, artifacts with a look inside, lineage, comparisons, what is served, the store's health.
    There is no login: whoever may open a port of this machine may look.
    """
    from pipeline_components.hosts import listen
    from pipeline_components.pages.server import serve_pages

    existing(store)
    bound = listen(LOOPBACK, port)
    print(f"http://{LOOPBACK}:{bound.getsockname()[1]}", flush=True)
    serve_pages(store.resolve(), bound)
