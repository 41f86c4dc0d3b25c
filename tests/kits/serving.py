"""What tests of serving share: versions made of arithmetic, exported networks, a server in its own process."""

import base64
import contextlib
import gzip
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np

from pipeline_components.serving.contract import Signature

PIXELS = Signature("serving_default", "images", encoded=False, shape=(-1, 28, 28))
IMAGES = Signature("serve_images", "images", encoded=True, shape=(-1,))
PREDICT = "/v1/models/digits:predict"
IMAGE = np.random.default_rng(0).integers(0, 256, (28, 28)).tolist()


class SumVersion:
    """A version that needs no TensorFlow: its digit is the sum of the pixels plus its number, modulo ten."""

    def __init__(self, number, path=None, delay_s=0.0):
        self.number, self.delay_s, self.batches = number, delay_s, []
        self.signatures = {"serving_default": PIXELS, "serve_images": IMAGES}
        self.signature_def = {"serving_default": {"method_name": "tensorflow/serving/predict"}}

    def run(self, signature, batch):
        time.sleep(self.delay_s)
        self.batches.append(len(batch))
        digit = (batch.reshape(len(batch), -1).sum(axis=1, dtype=np.int64) + self.number) % 10
        probabilities = np.eye(10, dtype=np.float32)[digit]
        return {"confidence": probabilities.max(axis=1), "digit": digit, "probabilities": probabilities}


def put_version(folder, number, export):
    """Publish an export as the store does: copied beside, then renamed in. Without a number: as the newest."""
    number = number or 1 + max(int(version.name) for version in Path(folder).iterdir() if version.name.isdecimal())
    draft = Path(folder) / f".draft-{number}"
    shutil.copytree(export, draft)
    draft.rename(Path(folder) / str(number))
    return number


class Running:
    """A `digits serve` in a process of its own."""

    def __init__(self, store, *flags, log):
        command = [sys.executable, "-m", "pipeline_components", "serve", "--port", "0", "--store", str(store), *flags]
        self.folder = Path(store) / "serving" / "digits"
        self.log = Path(log)
        with self.log.open("wb") as stderr:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True)
        self.url = self.process.stdout.readline().strip()
        assert self.url, self.log.read_text()

    def ask(self, path, body=None, headers=None, timeout=60):
        """(status, headers, decoded body) of one request."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"} | (headers or {}))
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.headers, decoded(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, decoded(error)

    def wait_for(self, version, seconds=180):
        """Return once that version answers."""
        until = time.monotonic() + seconds
        while self.ask("/health", timeout=seconds)[2]["version"] != version:
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.02)

    def stop(self):
        """Ask it to end; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(15)
        self.process.kill()
        self.process.stdout.close()
        return self.process.wait()


def keep_asking(server, seen, stop):
    """Ask a running server until `stop` is set; (status, version, probabilities, began, ended) of each into `seen`."""
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
    body = json.dumps({"instances": [IMAGE]})
    while not stop.is_set():
        began = time.monotonic()
        connection.request("POST", PREDICT, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = json.loads(answer.read())
        version = int(answer.headers.get("X-Model-Version", 0))
        probabilities = content.get("predictions", [{}])[0].get("probabilities")
        seen.append((answer.status, version, probabilities, began, time.monotonic()))
        time.sleep(0.002)  # or the loading of versions would take as long as the processors are few
    connection.close()


def decoded(answer):
    body = answer.read()
    return json.loads(body) if answer.headers["Content-Type"] == "application/json" else body


def corrections(folder):
    """The corrections in a folder, oldest first, `pixels` as an image uint8 [28, 28]."""
    lines = [json.loads(line) for line in (Path(folder) / "feedback.jsonl").read_text().splitlines()]
    return [line | {"pixels": line["pixels"] and image_of(line["pixels"])} for line in lines]


def image_of(pixels):
    return np.frombuffer(base64.b64decode(pixels), np.uint8).reshape(28, 28)


def test_images(mnist_dir):
    """MNIST's test images uint8 [10000, 28, 28] and labels [10000]."""
    images = gzip.decompress((mnist_dir / "t10k-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((mnist_dir / "t10k-labels-idx1-ubyte.gz").read_bytes())[8:]
    return np.frombuffer(images, np.uint8).reshape(-1, 28, 28), np.frombuffer(labels, np.uint8)


def export_networks(out, mnist_dir):
    """In another process: `out/trained` (the default network, 5 epochs of MNIST if given), `out/a`, `out/b` (none)."""
    command = [sys.executable, __file__, str(out), str(mnist_dir or "")]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr


def _main(out, mnist_dir):
    import keras

    from pipeline_components.export.signatures import serving_functions, write_saved_model
    from pipeline_components.models import network

    for name, seed in (("a", 1), ("b", 2), ("trained", 0)):
        model = network("mlp").build(10, seed)
        if name == "trained" and mnist_dir:
            images = gzip.decompress((Path(mnist_dir) / "train-images-idx3-ubyte.gz").read_bytes())[16:]
            labels = gzip.decompress((Path(mnist_dir) / "train-labels-idx1-ubyte.gz").read_bytes())[8:]
            keras.utils.set_random_seed(0)
            model.compile("adam", "sparse_categorical_crossentropy", jit_compile=True, steps_per_execution=234)
            pixels = np.frombuffer(images, np.uint8).reshape(-1, 28, 28)
            model.fit(pixels, np.frombuffer(labels, np.uint8), batch_size=128, epochs=5, verbose=0)
        write_saved_model(serving_functions(model, 20), Path(out) / name)


if __name__ == "__main__":
    _main(*sys.argv[1:])
