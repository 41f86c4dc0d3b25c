"""What a task read and made, told to whoever collects it: OpenLineage, where its provider is set up.

No DAG file itself: `.airflowignore` names it. A dataset is an artifact's folder, `file://<store>/train/1`: of the
schemes that an asset can have, that is the one whose converter Airflow's own dependencies bring. Where nobody collects,
Airflow's collector does nothing.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context
from airflow.sdk.lineage import get_hook_lineage_collector

if TYPE_CHECKING:
    from pipeline_components.store import Artifact


def tell_lineage(artifacts: Iterable["Artifact"]) -> None:
    """Tell the artifacts that this task has made or found, and what each was made from."""
    from pipeline_components.store.manifest import input_entries

    task: Any = get_current_context()["ti"]
    collector = get_hook_lineage_collector()
    for artifact in artifacts:
        store = artifact.path.parents[1].resolve()
        for _, given in input_entries(artifact.manifest.inputs):
            collector.add_input_asset(task, uri=f"file://{store}/{given['id']}")
        collector.add_output_asset(task, uri=f"file://{store}/{artifact.id}")
