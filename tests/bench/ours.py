"""Time the train component, from its call to its return: tracing, compiling, validation and saving included."""

import json
import sys
import time
from pathlib import Path

import keras  # noqa: F401  imported before the clock starts, as in plain.py
import tensorflow as tf  # noqa: F401

from pipeline_components.train import TrainConfig, train


def main() -> None:
    examples, out, epochs = sys.argv[1:]
    started = time.perf_counter()
    facts = train(Path(examples), out=Path(out), config=TrainConfig(epochs=int(epochs)))
    elapsed_s = time.perf_counter() - started
    images, accuracy = facts["examples"] * facts["epochs"], facts["validation_accuracy"]
    print(json.dumps({"images": images, "elapsed_s": elapsed_s, "accuracy": accuracy}))


if __name__ == "__main__":
    main()
