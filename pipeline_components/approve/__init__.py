"""Approve: whether a person lets a model be served, who it is, and why."""

from pipeline_components.approve.component import approve
from pipeline_components.approve.config import ApprovalConfig, ApproveConfig

__all__ = ["ApprovalConfig", "ApproveConfig", "approve"]
