"""The pages as `digits ui` serves them: on loopback, to who names this machine, until told to stop."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]


def test_it_says_its_address_answers_those_who_name_it_and_stops(root):
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline_components", "ui", "--port", "0", "--store", root],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    address = process.stdout.readline().strip()
    with httpx.Client(transport=httpx.HTTPTransport(retries=8), base_url=address, timeout=60) as client:
        assert address.startswith("http://127.0.0.1:")
        assert client.get("/artifacts").status_code == 200
        assert client.get("/", headers={"host": "evil.example"}).status_code == 421
        assert client.post("/").status_code == 405
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 0
