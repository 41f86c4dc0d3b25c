"""predictions.parquet and confusion.parquet."""

import numpy as np
import pyarrow as pa

from pipeline_components.data.examples import Examples
from pipeline_components.evaluate.predictions import Predictions


def predictions_table(test: Examples, challenger: Predictions, champion: Predictions | None) -> pa.Table:
    """One row per test example, in the order of test.arrow."""
    classes = challenger.probabilities.shape[1]
    nothing = pa.nulls(len(test))
    return pa.table(
        {
            "example_id": test.example_id,
            "label": pa.array(test.label, pa.uint8()),
            "digit": pa.array(challenger.digit, pa.uint8()),
            "probabilities": _rows(challenger.probabilities),
            "loss": pa.array(challenger.loss, pa.float32()),
            "champion_digit": pa.array(champion.digit) if champion else nothing.cast(pa.uint8()),
            "champion_probabilities": (
                _rows(champion.probabilities) if champion else nothing.cast(pa.list_(pa.float32(), classes))
            ),
        }
    )


def _rows(probabilities: np.ndarray) -> pa.Array:
    """A matrix as a column of fixed-size lists, with no copy."""
    return pa.FixedSizeListArray.from_arrays(pa.array(probabilities.ravel(), pa.float32()), probabilities.shape[1])


def confusion_table(matrix: np.ndarray) -> pa.Table:
    """One row per pair of label and digit, zeros too."""
    label, digit = np.indices(matrix.shape, dtype=np.uint8)
    return pa.table({"label": label.ravel(), "digit": digit.ravel(), "count": matrix.ravel()})
