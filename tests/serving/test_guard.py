"""What every request passes: whom it names, the bound on how many at once, and the answer to a bug."""

import asyncio

import pytest

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


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LocalHost.:8501", 200),
        ("127.0.0.1:8501", 200),
        ("[::1]:8501", 200),
        ("t", 200),  # the address that the connection came to
        ("named.example:80", 200),
        ("evil.example", 421),
        ("evil.example:8501", 421),
        ("localhost.evil.example", 421),
        ("localhost@evil.example", 421),
        ("evil.example#localhost", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
        ("a" * 5000, 421),
    ],
)
@pytest.mark.parametrize("path", ["/health", "/v1/models/digits", "/", "/nope"])
def test_only_who_names_this_server_is_answered(folder, host, status, path):
    answer = once(folder, "GET", path, headers={"host": host}, hosts=["Named.example"])
    assert answer.status_code == (404 if (status, path) == (200, "/nope") else status)
    assert status == 200 or "name it with --allowed-hosts" in answer.json()["error"]


def test_two_hosts_are_none(folder):
    answer = once(folder, "GET", "/health", headers=[("host", "localhost"), ("host", "evil.example")])
    assert answer.status_code == 421
