"""Examples on disk: Arrow IPC files that are mapped into memory and read with no copy."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline_components.errors import BadData
from pipeline_components.shape import IMAGE_SHAPE

SPLITS = ("train", "validation", "test")
SCHEMA = pa.schema(
    {"image": pa.fixed_shape_tensor(pa.uint8(), IMAGE_SHAPE), "label": pa.uint8(), "example_id": pa.string()}
)


@dataclass(frozen=True)
class Examples:
    """Labelled images: `image` uint8 [n, 28, 28] with 255 as ink, `label` uint8 [n], `example_id` string [n]."""

    image: np.ndarray
    label: np.ndarray
    example_id: pa.StringArray

    def __len__(self) -> int:
        """How many examples there are."""
        return len(self.label)

    def take(self, index: np.ndarray) -> "Examples":
        """The examples at these positions, in this order."""
        return Examples(self.image[index], self.label[index], self.example_id.take(pa.array(index)))


def write_examples(file: Path, examples: Examples) -> None:
    """Write one record batch, so that reading maps every column as one array."""
    image = pa.FixedShapeTensorArray.from_numpy_ndarray(np.ascontiguousarray(examples.image))
    columns = [image, pa.array(examples.label, pa.uint8()), examples.example_id]
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, SCHEMA) as writer:
        writer.write_batch(pa.record_batch(columns, schema=SCHEMA))


def read_examples(file: Path) -> Examples:
    """Map a split, every record batch of it; raises BadData when the file is not such an Arrow file."""
    try:
        table = pa.ipc.open_file(pa.memory_map(str(file))).read_all()
    except (OSError, pa.ArrowInvalid) as error:
        raise BadData(f"{file}: not an Arrow file of examples ({error}): run preprocess again") from None
    if table.schema != SCHEMA:
        raise BadData(f"{file}: columns {table.schema.names} found, {SCHEMA.names} expected: run preprocess again")
    image, label, example_id = (column.combine_chunks() for column in table.columns)  # one chunk is not copied
    return Examples(pixels(image), np.from_dlpack(label), example_id)


def pixels(images: pa.FixedShapeTensorArray) -> np.ndarray:
    """The images without a copy, uint8 [n, 28, 28]; by DLPack, since pyarrow's own way to numpy imports pandas."""
    return np.from_dlpack(images.storage.flatten()).reshape(-1, *images.type.shape)
