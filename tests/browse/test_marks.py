"""What is pinned, served, or was."""

from pipeline_components.browse.marks import marks_of
from pipeline_components.store import Store
from pipeline_components.store.pins import pin
from tests.kits.store import produce, recipe, served


def test_marks(tmp_path):
    store = Store(tmp_path)
    produce(store, recipe("train"))
    served(store, 2)
    pin(tmp_path, "train/1")
    assert marks_of(store) == {"train/1": "pinned", "export/1": "was version 1", "export/2": "SERVED NOW, version 2"}
