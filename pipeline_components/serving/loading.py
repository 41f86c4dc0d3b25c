"""Served versions: the folders of TensorFlow Serving's layout, `<folder>/<version>/saved_model.pb`, loaded to answer.

A version runs in a TensorFlow session, as it does in TensorFlow Serving: a call costs 0.19 ms, against 0.28 ms for
the same signature through `tf.saved_model.load` (a digit of the default network, 2 cores), and does not hold the
interpreter's lock.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from pipeline_components.data.exported_model import SERVING_DEFAULT, assertion_in, path_to_load
from pipeline_components.errors import BadModel, first_line
from pipeline_components.quiet import import_tensorflow
from pipeline_components.serving.contract import RequestError, Signature

log = logging.getLogger(__name__)

KEPT_LOADED = 3


class LoadedVersion(Protocol):
    """A model that answers."""

    number: int
    signatures: dict[str, Signature]
    signature_def: dict[str, Any]

    def run(self, signature: str, batch: np.ndarray) -> dict[str, np.ndarray]:
        """The signature's outputs by name, for a batch; raises RequestError 422 for an image that cannot be read."""


class SavedModelVersion:
    """A SavedModel in a session of its own; raises BadModel when it cannot be loaded or does not answer."""

    def __init__(self, number: int, path: Path) -> None:
        import_tensorflow()
        import tensorflow as tf

        self.number = number
        self._unreadable = tf.errors.InvalidArgumentError
        graph = tf.Graph()
        self._session = tf.compat.v1.Session(graph=graph, config=_session_config())
        try:
            with graph.as_default(), path_to_load(path) as loaded:
                model = tf.compat.v1.saved_model.load(self._session, ["serve"], loaded)
            definitions = {k: v for k, v in model.signature_def.items() if not k.startswith("__")}
            self.signatures = {name: _signature(name, d) for name, d in definitions.items() if len(d.inputs) == 1}
            self.signature_def = {name: _as_json(definition) for name, definition in definitions.items()}
            self._calls = {name: self._callable(definitions[name]) for name in self.signatures}
            self._warm_up()
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, tf.errors.OpError) as error:
            raise BadModel(f"{path}: cannot be served ({first_line(error, 300)})") from None

    def run(self, signature: str, batch: np.ndarray) -> dict[str, np.ndarray]:
        """The signature's outputs by name; safe from several threads."""
        names, call = self._calls[signature]
        try:
            return dict(zip(names, call(batch), strict=True))
        except self._unreadable as error:
            problem = assertion_in(error) or "damaged, or neither PNG nor JPEG"  # decoders say it in words for nobody
            raise RequestError(422, f"an image cannot be read: {problem}") from None

    def _callable(self, definition: Any) -> tuple[list[str], Callable[[np.ndarray], list[np.ndarray]]]:
        names = sorted(definition.outputs)
        (source,) = definition.inputs.values()
        fetches = [definition.outputs[name].name for name in names]
        return names, self._session.make_callable(fetches, feed_list=[source.name])

    def _warm_up(self) -> None:
        """Let the first person wait no longer than the second; a blank digit must be answered, no image refused."""
        default = self.signatures[SERVING_DEFAULT]
        for n in (1, 1, 16):
            self.run(SERVING_DEFAULT, np.zeros((n, *default.shape[1:]), np.uint8))
        for name in (name for name, signature in self.signatures.items() if signature.encoded):
            with suppress(RequestError):
                self.run(name, np.array([b""], object))


def _session_config() -> Any:
    """One thread per operation: a digit's matrices are too small to share out, and handing over costs more.

    No rewriting of the graph: it makes no call faster here, and takes 2.2 of 2.4 s of loading (2 cores).
    """
    import tensorflow as tf

    config = tf.compat.v1.ConfigProto(
        intra_op_parallelism_threads=1, inter_op_parallelism_threads=1, use_per_session_threads=True
    )
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    return config


def _signature(name: str, definition: Any) -> Signature:
    import tensorflow as tf

    ((input_name, info),) = definition.inputs.items()
    shape = tuple(d.size for d in info.tensor_shape.dim)
    return Signature(name, input_name, encoded=info.dtype == tf.string.as_datatype_enum, shape=shape)


def _as_json(definition: Any) -> dict[str, Any]:
    """A SignatureDef as TensorFlow Serving shows it: protocol buffers' JSON, with the fields' own names."""
    from google.protobuf import json_format

    shown: dict[str, Any] = json_format.MessageToDict(
        definition, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return shown


class LoadedVersions:
    """The versions in a folder: the newest that loads is current, some earlier ones stay loaded for requests by number.

    `load` makes a version of a number and a folder. Loading happens in the caller's thread, under a lock; reading
    `current` takes none, so that no request waits for a load.
    """

    def __init__(self, folder: Path, load: Callable[[int, Path], LoadedVersion] = SavedModelVersion) -> None:
        self.folder = folder
        self.current: LoadedVersion | None = None
        self._load = load
        self._loaded: dict[int, LoadedVersion] = {}
        self._broken: dict[int, tuple[int, str]] = {}
        self._lock = threading.Lock()

    def on_disk(self) -> dict[int, Path]:
        """Version number → folder, of all versions that are there now."""
        try:
            entries = list(self.folder.iterdir())
        except OSError:
            return {}
        return {int(e.name): e for e in entries if e.name.isascii() and e.name.isdecimal() and _model_file(e).is_file()}

    def refresh(self) -> bool:
        """Make the newest version that loads current; whether that changed anything. A broken one is tried once."""
        with self._lock:
            on_disk = self.on_disk()
            for number in sorted(on_disk, reverse=True):
                if self.current is not None and number == self.current.number:
                    return False
                version = self._get(number, on_disk[number])
                if version is not None:
                    self.current = version
                    log.info("serving version %d", number)
                    return True
            return False

    def get(self, number: int) -> LoadedVersion | None:
        """A version on disk by its number, loaded if it is not; None when it is not there or does not load."""
        current, path = self.current, self.on_disk().get(number)
        if current is not None and number == current.number:
            return current
        if path is None:
            return None
        with self._lock:
            return self._get(number, path)

    def states(self) -> dict[int, str | None]:
        """Version → None, or why it cannot be served; of those on disk and the current one."""
        states: dict[int, str | None] = dict.fromkeys(self.on_disk())
        states |= {number: why for number, (_, why) in self._broken.items() if number in states}
        return states | ({self.current.number: None} if self.current else {})

    def _get(self, number: int, path: Path) -> LoadedVersion | None:
        """From the loaded ones, else loaded now: the one not asked for the longest gives way. Holds the lock."""
        version = self._loaded.pop(number, None) or self._try_to_load(number, path)
        if version is not None:
            self._loaded = dict([*self._loaded.items()][-(KEPT_LOADED - 1) :]) | {number: version}
        return version

    def _try_to_load(self, number: int, path: Path) -> LoadedVersion | None:
        """A version, or None for one that is broken, gone, or was broken before and has not changed."""
        try:
            changed = _model_file(path).stat().st_mtime_ns
        except OSError:
            return None
        if self._broken.get(number, (0, ""))[0] == changed:
            return None
        started = time.monotonic()
        try:
            version = self._load(number, path)
        except BadModel as error:
            self._broken[number] = (changed, str(error))
            log.error("version %d not served: %s", number, error)
            return None
        self._broken.pop(number, None)
        log.info("version %d loaded in %.2f s", number, time.monotonic() - started)
        return version


def _model_file(version: Path) -> Path:
    return version / "saved_model.pb"
