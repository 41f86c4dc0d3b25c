"""Write down a decision about an evaluated model."""

import logging
from pathlib import Path
from typing import TypedDict

from pipeline_components.approve.config import ApproveConfig

log = logging.getLogger(__name__)


class ApproveFacts(TypedDict):
    """The decision in short, and the verdict that it was made on."""

    decision: str
    by: str
    reason: str
    how: str
    judged: str


def approve(model: Path, evaluation: Path, *, out: Path, config: ApproveConfig) -> ApproveFacts:
    """Write `decision.json`: what was decided, by whom, why, when, how it was told, and the verdict that it is about.

    Reads `blessing.json` of an evaluate artifact and the id in its manifest, if it has one; of the model nothing: it
    is named in the decision's manifest. Raises BadData when `blessing.json` holds no blessing.
    """
    from pipeline_components.data.blessing import judged, read_blessing
    from pipeline_components.data.decision import FILE, Decision, said
    from pipeline_components.json_files import read_json, write_json

    manifest = evaluation / "artifact.json"
    decision = Decision(
        decision=config.decision,
        by=config.by,
        reason=config.reason,
        at=config.at,
        how=config.how,
        judged=judged(read_blessing(evaluation)),
        evaluation=str(read_json(manifest)["id"]) if manifest.is_file() else None,
    )
    write_json(out / FILE, decision)
    log.info("%s", said(decision))
    return ApproveFacts(
        decision=config.decision, by=config.by, reason=config.reason, how=config.how, judged=decision["judged"]
    )
