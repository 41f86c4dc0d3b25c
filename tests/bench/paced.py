"""Requests at a fixed rate, whatever the answers do: latency counts from when a request was due, so no stall is hidden.

(wrk waits for an answer before it asks again, and so leaves out the requests that a stall would have held up:
G. Tene, How NOT to Measure Latency, 2015.)
"""

import asyncio
import time

import numpy as np


async def _paced(host: str, port: int, request: bytes, rate: float, seconds: float, connections: int) -> list[float]:
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(connections):
        free.put_nowait(await asyncio.open_connection(host, port))
    latencies: list[float] = []

    async def ask(due: float) -> None:
        reader, writer = await free.get()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        latencies.append(time.perf_counter() - due)
        free.put_nowait((reader, writer))

    start, asked = time.perf_counter() + 0.1, set()
    for i in range(int(rate * seconds)):
        due = start + i / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        asked.add(asyncio.create_task(ask(due)))
    await asyncio.gather(*asked)
    return latencies


def paced(port: int, body: bytes, rate: float, seconds: float, connections: int = 16) -> dict[str, float]:
    """Latency's p50 and p99 in ms, and requests a second that were answered; raises RuntimeError for any error."""
    head = f"POST /v1/models/digits:predict HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    began = time.perf_counter()
    latencies = asyncio.run(_paced("127.0.0.1", port, request, rate, seconds, connections))
    p50, p99 = np.percentile(latencies, [50, 99]) * 1000
    return {"p50_ms": p50, "p99_ms": p99, "per_s": len(latencies) / (time.perf_counter() - began)}
