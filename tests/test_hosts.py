"""Where a server listens, and whom a request names; more of it over HTTP in tests/serving/test_guard.py."""

import socket

import pytest

from pipeline_components.errors import DigitsError
from pipeline_components.hosts import LOCAL, host_of, is_named, listen


@pytest.mark.parametrize(("netloc", "host"), [("[::1]", "::1"), ("a:1", "a"), ("a.:", "a"), ("[::1", ""), ("a b", "")])
def test_a_host_without_its_port(netloc, host):
    assert host_of(netloc) == host


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        ([(b"host", b"localhost:1")], True),
        ([(b"host", b"10.0.0.7")], True),  # the address that the connection came to
        ([(b"host", b"evil.example")], False),
        ([(b"host", b"localhost"), (b"host", b"evil.example")], False),
        ([], False),
    ],
)
def test_a_request_names_one_of_ours(headers, named):
    assert is_named({"headers": headers, "server": ("10.0.0.7", 1), "http_version": "1.1"}, LOCAL) is named


def test_an_address_that_cannot_be_had_is_named_in_one_line():
    with listen("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        with pytest.raises(DigitsError, match=rf"127.0.0.1:{port}: cannot listen there .*: choose another --port"):
            listen("127.0.0.1", port)
        assert bound.family == socket.AF_INET
