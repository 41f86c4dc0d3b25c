"""Export (TFX: InfraValidator, Pusher's first half): a blessed model's files, checked where they will be loaded."""

from pipeline_components.export.component import export
from pipeline_components.export.config import ExportConfig

__all__ = ["ExportConfig", "export"]
