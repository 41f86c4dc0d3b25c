"""TensorFlow, set up and imported: what a server of forked processes loads before it forks."""

from pipeline_components import quiet

quiet.import_tensorflow()

import keras  # noqa: E402, F401
