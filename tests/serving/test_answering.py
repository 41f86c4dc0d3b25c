"""From a body to a version, within the limits: nothing that does not come is waited for."""

import asyncio

from pipeline_components.serving.answering import Limits
from tests.kits.asgi import GOOD, PREDICT, once, talk
from tests.kits.serving import SumVersion


def test_a_body_without_a_length_is_cut_off_at_the_limit(folder):
    sent = 0

    async def endless():
        nonlocal sent
        while True:
            sent += 100_000
            yield b" " * 100_000

    assert once(folder, "POST", PREDICT, content=endless()).status_code == 413
    assert sent <= 1_200_000


def test_a_body_that_does_not_come_is_not_waited_for(folder):
    async def slow():
        yield b"{"
        await asyncio.sleep(60)

    answer = once(folder, "POST", PREDICT, content=slow(), limits=Limits(deadline_s=0.05))
    assert answer.status_code == 408
    assert answer.json() == {"error": "body not received within 0.05 s"}


def test_a_model_that_does_not_answer_is_not_waited_for(folder):
    def load(number, path):
        return SumVersion(number, delay_s=0.3)

    answer = once(folder, "POST", PREDICT, json=GOOD, load=load, limits=Limits(deadline_s=0.05))
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert "no answer within 0.05 s" in answer.json()["error"]


def test_without_a_version_the_server_says_so_and_waits(tmp_path):
    async def before_and_after(client):
        before = [await client.post(PREDICT, json=GOOD), await client.get("/health")]
        before += [await client.get("/v1/models/digits"), await client.get("/v1/models/digits/metadata")]
        (tmp_path / "1").mkdir()
        (tmp_path / "1" / "saved_model.pb").touch()
        while (await client.get("/health")).status_code != 200:
            await asyncio.sleep(0.005)
        return before, await client.post(PREDICT, json=GOOD)

    before, after = talk(tmp_path, before_and_after)
    assert [answer.status_code for answer in before] == [503] * 4
    assert "push an export first" in before[0].json()["error"]
    none = {"status": "no version is served yet", "version": None, "feedback": False, "model": None}
    assert before[1].json() == none
    assert after.status_code == 200
