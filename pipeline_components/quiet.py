"""Imports TensorFlow, oneDNN on, without its start-up messages: C++ writes them before any setting for them is read."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator

VARIABLES = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "1", "TF_NUM_INTRAOP_THREADS": "2"}


def import_tensorflow() -> None:
    """Import TensorFlow once; what it writes to stderr meanwhile is shown only if the import fails.

    Afterwards its C++ is silent: it calls an error what is none, such as a machine without a GPU. oneDNN is asked for:
    TensorFlow leaves it off on processors without AVX512-VNNI or AMX, where convolutions are half as fast without it.
    One operation is shared by two threads, whatever the number of cores: its sums are divided by their number, and
    other sums are other weights.
    """
    if "tensorflow" in sys.modules:
        return
    for name, value in VARIABLES.items():
        os.environ.setdefault(name, value)
    with _stderr_shown_on_error():
        import tensorflow  # noqa: F401


def environment() -> dict[str, str]:
    """The variables as TensorFlow has found them, or finds them once it is imported here."""
    return dict(os.environ) if "tensorflow" in sys.modules else {**VARIABLES, **os.environ}


@contextlib.contextmanager
def _stderr_shown_on_error() -> Iterator[None]:
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as unseen:
        os.dup2(unseen.fileno(), 2)
        try:
            yield
        except BaseException:
            unseen.seek(0)
            os.write(stderr, unseen.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
