"""The data of the served model that drift is measured against; what is fixed is in fixed_reference.py."""

from dataclasses import dataclass
from pathlib import Path

from pipeline_components.data import registry
from pipeline_components.data.schema import DataSchema, read_schema
from pipeline_components.errors import BadData, first_line
from pipeline_components.json_files import read_json
from pipeline_components.preprocess.statistics import SplitStatistics


@dataclass(frozen=True)
class Baseline:
    """The statistics of `train` and `test` of before, the classes and line they are of, and a name for messages."""

    name: str
    line: str
    classes: list[str]
    splits: dict[str, SplitStatistics]

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
        )
    except (BadData, KeyError, TypeError) as error:
        raise BadData(f"{folder}: not a baseline ({first_line(error)}): give a folder that preprocess made") from None
