"""Parameters of export."""

from pydantic import Field

from pipeline_components.config import Config


class ExportConfig(Config):
    """What the exported model must stand before it is pushed. Budgets leave room for a busy machine."""

    golden_examples: int = Field(256, ge=1, le=100_000, description="Test examples replayed on the exported files.")
    golden_tolerance: float = Field(
        1e-4, ge=0, le=1, description="Largest difference from the evaluator's probabilities; measured: about 1e-6."
    )
    size_budget_mb: float = Field(
        100.0, gt=0, description="Limit: a SavedModel that takes more megabytes on disk is not served."
    )
    load_budget_s: float = Field(
        30.0, gt=0, description="Limit: a SavedModel that takes more seconds to load is not served."
    )
    latency_calls: int = Field(200, ge=1, le=100_000, description="Single images timed after warm-up.")
    latency_p50_budget_ms: float = Field(
        50.0, gt=0, description="Limit: a model whose median answer to one image takes more milliseconds is not served."
    )
    latency_p99_budget_ms: float = Field(
        250.0, gt=0, description="Limit: the same for the slowest answer in a hundred (the 99th percentile)."
    )
    memory_budget_mb: float = Field(
        1500.0, gt=0, description="Limit: megabytes that a process which loads the export may take at its peak."
    )
