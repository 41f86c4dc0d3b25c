"""Prints what Airflow would know of the DAG after one parse, as JSON, from a process that has done nothing else."""

import json
import sys
import time

import airflow.sdk

airflow.sdk.task.short_circuit  # noqa: B018  each worker has the standard provider loaded before it parses
before = set(sys.modules)
started = time.process_time()
import digits_retraining  # noqa: E402

parse_s = time.process_time() - started
loaded = set(sys.modules) - before
dag = digits_retraining.digits_retraining()
json.dump(
    {
        "parse_s": parse_s,
        "loaded": sorted(loaded),
        "modules": sorted({name.partition(".")[0] for name in sys.modules}),
        "tasks": {
            task.task_id: {
                "downstream": sorted(task.downstream_task_ids),
                "trigger_rule": str(task.trigger_rule.value),
                "retries": task.retries,
                "doc": task.doc_md,
                "outlets": [f"{type(outlet).__name__} {outlet.name}" for outlet in task.outlets],
                "owner": task.owner,
            }
            for task in dag.tasks
        },
        "params": {
            name: dag.params.get_param(name).schema
            | {"default": dag.params.get_param(name).value, "description": dag.params.get_param(name).description}
            for name in dag.params
        },
        "schedule": str(getattr(dag.timetable, "expression", None)),
        "max_active_runs": dag.max_active_runs,
        "catchup": dag.catchup,
        "doc": dag.doc_md,
        "description": dag.description,
    },
    sys.stdout,
)
