"""A server in this process, over versions that need no TensorFlow."""

import asyncio

import httpx
import numpy as np

from pipeline_components.serving.answering import Limits, nothing
from pipeline_components.serving.loading import LoadedVersions
from pipeline_components.serving.server import application
from tests.kits.serving import SumVersion

ROWS = np.zeros((28, 28), int)
ROWS[0, 0] = 7
GOOD = {"instances": [ROWS.tolist()]}
PREDICT = "/v1/models/digits:predict"


def talk(folder, conversation, *, load=SumVersion, limits=None, feedback=None, hosts=(), tell=nothing):
    """What `conversation(client)` returns, a coroutine function of a client of a server of this folder."""

    async def hold():
        app = application(LoadedVersions(folder, load), limits or Limits(poll_s=0.01), feedback, hosts, tell)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://t") as client,
        ):
            return await conversation(client)

    return asyncio.run(hold())


def once(folder, method, path, **request):
    """The answer to one request to a server of this folder."""
    keys = ("load", "limits", "feedback", "hosts", "tell")
    server = {key: request.pop(key) for key in keys if key in request}
    return talk(folder, lambda client: client.request(method, path, **request), **server)
