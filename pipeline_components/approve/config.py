"""What a decision is, and what a run says of who has to make one."""

from typing import Literal

from pydantic import Field

from pipeline_components.config import Config


class ApproveConfig(Config):
    """A decision about a model; by default nobody's, which is a rejection."""

    decision: Literal["approved", "rejected"] = Field("rejected", description="What was decided.")
    by: str = Field("nobody", min_length=1, max_length=200, description="Whose decision it is.")
    reason: str = Field("no answer came in time", min_length=1, max_length=500, description="Why.")
    at: str = Field("", max_length=40, description="When it was made: ISO 8601, UTC.")
    how: Literal["airflow", "cli", "timeout"] = Field("timeout", description="How it was told, if it was.")


class ApprovalConfig(Config):
    """Which models a run asks a person about, and for how long."""

    approval: Literal["never", "inconclusive", "always"] = Field(
        "never",
        description="Which models a person has to approve before they are served: none; those that are undecided, "
        "which meet every rule and cannot be told apart from the champion; or all.",
    )
    approval_timeout_h: float = Field(
        72.0, gt=0, le=8760, description="Hours that Airflow waits for an answer; none in that time is a rejection."
    )
