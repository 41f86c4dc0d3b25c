"""What a line of data looks like where it is known to be good: fixed, so that small changes cannot add up unseen.

Data that is held against the data before it alone may go astray by a little in each of many runs: half a percent more
wrong labels a run is never a drift, and 7.5 % after fifteen. So every artifact carries the reference of its line on,
unchanged, in `reference.json`: that of this package, else the first data of the line. Only a person replaces it, by
`accept_drift`: the data that is accepted so becomes the reference of what follows it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline_components.data import registry
from pipeline_components.data.schema import DataSchema
from pipeline_components.errors import BadData, first_line
from pipeline_components.json_files import read_json
from pipeline_components.preprocess import appearance
from pipeline_components.preprocess.appearance import Appearance
from pipeline_components.preprocess.baseline import Baseline
from pipeline_components.preprocess.statistics import Part

#: reference/<line of data>.json is the `reference.json` that preprocess made of the first data of a line.
RESOURCES = ("reference",)


@dataclass(frozen=True)
class FixedReference:
    """Statistics of `train` and `test`; by class the share whose nearest image has another label; what each pixel says
    of the class, [28, 28]; how images of each class look, where they were enough to tell."""

    baseline: Baseline
    disagreement: np.ndarray
    links: np.ndarray
    appearance: Appearance | None

    def as_json(self) -> dict[str, Any]:
        """The content of reference.json."""
        return {
            "name": self.baseline.name,
            "line": self.baseline.line,
            "classes": self.baseline.classes,
            "splits": self.baseline.splits,
            "disagreement": [round(float(share), 4) for share in self.disagreement],
            "links": [[round(float(value), 4) for value in row] for row in self.links],
            "appearance": self.appearance and self.appearance.as_json(),
        }


def chosen(served: Path | None, schema: DataSchema) -> FixedReference | None:
    """The reference that the served model's data carries on, else that of this package for the line; None where the
    line begins."""
    line = registry.dataset(schema.dataset).line
    package = Path(__file__).parent / "reference" / f"{line}.json"
    for file in (*([served / "reference.json"] if served else []), package):
        if file.is_file() and (found := read(file)).baseline.fits(schema):
            return found
    return None


def read(file: Path) -> FixedReference:
    """A reference.json; raises BadData when it is none."""
    try:
        content = read_json(file)
        looks = content["appearance"]
        return FixedReference(
            Baseline(content["name"], content["line"], list(content["classes"]), dict(content["splits"])),
            np.array(content["disagreement"], float),
            np.array(content["links"], float),
            Appearance.of_json(looks) if looks else None,
        )
    except (BadData, KeyError, TypeError, ValueError, IndexError) as error:
        raise BadData(f"{file}: not a reference ({first_line(error)}): serve another version, or none") from None


def described(
    name: str, schema: DataSchema, parts: dict[str, Part], disagreement: np.ndarray, links: np.ndarray
) -> FixedReference:
    """The reference that this data is for what follows it."""
    train = parts["train"]
    return FixedReference(
        Baseline(
            f"{name} ({schema.dataset})",
            registry.dataset(schema.dataset).line,
            schema.classes,
            {split: parts[split].statistics for split in ("train", "test")},
        ),
        disagreement,
        links,
        appearance.fit(train.measured, train.examples.label, len(schema.classes)),
    )
