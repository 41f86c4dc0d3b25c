"""Which variables are recorded, and of which components."""

from pipeline_components.chain.environment import environment_of
from pipeline_components.store import Code


def test_what_tensorflow_computes_by_is_recorded_of_components_that_compute_with_it(monkeypatch):
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    assert environment_of(Code({}, {"tensorflow": "2.21.0"})) == {"TF_ENABLE_ONEDNN_OPTS": "0"}
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert environment_of(Code({}, {"tensorflow": "2.21.0"})) == {"OMP_NUM_THREADS": "1", "TF_ENABLE_ONEDNN_OPTS": "0"}
    assert environment_of(Code({}, {"pandas": "3.1.1"})) == {}
