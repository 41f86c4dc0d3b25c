"""Golden batch: images with the probabilities that the evaluator saw for them, kept inside their export."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline_components.data.examples import read_examples
from pipeline_components.errors import BadData, first_line
from pipeline_components.shape import IMAGE_SHAPE

GOLDEN_FILE = "assets.extra/golden.arrow"  # inside the SavedModel's folder, where TF Serving leaves files alone


@dataclass(frozen=True)
class Golden:
    """`image` uint8 [n, 28, 28], and the evaluated model's `probabilities` float32 [n, classes] for them."""

    image: np.ndarray
    probabilities: np.ndarray

    def __len__(self) -> int:
        """How many images there are."""
        return len(self.image)


def golden_batch(examples: Path, evaluation: Path, n: int) -> Golden:
    """The first n test examples with the evaluator's predictions.

    Reads test.arrow of a preprocess artifact and predictions.parquet of an evaluate artifact;
    raises BadData when the two are not about the same examples.
    """
    test = read_examples(examples / "test.arrow")
    predictions = pq.read_table(evaluation / "predictions.parquet", columns=["example_id", "probabilities"])
    if not predictions["example_id"].combine_chunks().equals(pa.array(test.example_id)):
        raise BadData(f"{evaluation / 'predictions.parquet'}: not about the examples of {examples}: run evaluate again")
    return Golden(np.array(test.image[:n]), _matrix(predictions["probabilities"].slice(0, n)))


def write_golden(file: Path, golden: Golden) -> None:
    """Write columns image (fixed_shape_tensor<uint8>[28, 28]) and probabilities (fixed_size_list<float32>[classes])."""
    image = pa.FixedShapeTensorArray.from_numpy_ndarray(np.ascontiguousarray(golden.image))
    flat = pa.array(golden.probabilities.ravel(), pa.float32())
    rows = pa.FixedSizeListArray.from_arrays(flat, golden.probabilities.shape[1])
    batch = pa.record_batch({"image": image, "probabilities": rows})
    file.parent.mkdir(parents=True, exist_ok=True)
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)


def read_golden(file: Path) -> Golden:
    """The golden batch of an export; raises BadData when the file holds none."""
    try:
        with pa.OSFile(str(file)) as source:
            batch = pa.ipc.open_file(source).read_all().combine_chunks()
        image = batch["image"].combine_chunks().to_numpy_ndarray()
        golden = Golden(image, _matrix(batch["probabilities"]))
    except (OSError, pa.ArrowException, KeyError, AttributeError, ValueError) as error:
        raise BadData(f"{file}: no golden batch ({first_line(error)}): export the model again") from None
    if golden.image.dtype != np.uint8 or golden.image.shape[1:] != IMAGE_SHAPE:
        raise BadData(f"{file}: images {golden.image.dtype}{golden.image.shape} found, uint8 [n, 28, 28] expected")
    return golden


def _matrix(column: pa.ChunkedArray) -> np.ndarray:
    """A column of lists as a matrix, one row per list."""
    rows = column.combine_chunks()
    values: np.ndarray = rows.flatten().to_numpy(zero_copy_only=False).astype(np.float32)
    return values.reshape(len(rows), -1)
