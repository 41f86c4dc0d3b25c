"""Requests that run together: each gets its own rows, and none waits for company."""

import asyncio

import numpy as np
import pytest

from pipeline_components.serving.batching import Batcher
from tests.kits.serving import SumVersion


def image(value, n=1):
    batch = np.zeros((n, 28, 28), np.uint8)
    batch[:, 0, 0] = value
    return batch


def run(*requests, sizes=None):
    """The digits of each (version, batch), all asked at once."""

    async def ask():
        batcher = Batcher(lambda size: sizes.append(size) if sizes is not None else None)
        asked = [batcher.run(version, "serving_default", batch) for version, batch in requests]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        batcher.close()
        return [a if isinstance(a, Exception) else a["digit"].tolist() for a in answers]

    return asyncio.run(ask())


def test_each_request_gets_its_own_rows():
    version, sizes = SumVersion(0), []
    assert run(*[(version, image(i % 10, 1 + i % 3)) for i in range(40)], sizes=sizes) == [
        [i % 10] * (1 + i % 3) for i in range(40)
    ]
    assert sizes == [sum(1 + i % 3 for i in range(40))]
    assert version.batches == sizes


def test_a_batch_holds_one_version_in_order_of_arrival():
    first, second = SumVersion(0), SumVersion(1)
    requests = [(first, image(1)), (first, image(2)), (second, image(3)), (first, image(4))]
    assert run(*requests) == [[1], [2], [4], [4]]
    assert (first.batches, second.batches) == ([2, 1], [1])


def test_a_batch_is_no_larger_than_a_request_may_be():
    version = SumVersion(0)
    assert run(*[(version, image(1, 100)) for _ in range(6)]) == [[1] * 100] * 6
    assert version.batches == [200, 200, 200]


class Broken(SumVersion):
    def run(self, signature, batch):
        raise RuntimeError("broken")


def test_an_error_is_for_its_own_batch():
    good = SumVersion(0)
    errors = run((Broken(0), image(1)), (Broken(1), image(1)), (good, image(5)))
    assert [str(error) for error in errors] == ["broken", "broken", "[5]"]


def test_a_request_that_was_given_up_takes_nobody_with_it():
    version = SumVersion(0, delay_s=0.05)

    async def ask():
        batcher = Batcher()
        running = asyncio.create_task(batcher.run(version, "serving_default", image(1)))
        await asyncio.sleep(0.01)
        waiting = [asyncio.create_task(batcher.run(version, "serving_default", image(i))) for i in (2, 3)]
        await asyncio.sleep(0.01)
        running.cancel()
        waiting[0].cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        answer = await waiting[1]
        batcher.close()
        return answer["digit"].tolist()

    assert asyncio.run(ask()) == [3]
    assert version.batches == [1, 1]
