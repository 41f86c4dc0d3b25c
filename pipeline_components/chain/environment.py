"""The variables that change what TensorFlow computes: recorded with an artifact, no part of its recipe's key."""

from pipeline_components import quiet
from pipeline_components.store import Code

VARIABLES = ("OMP_NUM_THREADS", "TF_ENABLE_ONEDNN_OPTS", "TF_NUM_INTEROP_THREADS", "TF_NUM_INTRAOP_THREADS")


def environment_of(code: Code) -> dict[str, str]:
    """Those of them that are set, for code that computes with TensorFlow: as it finds them, whoever sets them."""
    if "tensorflow" not in code.libraries:
        return {}
    found = quiet.environment()
    return {name: found[name] for name in VARIABLES if name in found}
