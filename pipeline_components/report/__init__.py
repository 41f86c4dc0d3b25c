"""Report: an evaluation as a page that needs nothing else, its figures as files, and a model card."""

from pipeline_components.report.component import report
from pipeline_components.report.config import ReportConfig

__all__ = ["ReportConfig", "report"]
