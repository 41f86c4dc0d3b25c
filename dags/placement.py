"""Where tasks run and what they need there. No DAG file itself: `.airflowignore` names it.

One machine needs none of it. Beyond one, the environment of the DAG processor names a queue whose workers are large
enough to train, a pool, or a pod. All of it is data: a callable or a pod as an argument would change the DAG's version.
"""

import os
from typing import Any

# Peak memory in MB, cores it keeps busy, seconds: each component alone in a process, on all of MNIST by its defaults
# (20 epochs of mlp), on 2 cores. Airflow's own share of a task comes on top: 200 MB.
MEASURED = {
    "ingest": (805, 1, 12),
    "preprocess": (918, 1.2, 7),
    "train": (965, 1.5, 27),
    "evaluate": (801, 1, 4),
    "report": (292, 1, 2),
    "export": (827, 1, 9),
}


def doc(name: str, said: str) -> str:
    """A task's documentation: what it does, and what it needs, where that has been measured."""
    if name not in MEASURED:
        return said
    memory_mb, cores, seconds = MEASURED[name]
    needs = f"{memory_mb} MB of memory, {cores:g} cores, {seconds} s"
    return f"{said}\n\nNeeds {needs}: all of MNIST, the defaults, 2 cores."


def training(pool: str = "DIGITS_TRAINING_POOL") -> dict[str, Any]:
    """The queue, the pool and the pod of a task that trains; what the environment does not name stays Airflow's own.

    The pod is the path of a template file, as the KubernetesExecutor of the scheduler finds it.
    """
    named = {
        "queue": os.environ.get("DIGITS_TRAINING_QUEUE"),
        "pool": os.environ.get(pool),
        "executor_config": _pod(os.environ.get("DIGITS_TRAINING_POD")),
    }
    return {name: value for name, value in named.items() if value}


def _pod(template: str | None) -> dict[str, str]:
    return {"pod_template_file": template} if template else {}
