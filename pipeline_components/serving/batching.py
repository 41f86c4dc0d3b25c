"""Batches made of what arrives together: a call of the model costs 0.19 ms, one image more in it 0.003 ms.

No request waits for others to come. While a batch runs in its thread, requests gather; when it is done they go
together. An idle server answers at once, a busy one in batches that grow by themselves. Measured with 32 connections on
2 busy cores: 3,900 requests per second, against 620 with one call per request, and 2,400 with one batch per turn of the
event loop.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from pipeline_components.serving.contract import MAX_INSTANCES
from pipeline_components.serving.loading import LoadedVersion

Outputs = dict[str, np.ndarray]


@dataclass(eq=False)
class _Waiting:
    """A request's images, and where its outputs are awaited."""

    version: LoadedVersion
    signature: str
    batch: np.ndarray
    outputs: asyncio.Future[Outputs]


class Batcher:
    """Runs requests of equal version and signature together, in one thread, in order of arrival."""

    def __init__(self, observe: Callable[[int], None] = lambda size: None) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="model")
        self._waiting: list[_Waiting] = []
        self._running = False
        self._observe = observe

    async def run(self, version: LoadedVersion, signature: str, batch: np.ndarray) -> Outputs:
        """The outputs for these images alone."""
        loop = asyncio.get_running_loop()
        request = _Waiting(version, signature, batch, loop.create_future())
        self._waiting.append(request)
        if not self._running:
            self._running = True
            loop.call_soon(self._start_next, loop)
        return await request.outputs

    def close(self) -> None:
        """Let the thread end."""
        self._thread.shutdown(wait=False)

    def _start_next(self, loop: asyncio.AbstractEventLoop) -> None:
        """Send the next group to the thread; come back when it is done."""
        self._waiting = [request for request in self._waiting if not request.outputs.done()]  # given up meanwhile
        if not self._waiting:
            self._running = False
            return
        group = self._take_group()
        batch = group[0].batch if len(group) == 1 else np.concatenate([request.batch for request in group])
        self._observe(len(batch))
        done = loop.run_in_executor(self._thread, group[0].version.run, group[0].signature, batch)
        done.add_done_callback(lambda done: self._share_out(loop, group, done))

    def _take_group(self) -> list[_Waiting]:
        """The requests at the front of the queue that are alike, up to MAX_INSTANCES images."""
        first, size, taken = self._waiting[0], 0, 0
        for request in self._waiting:
            size += len(request.batch)
            alike = request.version is first.version and request.signature == first.signature
            if not alike or (taken and size > MAX_INSTANCES):
                break
            taken += 1
        group, self._waiting = self._waiting[:taken], self._waiting[taken:]
        return group

    def _share_out(self, loop: asyncio.AbstractEventLoop, group: list[_Waiting], done: asyncio.Future[Outputs]) -> None:
        """Give each request of the group its own rows, or all of them the error; then go on."""
        error, start = done.exception(), 0
        for request in group:
            stop = start + len(request.batch)
            if request.outputs.done():
                pass
            elif error is not None:
                request.outputs.set_exception(error)
            else:
                request.outputs.set_result({name: value[start:stop] for name, value in done.result().items()})
            start = stop
        self._start_next(loop)
