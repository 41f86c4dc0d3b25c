"""The data that drift is measured against: that of the served model, else the reference in `reference/`."""

from dataclasses import dataclass, replace
from pathlib import Path

from pipeline_components.data import registry
from pipeline_components.data.schema import DataSchema, read_schema
from pipeline_components.errors import BadData, first_line
from pipeline_components.json_files import read_json
from pipeline_components.preprocess.statistics import SplitStatistics

#: reference/<line of data>/ is what preprocess makes of a dataset known to be good.
RESOURCES = ("reference",)


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
        schema = read_schema(folder / "schema.json")
        statistics = read_json(folder / "statistics.json")
        return Baseline(
            name=f"the data of the served model ({schema.dataset})",
            line=registry.dataset(schema.dataset).line,
            classes=schema.classes,
            splits={split: statistics["splits"][split] for split in ("train", "test")},
            suspect_share=statistics["quality"]["train"]["suspect_share"],
        )
    except (BadData, KeyError, TypeError) as error:
        raise BadData(f"{folder}: not a baseline ({first_line(error)}): give a folder that preprocess made") from None


def of_line(schema: DataSchema) -> Baseline | None:
    """The reference of a dataset's line, if this package has one."""
    line = registry.dataset(schema.dataset).line
    reference = Path(__file__).parent / "reference" / line
    return replace(of_artifact(reference), name=f"the reference of {line}") if reference.is_dir() else None
