"""From a request to a model's outputs, within limits of size and time: what the routes share."""

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from starlette.requests import Request

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.data.images import problem_of
from pipeline_components.serving.batching import Batcher, Outputs
from pipeline_components.serving.contract import MAX_BODY_BYTES, RequestError
from pipeline_components.serving.loading import LoadedVersion, LoadedVersions
from pipeline_components.serving.metrics import ServerMetrics

ASK_AGAIN_S = 60.0  # what could not be told of a version: the store may have been out of reach

T = TypeVar("T")
Tell = Callable[[int], Mapping[str, Any] | None]


def nothing(version: int) -> None:
    """Tell nothing of a version: which model it is and how good, whoever keeps the versions knows."""


@dataclass(frozen=True)
class Limits:
    """Seconds for a body to arrive and again for its answer; requests at once; seconds between looks at the folder.

    How large a body and how many images it may hold: `contract.MAX_BODY_BYTES`, `MAX_INSTANCES`.
    """

    deadline_s: float = 5.0
    requests_in_flight: int = 256
    poll_s: float = 0.25


class Answering:
    """Bodies read, versions chosen, models run. Pixels go in batches; encoded images one request at a time, beside."""

    def __init__(self, versions: LoadedVersions, limits: Limits, metrics: ServerMetrics, tell: Tell = nothing) -> None:
        self.versions = versions
        self._told: tuple[int, Mapping[str, Any] | None] = (0, None)
        self._ask_at = 0.0
        self._tell = tell
        self.limits = limits
        self.metrics = metrics
        self._batcher = Batcher(metrics.batch_size.observe)
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="images")

    async def body(self, request: Request) -> bytes:
        """The request's body; raises RequestError 408, 413 or 415."""
        if request.headers.get("content-encoding", "identity") != "identity":
            raise RequestError(415, f"content encoding {request.headers['content-encoding']!r} found, none expected")
        too_large = RequestError(413, f"body larger than {MAX_BODY_BYTES} bytes: send fewer or smaller images")
        if int(request.headers.get("content-length", 0)) > MAX_BODY_BYTES:
            raise too_large
        body = bytearray()
        try:
            async with asyncio.timeout(self.limits.deadline_s):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > MAX_BODY_BYTES:
                        raise too_large
        except TimeoutError:
            raise RequestError(408, f"body not received within {self.limits.deadline_s:g} s") from None
        return bytes(body)

    def current(self) -> LoadedVersion:
        """The version that answers requests that name none."""
        if self.versions.current is None:
            raise RequestError(503, "no version is served yet: push an export first (digits run)")
        return self.versions.current

    async def version(self, number: str | None) -> LoadedVersion:
        """The version of a path; loaded now if it is on disk and was not asked for lately."""
        if number is None:
            return self.current()
        known = number.isascii() and number.isdecimal() and len(number) <= 18
        version = await self.in_thread(self.versions.get, int(number)) if known else None
        if version is None:
            raise RequestError(404, f"Servable not found for request: Specific({MODEL_NAME}, {number[:40]})")
        return version

    async def run(self, version: LoadedVersion, signature: str, batch: np.ndarray) -> Outputs:
        """The signature's outputs; raises RequestError 422 for a bad image, 503 past the deadline."""
        try:
            async with asyncio.timeout(self.limits.deadline_s):
                if version.signatures[signature].encoded:
                    return await self.in_thread(_run_encoded, version, signature, batch)
                return await self._batcher.run(version, signature, batch)
        except TimeoutError:
            raise RequestError(503, f"no answer within {self.limits.deadline_s:g} s: try again later") from None

    async def in_thread(self, work: Callable[..., T], *arguments: object) -> T:
        """What `work` returns, from a thread that single digits do not wait for."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    async def watch(self) -> None:
        """Look for new versions for ever; loading goes on beside the requests."""
        while True:
            await self.refresh()
            await asyncio.sleep(self.limits.poll_s)

    async def refresh(self) -> None:
        """One look at the folder."""
        if await asyncio.to_thread(self.versions.refresh) and self.versions.current is not None:
            number = self.versions.current.number
            self.metrics.swaps.inc()
            self.metrics.version.set(number)
            self._ask_at = 0.0
        if self.versions.current and self.model() is None and time.monotonic() >= self._ask_at:
            number = self.versions.current.number
            self._told = number, await asyncio.to_thread(self._tell, number)
            self._ask_at = time.monotonic() + ASK_AGAIN_S

    def model(self) -> Mapping[str, Any] | None:
        """What `tell` says of the version that answers; a moment after a change, nothing yet."""
        number, told = self._told
        return told if self.versions.current and self.versions.current.number == number else None

    def close(self) -> None:
        """Let the threads end."""
        self._batcher.close()
        self._threads.shutdown(wait=False, cancel_futures=True)


def _run_encoded(version: LoadedVersion, signature: str, batch: np.ndarray) -> Outputs:
    """Run a signature of encoded images, after each was looked at: the graph refuses too, in fewer words."""
    for i, image in enumerate(batch):
        if problem := problem_of(image):
            raise RequestError(422, f"image {i}: {problem}" if len(batch) > 1 else problem)
    return version.run(signature, batch)
