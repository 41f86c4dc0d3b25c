"""Images into digits, over a model of a few operations: which files count, and that a bad image spoils no other."""

import os

import numpy as np
import pytest

from pipeline_components.errors import BadModel
from pipeline_components.predict.recognition import Recognised, Recogniser, columns, images_in, read_images
from tests.kits.images import encoded

tf = pytest.importorskip("tensorflow")


class FirstPixel(tf.Module):
    """Takes PNG files of 28×28; the digit is the first pixel, modulo ten."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="images")])
    def normalise(self, images):
        def read(data):
            return tf.ensure_shape(tf.io.decode_png(data, 1)[..., 0], [28, 28])

        return {"image": tf.map_fn(read, images, fn_output_signature=tf.TensorSpec([28, 28], tf.uint8))}

    @tf.function(input_signature=[tf.TensorSpec([None, 28, 28], tf.uint8, name="images")])
    def recognise(self, images):
        return {"probabilities": tf.one_hot(tf.cast(images[:, 0, 0], tf.int32) % 10, 10)}


@pytest.fixture(scope="module")
def saved_model(tmp_path_factory):
    folder, module = tmp_path_factory.mktemp("saved_model"), FirstPixel()
    tf.saved_model.save(
        module, str(folder), signatures={"normalise": module.normalise, "serving_default": module.recognise}
    )
    return folder


def page(digit: int, side: int = 28) -> bytes:
    pixels = np.full((side, side), 100, np.uint8)
    pixels[0, 0] = 20 + digit
    return encoded(pixels)


@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_images_are_answered_in_order_and_a_bad_one_spoils_no_other(saved_model, batch_size):
    images = [("a", page(3)), ("b", b""), ("c", page(7)), ("d", "cannot be read (gone)"), ("e", page(1, side=5))]
    images += [("f", page(9)), ("g", page(0))]
    batches = list(Recogniser(saved_model).recognise(iter(images), batch_size))
    assert [len(batch) for batch in batches] == {1: [1] * 7, 3: [3, 3, 1], 64: [7]}[batch_size]
    rows = {row.image: row for batch in batches for row in batch}
    assert [(name, row.digit) for name, row in rows.items()] == [
        *(("a", 3), ("b", None), ("c", 7), ("d", None), ("e", None), ("f", 9), ("g", 0)),
    ]
    assert (rows["b"].error, rows["d"].error) == (
        "an empty file; PNG or JPEG expected",
        "cannot be read (gone)",
    )
    assert rows["e"].error == "damaged: its pixels cannot be decoded"
    assert rows["c"].seen.shape == (28, 28) and rows["c"].seen[0, 0] == 27 and rows["c"].seen[1, 1] == 100
    assert rows["c"].confidence == 1.0 and rows["c"].probabilities[7] == 1.0 and rows["b"].confidence is None


def test_a_folder_without_such_a_model_is_refused(tmp_path):
    with pytest.raises(BadModel, match=rf"^{tmp_path}: not a model that reads images \(.*\): export it again$"):
        Recogniser(tmp_path)
    module = FirstPixel()
    tf.saved_model.save(module, str(tmp_path), signatures={"serving_default": module.recognise})
    with pytest.raises(BadModel, match="not a model that reads images"):
        Recogniser(tmp_path)


def test_png_and_jpeg_files_at_any_depth_are_read_by_name_in_order(tmp_path):
    (tmp_path / "b" / "d.png").mkdir(parents=True)
    for name in ("b/2.JPG", "a.jpeg", "c.PNG", "notes.txt", "b/d.png/1.png"):
        (tmp_path / name).write_bytes(name.encode())
    files = images_in(tmp_path)
    names = ["a.jpeg", "b/2.JPG", "b/d.png/1.png", "c.PNG"]
    assert [str(file.relative_to(tmp_path)) for file in files] == names
    assert list(read_images(files, tmp_path)) == [(name, name.encode()) for name in names]
    (gone,) = read_images([tmp_path / "gone.png"])
    assert gone == (str(tmp_path / "gone.png"), "cannot be read (No such file or directory)")


def test_a_name_that_is_no_text_is_spelt_out_so_that_a_table_can_hold_it(tmp_path):
    file = tmp_path / os.fsdecode(b"\xff.png")
    file.write_bytes(b"one")
    assert list(read_images(images_in(tmp_path), tmp_path)) == [("\\udcff.png", b"one")]
    (row,) = columns([Recognised("\\udcff.png", error="an empty file")], 2).to_pylist()
    assert row["image"] == "\\udcff.png"


def test_rows_have_what_was_found_or_why_not():
    probabilities = np.array([0.25, 0.75], np.float32)
    batch = columns([Recognised("a.png", 1, probabilities), Recognised("b.png", error="an empty file")], 2)
    assert batch.to_pylist() == [
        {"image": "a.png", "digit": 1, "confidence": 0.75, "probabilities": [0.25, 0.75], "error": None},
        {"image": "b.png", "digit": None, "confidence": None, "probabilities": None, "error": "an empty file"},
    ]
    assert [str(field.type) for field in batch.schema] == [
        *("string", "uint8", "float", "fixed_size_list<item: float>[2]", "string")
    ]
