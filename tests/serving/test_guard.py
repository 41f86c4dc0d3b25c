"""What every request passes: the bound on how many at once, and the answer to a bug."""

import asyncio

from pipeline_components.serving.answering import Limits
from tests.kits.asgi import GOOD, PREDICT, once, talk
from tests.kits.serving import SumVersion


def test_more_requests_than_the_server_bears_are_sent_away_at_once(folder):
    def load(number, path):
        return SumVersion(number, delay_s=0.2)

    async def crowd(client):
        answers = await asyncio.gather(*(client.post(PREDICT, json=GOOD) for _ in range(10)), client.get("/health"))
        later = await client.post(PREDICT, json=GOOD)
        return [answer.status_code for answer in answers], later.status_code

    statuses, later = talk(folder, crowd, load=load, limits=Limits(requests_in_flight=4))
    assert statuses == [200] * 4 + [429] * 6 + [200]
    assert later == 200


def test_a_bug_is_logged_and_not_shown(folder, caplog):
    class Broken(SumVersion):
        def run(self, signature, batch):
            raise RuntimeError("a secret")

    answer = once(folder, "POST", PREDICT, json=GOOD, load=Broken)
    assert answer.status_code == 500
    assert answer.json() == {"error": "internal error: see the server's log"}
    assert "a secret" in caplog.text
