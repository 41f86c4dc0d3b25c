"""The HTTP server: predictions in TensorFlow Serving's forms, a page to draw on, health and metrics.

Plain Starlette and not FastAPI: `contract` checks a body of 784 numbers in the time that pydantic needs to begin.
"""

import asyncio
import contextlib
import functools
import gc
import logging
import signal
import socket
from collections.abc import AsyncIterator, Collection
from pathlib import Path

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.serving import contract
from pipeline_components.serving.answering import Answering, Limits, Tell, nothing
from pipeline_components.serving.contract import RequestError
from pipeline_components.serving.drawing import PAGE, Drawing
from pipeline_components.serving.feedback import Feedback
from pipeline_components.serving.guard import ERRORS, JSON, Guard
from pipeline_components.serving.loading import LoadedVersions
from pipeline_components.serving.metrics import ServerMetrics

log = logging.getLogger(__name__)

# curl's `-d` sends the second, and TensorFlow Serving's own examples use that
JSON_TYPES = {JSON, "application/x-www-form-urlencoded", ""}


def application(
    versions: LoadedVersions,
    limits: Limits,
    feedback: Feedback | None = None,
    hosts: Collection[str] = (),
    tell: Tell = nothing,
) -> Starlette:
    """The ASGI application; it looks for versions as long as it lives, and asks `tell` for the facts of each."""
    metrics = ServerMetrics()
    answering = Answering(versions, limits, metrics, tell)
    api, drawing = Api(answering, feedback is not None), Drawing(answering, feedback)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await answering.refresh()
        gc.collect()
        gc.freeze()  # TensorFlow's million objects stay: a full collection would stop requests for some 0.1 s
        watching = asyncio.create_task(answering.watch())
        yield
        watching.cancel()
        answering.close()

    model = "/v1/models/{model}"
    routes = [
        Route(model + ":predict", api.predict, methods=["POST"]),
        Route(model + "/versions/{number}:predict", api.predict, methods=["POST"]),
        Route(model + "/metadata", api.metadata),
        Route(model + "/versions/{number}/metadata", api.metadata),
        Route(model + "/versions/{number}", api.status),
        Route(model, api.status),
        Route("/health", api.health),
        Route("/metrics", api.metrics),
        Route("/recognise", drawing.recognise, methods=["POST"]),
        Route("/feedback", drawing.correct, methods=["POST"]),
        *(Route(path, drawing.page) for path in PAGE),
    ]
    guard = Middleware(Guard, metrics=metrics, requests_in_flight=limits.requests_in_flight, hosts=hosts)
    return Starlette(routes=routes, middleware=[guard], exception_handlers=ERRORS, lifespan=lifespan)


class Api:
    """TensorFlow Serving's routes, and those for whoever watches over the server."""

    def __init__(self, answering: Answering, keeps_feedback: bool) -> None:
        self._answering = answering
        self._keeps_feedback = keeps_feedback

    async def predict(self, request: Request) -> Response:
        """Predictions; the header X-Model-Version says which version made them."""
        number = _asked(request)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in JSON_TYPES:
            raise RequestError(415, f"content type {kind!r} found; {JSON} expected")
        body = await self._answering.body(request)
        version = await self._answering.version(number)
        call = contract.parse(body, version.signatures)
        outputs = await self._answering.run(version, call.signature.name, call.batch)
        headers = {"X-Model-Version": str(version.number)}
        return Response(contract.answer(call, outputs), headers=headers, media_type=JSON)

    async def status(self, request: Request) -> Response:
        """The versions and whether they can be asked."""
        number = _asked(request)
        states = self._answering.versions.states()
        if number is not None:
            version = await self._answering.version(number)
            states = {version.number: None}
        elif not states:
            self._answering.current()
        return Response(contract.status_body(states), media_type=JSON)

    async def metadata(self, request: Request) -> Response:
        """The signatures of a version."""
        version = await self._answering.version(_asked(request))
        return Response(contract.metadata_body(version.number, version.signature_def), media_type=JSON)

    async def health(self, request: Request) -> Response:
        """200 when digits are answered, 503 while no version is served; with the model's id and how good it is."""
        version = self._answering.versions.current
        body = {
            "status": "ok" if version else "no version is served yet",
            "version": version and version.number,
            "feedback": self._keeps_feedback,
            "model": self._answering.model(),
        }
        return Response(msgspec.json.encode(body), 200 if version else 503, media_type=JSON)

    async def metrics(self, request: Request) -> Response:
        """Prometheus' format."""
        metrics = self._answering.metrics
        return Response(metrics.render(), headers={"Content-Type": metrics.content_type})


def _asked(request: Request) -> str | None:
    """The version of the path; raises RequestError 404 when the path is about another model."""
    model, number = request.path_params["model"], request.path_params.get("number")
    if model != MODEL_NAME:
        asked = f"Specific({model[:40]}, {number[:40]})" if number else f"Latest({model[:40]})"
        raise RequestError(404, f"Servable not found for request: {asked}")
    return number


def serve(
    folder: Path,
    bound: socket.socket,
    limits: Limits,
    feedback: Path | None,
    hosts: Collection[str] = (),
    tell: Tell = nothing,
) -> None:
    """Serve the versions in a folder until told to stop; then requests in flight are answered first."""
    import uvicorn

    from pipeline_components.serving.impatient import Impatient

    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it calls the session API deprecated on each load
    app = application(LoadedVersions(folder), limits, Feedback(feedback) if feedback else None, hosts, tell)
    config = uvicorn.Config(
        app,
        http=functools.partial(Impatient, headers_within_s=limits.deadline_s),  # type: ignore[arg-type]
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=10,
    )
    # uvicorn raises a signal again when it has ended, and being told to end is no failure:
    # https://github.com/Kludex/uvicorn/pull/1600
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    uvicorn.Server(config).run(sockets=[bound])
