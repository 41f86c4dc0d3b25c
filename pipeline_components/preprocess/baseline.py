"""What examples are held against: the data of the served model, else what is known of their line of data."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline_components.data import registry
from pipeline_components.data.schema import DataSchema
from pipeline_components.errors import BadData
from pipeline_components.preprocess.statistics import SplitStatistics

#: Line of data → sha256 of its reference/<line>/statistics.json: what preprocess makes of a dataset known to be good.
#: Written here so that another reference makes another version of this module, and nothing made with it is reused.
REFERENCE = Path(__file__).parent / "reference"
REFERENCES = {"mnist": "4946887c57366d92ecdd478c20455f749aff5673f2556290f112aab5ce46320f"}


@dataclass(frozen=True)
class Baseline:
    """The statistics of `train` and `test` of before, the classes and line they are of, and a name for messages."""

    name: str
    line: str
    classes: list[str]
    splits: dict[str, SplitStatistics]
    suspect_share: float | None

    def fits(self, schema: DataSchema) -> bool:
        """Whether a dataset of this schema can be compared: its line, and its classes in this order."""
        return self.line == registry.dataset(schema.dataset).line and self.classes == schema.classes


def of_artifact(folder: Path) -> Baseline:
    """The baseline that a preprocess artifact gives: its `schema.json` and `statistics.json`."""
    try:
        schema = DataSchema.model_validate_json((folder / "schema.json").read_text())
        statistics = json.loads((folder / "statistics.json").read_text())
        return Baseline(
            name=f"the data of the served model ({schema.dataset})",
            line=registry.dataset(schema.dataset).line,
            classes=schema.classes,
            splits={split: statistics["splits"][split] for split in ("train", "test")},
            suspect_share=statistics["quality"]["train"]["suspect_share"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise BadData(f"{folder}: not a baseline ({reason}): give a folder that preprocess made") from None


def of_line(schema: DataSchema) -> Baseline | None:
    """The reference of a dataset's line, if this package has one."""
    line = registry.dataset(schema.dataset).line
    return replace(of_artifact(REFERENCE / line), name=f"the reference of {line}") if line in REFERENCES else None
