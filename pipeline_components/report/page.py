"""The page and the model card, filled in from findings by two templates."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment
from markupsafe import Markup

from pipeline_components.report import gallery, provenance, tables, words
from pipeline_components.report.config import ReportConfig
from pipeline_components.report.reading import Findings
from pipeline_components.templates import templates

HERE = Path(__file__).parent
RESOURCES = ("report.html.j2", "report.css", "model_card.md.j2")


def environment(escape: bool) -> Environment:
    """The templates beside this module, and what they call."""
    made = templates(HERE, escape=escape)
    numbers, texts = ("percent", "interval", "number", "signed", "fixed", "exact"), ("cell", "unbroken", "literal")
    said = {name: getattr(words, name) for name in (*numbers, *texts, "decided")}
    made.filters.update(said, json=lambda value: json.dumps(value, ensure_ascii=False))
    made.globals.update(listed=words.listed)
    return made


def render(
    findings: Findings,
    config: ReportConfig,
    past: pd.DataFrame,
    svgs: dict[str, Markup],
    galleries: list[gallery.Gallery],
) -> str:
    """The whole page as one string of HTML."""
    return (
        environment(escape=True)
        .get_template("report.html.j2")
        .render(
            **told(findings, config),
            css=Markup((HERE / "report.css").read_text(encoding="utf-8")),
            svgs=svgs,
            examples_of=[
                [(gallery.picture(each.image), f"{each.example_id}, labelled {each.label}") for each in examples]
                for examples in findings.examples_of
            ],
            augmented=findings.augmented and gallery.picture(gallery.side_by_side(findings.augmented)),
            augmentation=gallery.AUGMENTATION,
            galleries=[(chosen, gallery.tiles(chosen, findings)) for chosen in galleries],
            past=past.astype(object).where(past.notna(), None).to_dict("records"),
        )
    )


def card(findings: Findings, config: ReportConfig) -> str:
    """The model card: front matter as Hugging Face reads it, then the same facts in words."""
    return environment(escape=False).get_template("model_card.md.j2").render(**told(findings, config))


def told(findings: Findings, config: ReportConfig) -> dict[str, Any]:
    """What both templates are told."""
    verdict, sentence = words.verdict(findings.metrics, findings.blessing, findings.decision)
    counts = tables.confusion(findings.model, findings.classes)
    return {
        "findings": findings,
        "metrics": findings.metrics,
        "blessing": findings.blessing,
        "verdict": verdict,
        "sentence": sentence,
        "mistakes": int((~findings.model.right).sum()),
        "reasons": [
            reason for reason in findings.blessing["reasons"] if reason != f"forced: {findings.blessing['forced']}"
        ],
        "calibration_error": (findings.metrics.get("calibration") or {}).get("ece"),
        "champion": tables.against_champion(findings),
        "drift": tables.distances(findings.statistics, "drift"),
        "reference_drift": tables.distances(findings.statistics, "reference_drift"),
        "skew": tables.distances(findings.statistics, "skew"),
        "quality": tables.quality(findings.statistics),
        "slices": tables.slices(findings.metrics),
        "confusion": counts,
        "confusions": tables.confusions(counts).head(10).to_dict("records"),
        "evaluated": provenance.evaluated(findings.manifests.get("evaluate", {})),
        "recipe": provenance.provenance(findings, config),
    }
