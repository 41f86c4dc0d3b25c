"""Examples on disk: mapped, not copied, and all of them."""

import numpy as np
import pyarrow as pa
import pytest

from pipeline_components.data.examples import (
    SCHEMA,
    Examples,
    ImagesOnDisk,
    chunks,
    examples_writer,
    read_examples,
    write_examples,
)
from pipeline_components.errors import BadData


def examples(count: int, first: int = 0) -> Examples:
    """Images of one value each, which is their position; labels are it modulo ten."""
    position = np.arange(first, first + count)
    image = np.repeat(position, 784).reshape(count, 28, 28).astype(np.uint8)
    return Examples(image, (position % 10).astype(np.uint8), pa.array([f"train/{i}" for i in position]))


def same(one: Examples, other: Examples) -> bool:
    arrays = np.array_equal(one.image[:], other.image[:]) and np.array_equal(one.label, other.label)
    return arrays and one.example_id.to_pylist() == other.example_id.to_pylist()


def write_batches(file, *batches: Examples) -> None:
    """What another program may write: several record batches."""
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, SCHEMA) as writer:
        for batch in batches:
            image = pa.FixedShapeTensorArray.from_numpy_ndarray(batch.image)
            writer.write_batch(pa.record_batch([image, pa.array(batch.label), batch.example_id], schema=SCHEMA))


def test_what_is_written_is_read_again_with_no_copy(tmp_path):
    write_examples(tmp_path / "train.arrow", examples(30))
    before = pa.total_allocated_bytes()
    found = read_examples(tmp_path / "train.arrow")
    assert pa.total_allocated_bytes() == before
    assert same(found, examples(30)) and len(found) == 30
    assert (found.image.dtype, found.image.shape, found.label.dtype) == (np.uint8, (30, 28, 28), np.uint8)
    assert not found.image.flags.writeable and not found.image.flags.owndata


def test_the_same_examples_are_the_same_bytes_whatever_their_place_in_memory(tmp_path):
    turned = Examples(np.asfortranarray(examples(30).image), examples(30).label, examples(30).example_id)
    for name, each in (("a", examples(30)), ("b", turned)):
        write_examples(tmp_path / name, each)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("sizes", [(), (5,), (5, 1, 4)])
def test_every_record_batch_is_read(tmp_path, sizes):
    starts = np.cumsum([0, *sizes])
    write_batches(tmp_path / "x.arrow", *(examples(n, int(at)) for n, at in zip(sizes, starts, strict=False)))
    assert same(read_examples(tmp_path / "x.arrow"), examples(sum(sizes)))


def test_many_are_written_in_batches_and_only_the_rows_that_are_asked_for_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline_components.data.examples.WHOLE", 20)
    monkeypatch.setattr("pipeline_components.data.examples.BATCH", 8)
    file, whole = tmp_path / "train.arrow", examples(30)
    with examples_writer(file, 30) as writer:
        for start, stop in ((0, 1), (1, 12), (12, 12), (12, 30)):
            rows = np.arange(start, stop)
            writer.add(whole.image[rows], whole.label[rows], [f"train/{i}" for i in rows])
    write_examples(tmp_path / "again.arrow", whole)
    assert file.read_bytes() == (tmp_path / "again.arrow").read_bytes()
    monkeypatch.setattr("pipeline_components.data.examples.MAPPED", 3)
    found = read_examples(file)
    assert pa.ipc.open_file(pa.memory_map(str(file))).num_record_batches == 4
    assert isinstance(found.image, ImagesOnDisk) and found.image.shape == (30, 28, 28) and len(found) == 30
    for rows in (slice(None), slice(5, 19), slice(None, None, 7), slice(40, 50), [29, 0, 8, 8, 7], np.array([], int)):
        np.testing.assert_array_equal(found.image[rows], whole.image[rows])
    np.testing.assert_array_equal(found.image[9], whole.image[9])
    assert same(found.take(np.array([17, 3])), whole.take(np.array([17, 3])))
    assert [(rows, image[:, 0, 0].tolist()) for rows, image in chunks(found.image, 20)] == [
        (slice(0, 20), list(range(20))),
        (slice(20, 30), list(range(20, 30))),
    ]


def test_examples_are_taken_in_the_order_asked_for():
    taken = examples(30).take(np.array([7, 3, 7]))
    assert taken.image[:, 0, 0].tolist() == [7, 3, 7]
    assert taken.label.tolist() == [7, 3, 7]
    assert taken.example_id.to_pylist() == ["train/7", "train/3", "train/7"]


def test_what_is_no_file_of_examples_is_bad_data(tmp_path):
    file = tmp_path / "train.arrow"
    with pytest.raises(BadData, match=r"train\.arrow: not an Arrow file of examples \(.*\): run preprocess again"):
        read_examples(file)
    write_examples(file, examples(3))
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(BadData, match="not an Arrow file of examples"):
        read_examples(file)
    batch = pa.record_batch({"label": pa.array([1], pa.uint8())})
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)
    with pytest.raises(BadData, match=r"columns \['label'\] found, \['image', 'label', 'example_id'\] expected"):
        read_examples(file)
