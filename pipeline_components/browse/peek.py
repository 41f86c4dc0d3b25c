"""A look into a file of an artifact, by its type: one line, or some rows of it."""

import json
import os
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from pipeline_components.data.images import png_size
from pipeline_components.regular_files import open_regular, read_regular

ROWS = 10
LARGEST_BYTES = 2**30  # every record of a TFRecord file is counted
LARGEST_TEXT_BYTES = 1_000_000


def peek(file: Path, lines: int) -> str:
    """What is inside, in so many lines at most; why not, if it cannot be read."""
    look = LOOKS.get(file.suffix, _nothing)
    if ".tfrecord" in file.name:
        look = _tfrecord
    try:
        os.close(open_regular(file))
        text = look(file, lines > 1) if file.stat().st_size <= LARGEST_BYTES else "too large to look into"
    except Exception as error:  # whatever a reader finds wrong with a file is an answer here, not a failure
        text = f"cannot be read: {str(error).partition(chr(10))[0][:100]}"
    return "\n".join(text.splitlines()[:lines])


def _parquet(file: Path, more: bool) -> str:
    import pyarrow.parquet as pq

    table = pq.ParquetFile(file)
    head = f"{table.metadata.num_rows} rows: {', '.join(table.schema_arrow.names)}"
    first = next(table.iter_batches(ROWS), None) if more else None
    return head if first is None else _rows(head, first.to_pylist())


def _arrow(file: Path, more: bool) -> str:
    import pyarrow as pa

    reader = pa.ipc.open_file(pa.memory_map(str(file)))
    batches = [reader.get_batch(n) for n in range(reader.num_record_batches)]
    columns = ", ".join(f"{each.name} {each.type}" for each in reader.schema)
    head = f"{sum(batch.num_rows for batch in batches)} rows: {columns}"
    names = [each.name for each in reader.schema if not isinstance(each.type, pa.FixedShapeTensorType)]
    return _rows(head, batches[0].slice(0, ROWS).select(names).to_pylist()) if more and batches else head


def _rows(head: str, rows: list[dict[str, object]]) -> str:
    return "\n".join([head, *(str(row)[:160] for row in rows)])


def _tfrecord(file: Path, more: bool) -> str:
    sizes = list(_records(file))
    span = f"{min(sizes)} to {max(sizes)} bytes each" if sizes else "none"
    return f"{len(sizes)} records, {span}"


def _records(file: Path) -> Iterator[int]:
    """The size of each record: a little-endian uint64, its checksum (4 bytes), the record, its checksum (4 bytes)."""
    end, position = file.stat().st_size, 0
    with file.open("rb") as records:
        while position < end:
            (size,) = struct.unpack("<Q", records.read(8))
            position += 16 + size
            if position > end:
                raise ValueError(f"truncated: {position - end} bytes are missing")
            records.seek(position)
            yield size


def _json(file: Path, more: bool) -> str:
    content = json.loads(read_regular(file))
    if more:
        return json.dumps(content, indent=1)
    return ", ".join(map(str, content)) if isinstance(content, dict) else f"{len(content)} entries"


def _keras(file: Path, more: bool) -> str:
    with zipfile.ZipFile(file) as archive, archive.open("config.json") as opened:
        config = json.loads(opened.read(LARGEST_TEXT_BYTES))
    layers = [f"{each['class_name']} {each['config'].get('units', '')}".strip() for each in config["config"]["layers"]]
    return ("\n" if more else ", ").join(layers)


def _text(file: Path, more: bool) -> str:
    with file.open(errors="replace") as text:
        return text.read(100_000) if more else text.readline(1000).strip()[:80]


def _png(file: Path, more: bool) -> str:
    with file.open("rb") as image:
        width, height = png_size(image.read(24))
    return f"{width} × {height} pixels"


def _nothing(file: Path, more: bool) -> str:
    return ""


LOOKS: dict[str, Callable[[Path, bool], str]] = {
    ".parquet": _parquet,
    ".arrow": _arrow,
    ".json": _json,
    ".keras": _keras,
    ".md": _text,
    ".txt": _text,
    ".png": _png,
}
