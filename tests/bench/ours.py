"""Time the train component, from its call to its return: tracing, compiling, validation and saving included."""

import json
import sys
import time
from pathlib import Path

from pipeline_components import quiet

quiet.import_tensorflow()

import keras  # noqa: E402, F401  imported before the clock starts, as in plain.py

from pipeline_components.train import TrainConfig, train  # noqa: E402


def main() -> None:
    examples, out, epochs, name = (*sys.argv[1:], "mlp")[:4]
    config = TrainConfig.model_validate({"network": name, "epochs": int(epochs), "augmentation": "off"})
    started = time.perf_counter()
    facts = train(Path(examples), out=Path(out), config=config)
    elapsed_s = time.perf_counter() - started
    images, accuracy = facts["examples"] * facts["epochs"], facts["validation_accuracy"]
    print(json.dumps({"images": images, "elapsed_s": elapsed_s, "accuracy": accuracy}))


if __name__ == "__main__":
    main()
