"""Make the report of one evaluation: a page that needs nothing else, its figures as files, and a model card."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from pipeline_components.report.config import ReportConfig

log = logging.getLogger(__name__)


class ReportFacts(TypedDict):
    """What the report says in one line, and how much of it there is."""

    verdict: str
    sentence: str
    figures: int
    page_bytes: int


def report(
    examples: Path,
    model: Path,
    evaluation: Path,
    decision: Path | None = None,
    *,
    out: Path,
    config: ReportConfig,
    history: Sequence[Path] = (),
) -> ReportFacts:
    """Make `report.html` (self-contained: no script, no network), `figures/*.png` and `model_card.md`.

    Reads a preprocess artifact (the three splits, `statistics.json` and `anomalies.json` where they
    are), a train artifact (`history.parquet`) and an evaluate artifact (`metrics.json`, `predictions.parquet`,
    `blessing.json`), and the manifest of each that has one; `decision.json` of an approve artifact where somebody has
    decided about the model. `history` are the evaluate artifacts of the line
    before this one, oldest first. Raises BadData when a file is missing or the evaluation is of other examples.
    """
    from pipeline_components import theme
    from pipeline_components.report import figures, gallery, page, tables, words
    from pipeline_components.report.past import past_run
    from pipeline_components.report.reading import read_findings

    findings = read_findings(examples, model, evaluation, decision)
    past = tables.past_runs([past_run(each) for each in history], findings)
    galleries = gallery.choose(findings, config.gallery_size)
    (out / "figures").mkdir()
    with theme.styled():
        drawings = figures.draw(findings, past)
        sheets = [gallery.sheet(chosen, findings) for chosen in galleries]
        sheets += [gallery.augmentation(findings.augmented)] if findings.augmented else []
        for drawing in drawings + sheets:
            (out / "figures" / f"{drawing.name}.png").write_bytes(drawing.png())
        svgs = {drawing.name: drawing.svg() for drawing in drawings}
    html = page.render(findings, config, past, svgs, galleries)
    (out / "report.html").write_text(html, encoding="utf-8")
    (out / "model_card.md").write_text(page.card(findings, config), encoding="utf-8")
    verdict, sentence = words.verdict(findings.metrics, findings.blessing, findings.decision)
    log.info("%s %s", sentence, " ".join(findings.blessing.get("reasons", [])))
    log.info("report.html: %.0f kB, %d figures", len(html.encode()) / 1000, len(drawings) + len(sheets))
    return ReportFacts(
        verdict=verdict, sentence=sentence, figures=len(drawings) + len(sheets), page_bytes=len(html.encode())
    )
