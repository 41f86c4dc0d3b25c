"""Examples on disk: Arrow IPC files of one record batch, which is mapped, or of many, which are read as needed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline_components.errors import BadData
from pipeline_components.shape import IMAGE_SHAPE

SPLITS = ("train", "validation", "test")
SCHEMA = pa.schema(
    {"image": pa.fixed_shape_tensor(pa.uint8(), IMAGE_SHAPE), "label": pa.uint8(), "example_id": pa.string()}
)
#: So many examples and fewer are written as one record batch, and read without a copy; more in batches of BATCH, which
#: a reader need not have in memory all at once.
WHOLE, BATCH = 100_000, 1000
CHUNK = 4096
MAPPED = 500  # record batches


class ImagesOnDisk:
    """Images in the record batches of a file, uint8 [n, 28, 28]: rows are read when they are asked for, and not kept.

    It reads with plain reads and not through a map, so that a large file never counts as memory in use.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, file: Path, sizes: Sequence[int]) -> None:
        self.file = file
        self.starts = np.cumsum([0, *sizes])
        self.shape = (int(self.starts[-1]), *IMAGE_SHAPE)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: "int | slice | np.ndarray | Sequence[int]") -> np.ndarray:
        """A copy of one image, of a slice, or of the rows at these positions in this order."""
        if isinstance(rows, int | np.integer):
            image: np.ndarray = self[[rows]][0]
            return image
        asked = positions(rows, len(self))
        found = np.empty((len(asked), *IMAGE_SHAPE), np.uint8)
        batch = np.searchsorted(self.starts, asked, side="right") - 1
        by_batch = np.argsort(batch, kind="stable")
        first = np.flatnonzero(np.diff(batch[by_batch], prepend=-1))
        for places in np.split(by_batch, first[1:]) if len(asked) else []:
            number = int(batch[places[0]])
            image = pixels(self._reader.get_batch(number).column(0))
            found[places] = image[asked[places] - self.starts[number]]
        return found

    @cached_property
    def _reader(self) -> pa.RecordBatchFileReader:
        return pa.ipc.open_file(pa.OSFile(str(self.file)))


Images = np.ndarray | ImagesOnDisk


@dataclass(frozen=True)
class Examples:
    """Labelled images: `image` uint8 [n, 28, 28] with 255 as ink, `label` uint8 [n], `example_id` string [n]."""

    image: Images
    label: np.ndarray
    example_id: pa.StringArray | pa.ChunkedArray

    def __len__(self) -> int:
        """How many examples there are."""
        return len(self.label)

    def take(self, index: np.ndarray) -> "Examples":
        """The examples at these positions, in this order."""
        return Examples(self.image[index], self.label[index], self.example_id.take(pa.array(index)))


def positions(rows: "slice | np.ndarray | Sequence[int]", count: int) -> np.ndarray:
    """The positions that a slice of so many stands for, or those that are given."""
    if not isinstance(rows, slice):
        return np.asarray(rows)
    meant = range(count)[rows]
    return np.arange(meant.start, meant.stop, meant.step)


def chunks(image: Images, size: int = CHUNK) -> Iterator[tuple[slice, np.ndarray]]:
    """The images, so many at a time: their rows, and they."""
    for start in range(0, len(image), size):
        rows = slice(start, min(start + size, len(image)))
        yield rows, image[rows]


class ExamplesWriter:
    """Writes a file of so many examples, which are given to it a few at a time; its bytes do not show how many."""

    def __init__(self, writer: pa.RecordBatchFileWriter, total: int) -> None:
        self._writer = writer
        size = total if total <= WHOLE else BATCH
        self._image, self._label = np.empty((size, *IMAGE_SHAPE), np.uint8), np.empty(size, np.uint8)
        self._ids: list[str] = []

    def add(self, image: np.ndarray, label: np.ndarray, ids: Sequence[str]) -> None:
        """Write these after those before."""
        while len(ids):
            at = len(self._ids)
            count = min(len(self._label) - at, len(ids))
            self._image[at : at + count], self._label[at : at + count] = image[:count], label[:count]
            self._ids += ids[:count]
            if len(self._ids) == len(self._label):
                self.flush()
            image, label, ids = image[count:], label[count:], ids[count:]

    def flush(self) -> None:
        """Write what waits for its record batch to be full."""
        if count := len(self._ids):
            image = pa.FixedShapeTensorArray.from_numpy_ndarray(self._image[:count])
            columns = [image, pa.array(self._label[:count], pa.uint8()), pa.array(self._ids, pa.string())]
            self._writer.write_batch(pa.record_batch(columns, schema=SCHEMA))
            self._ids = []


@contextmanager
def examples_writer(file: Path, total: int) -> Iterator[ExamplesWriter]:
    """A file that is whole when the block ends."""
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, SCHEMA) as opened:
        writer = ExamplesWriter(opened, total)
        yield writer
        writer.flush()


def write_examples(file: Path, examples: Examples) -> None:
    """Write examples that are there already."""
    with examples_writer(file, len(examples)) as writer:
        for rows, image in chunks(examples.image):
            writer.add(image, examples.label[rows], examples.example_id[rows].to_pylist())


def read_examples(file: Path) -> Examples:
    """Read a split, every record batch of it; raises BadData when the file is not such an Arrow file.

    One record batch is mapped; of many, labels and ids are in memory, and images are read when they are asked for.
    """
    try:
        reader = pa.ipc.open_file(pa.memory_map(str(file)))
        if reader.schema != SCHEMA:
            columns = f"columns {reader.schema.names} found, {SCHEMA.names} expected"
            raise BadData(f"{file}: {columns}: run preprocess again")
        if reader.num_record_batches > 1:
            return _in_batches(file, reader.num_record_batches)
        table = reader.read_all()
    except (OSError, pa.ArrowInvalid) as error:
        raise BadData(f"{file}: not an Arrow file of examples ({error}): run preprocess again") from None
    image, label, example_id = (  # to combine a single chunk would be to copy it
        column.chunk(0) if column.num_chunks == 1 else column.combine_chunks() for column in table.columns
    )
    return Examples(pixels(image), np.from_dlpack(label), example_id)


def _in_batches(file: Path, batches: int) -> Examples:
    """A map touches only what is asked for, and is given up now and then: what it has touched counts as memory."""
    sizes: list[int] = []
    label, example_id = [], []
    for first in range(0, batches, MAPPED):
        reader = pa.ipc.open_file(pa.memory_map(str(file)))
        beside = [reader.get_batch(number) for number in range(first, min(first + MAPPED, batches))]
        sizes += map(len, beside)
        label.append(np.concatenate([np.from_dlpack(each.column("label")) for each in beside]))
        example_id.append(pa.concat_arrays([each.column("example_id") for each in beside]))
    return Examples(ImagesOnDisk(file, sizes), np.concatenate(label), pa.chunked_array(example_id))


def pixels(images: pa.FixedShapeTensorArray) -> np.ndarray:
    """The images without a copy, uint8 [n, 28, 28]; by DLPack, since pyarrow's own way to numpy imports pandas."""
    return np.from_dlpack(images.storage.flatten()).reshape(-1, *images.type.shape)
