"""Which variables are recorded, and of which components."""

import sys

from pipeline_components.chain.environment import environment_of
from pipeline_components.store import Code


def test_what_tensorflow_computes_by_is_recorded_of_components_that_compute_with_it(monkeypatch):
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    monkeypatch.setitem(sys.modules, "tensorflow", sys)  # imported: what is set by now is what it has found
    assert environment_of(Code({}, {"tensorflow": "2.21.0"})) == {"TF_ENABLE_ONEDNN_OPTS": "0"}
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert environment_of(Code({}, {"tensorflow": "2.21.0"})) == {"OMP_NUM_THREADS": "1", "TF_ENABLE_ONEDNN_OPTS": "0"}
    assert environment_of(Code({}, {"pandas": "3.1.1"})) == {}


def test_what_is_set_when_tensorflow_is_imported_is_recorded_before_that_too(monkeypatch):
    """So that the first component of a process has in its manifest what the later ones have."""
    for name in ("OMP_NUM_THREADS", "TF_ENABLE_ONEDNN_OPTS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    recorded = {"TF_ENABLE_ONEDNN_OPTS": "1", "TF_NUM_INTRAOP_THREADS": "2"}
    assert environment_of(Code({}, {"tensorflow": "2.21.0"})) == recorded
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "4")
    assert environment_of(Code({}, {"tensorflow": "2.21.0"})) == recorded | {"TF_NUM_INTRAOP_THREADS": "4"}
