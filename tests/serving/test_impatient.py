"""The head of a request comes in time, whole and not too long, or its connection is closed; others are not held up."""

import asyncio
import contextlib
import functools
import json
import socket
import time

import pytest
import uvicorn

from pipeline_components.serving.impatient import LARGEST_HEAD_BYTES, Impatient

WITHIN_S = 0.3
WHOLE = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


async def app(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def spoken(conversation):
    """What a conversation(reader, writer) with a server of that protocol returns, and the seconds it took."""

    async def hold():
        http = functools.partial(Impatient, headers_within_s=WITHIN_S)
        config = uvicorn.Config(app, http=http, ws="none", lifespan="off", log_config=None, timeout_keep_alive=30)
        server = uvicorn.Server(config)
        server.capture_signals = contextlib.nullcontext
        with socket.create_server(("127.0.0.1", 0)) as bound:
            serving = asyncio.create_task(server.serve([bound]))
            reader, writer = await asyncio.open_connection(*bound.getsockname())
            started = time.monotonic()
            said = await asyncio.wait_for(conversation(reader, writer), 20)
            elapsed_s = time.monotonic() - started
            writer.close()
            server.should_exit = True
            await serving
        return said, elapsed_s

    return asyncio.run(hold())


async def dripped(writer, content: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        for byte in content:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("before", [b"", WHOLE])
@pytest.mark.parametrize("head", [b"GET / HTTP/1.1\r\nx: " + b"a" * 900, b"\r\n" * 400])
def test_a_head_that_comes_byte_by_byte_is_not_waited_for(before, head):
    async def slow(reader, writer):
        if before:
            writer.write(before)
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        dripping = asyncio.create_task(dripped(writer, head))
        said = b""
        with contextlib.suppress(ConnectionError):  # what was dripped after the end is answered by a reset
            while part := await reader.read(1000):
                said += part
        await dripping
        return said

    started = time.monotonic()
    said, _ = spoken(slow)
    if head.startswith(b"GET"):
        assert said.startswith(b"HTTP/1.1 408 ") and b"connection: close" in said
        assert json.loads(said.partition(b"\r\n\r\n")[2]) == {"error": "headers not received within 0.3 s"}
    else:
        assert said == b""
    assert time.monotonic() - started < 30


def test_who_says_nothing_is_not_waited_for():
    said, elapsed_s = spoken(lambda reader, writer: reader.read())
    assert said == b"" and elapsed_s < 5


def test_a_head_without_an_end_is_cut_off():
    async def endless(reader, writer):
        for part in (b"GET / HTTP/1.1\r\n", *[b"x: " + b"a" * (LARGEST_HEAD_BYTES // 2) + b"\r\n"] * 2):
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.05)
        return await reader.read()

    said, _ = spoken(endless)
    assert said.startswith(b"HTTP/1.1 431 ") and b"more than 65536 bytes of headers" in said


def test_whole_requests_are_answered_for_as_long_as_they_come():
    async def patient(reader, writer):
        answers = []
        for _ in range(4):
            writer.write(WHOLE)
            answers.append(await reader.readuntil(b"ok"))
            await asyncio.sleep(WITHIN_S * 0.6)
        return answers

    said, elapsed_s = spoken(patient)
    assert len(said) == 4 and elapsed_s > 2 * WITHIN_S
