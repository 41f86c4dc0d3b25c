"""Decisions of people about a model."""

from pipeline_components.data.decision import Decision

APPROVED = Decision(
    decision="approved",
    by="anna",
    reason="it reads sevens better",
    at="2026-11-26T10:00:00+00:00",
    how="cli",
    judged="undecided",
    evaluation="evaluate/1",
)
REJECTED = APPROVED | {"decision": "rejected", "reason": "it reads no sevens"}
TIMED_OUT = REJECTED | {"by": "nobody", "reason": "no answer came in time", "how": "timeout"}
