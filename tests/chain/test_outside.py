"""What counts of a folder of images: the names and bytes of the images in it, and nothing else."""

import shutil

import pytest

from pipeline_components.chain.outside import images_digest
from pipeline_components.errors import BadData


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "images"
    (folder / "more").mkdir(parents=True)
    (folder / "1.png").write_bytes(b"one")
    (folder / "more" / "2.JPG").write_bytes(b"two")
    return folder


def test_a_copy_elsewhere_and_files_that_are_no_images_change_nothing(images, tmp_path):
    before = images_digest(images)
    copy = shutil.copytree(images, tmp_path / "copy")
    (copy / "notes.txt").write_text("x")
    assert images_digest(copy) == before and len(before) == 64


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "1.png").write_bytes(b"two"),
        lambda folder: (folder / "1.png").rename(folder / "3.png"),
        lambda folder: (folder / "more" / "2.JPG").rename(folder / "2.JPG"),
        lambda folder: (folder / "more" / "2.JPG").unlink(),
        lambda folder: (folder / "3.jpeg").write_bytes(b""),
        lambda folder: [(folder / name).write_bytes(raw) for name, raw in (("1.png", b"two"), ("more/2.JPG", b"one"))],
    ],
    ids=["bytes", "name", "folder", "removed", "added", "exchanged"],
)
def test_any_change_of_an_image_is_seen(images, change):
    before = images_digest(images)
    change(images)
    assert images_digest(images) != before


def test_no_folder_and_no_image_are_one_line(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    for folder in (tmp_path, tmp_path / "none", tmp_path / "notes.txt"):
        with pytest.raises(BadData, match=rf"^{folder}: no PNG or JPEG in it$"):
            images_digest(folder)
