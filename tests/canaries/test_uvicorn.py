"""uvicorn: how a signal ends it."""

import signal

import pytest

from tests.kits.canaries import canary

uvicorn = pytest.importorskip("uvicorn")


@canary("uvicorn", "uvicorn.Server(", "drop our handlers of SIGINT and SIGTERM, or end by `should_exit`")
def test_a_signal_ends_the_server_and_is_raised_again_for_the_handler_before():
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.complete"})
        signal.raise_signal(signal.SIGTERM)
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    heard = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: heard.append(number))
    try:
        uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, ws="none")).run()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [signal.SIGTERM]
