import os

from pipeline_components.store.notes import NOTED_S, USES
from tests.kits.store import produce, recipe


def test_a_use_is_noted_once_an_hour_and_looked_at_when_asked(here, there, bucket):
    made = produce(here, recipe()).artifact
    assert here.notes.use(made.id) and bucket.list(USES) == [], "its making is as good as a use"
    assert there.notes.use(made.id)
    (noted,) = bucket.list(USES)
    assert there.notes.use(made.id) and bucket.list(USES) == [noted]
    file = there.root / ".remote" / USES / made.id
    os.utime(file, (file.stat().st_mtime - NOTED_S,) * 2)
    assert there.notes.use(made.id) and bucket.list(USES)[0].tag != noted.tag
    bucket.delete("artifacts/train/000000001.json")
    assert there.notes.use(made.id) and not there.notes.use(made.id, look=True)


def test_a_pin_says_when_why_and_by_whom(here, there):
    produce(here, recipe())
    here.notes.pin("train/1", "in the paper", "anna")
    (pin,) = there.notes.pins().values()
    assert there.pinnings("train/1") == [{"action": "pin"} | pin]
    there.unpin("train/1", "it is printed", "bob")
    assert [each["who"] for each in here.pinnings("train/1")] == ["anna", "bob"] and here.pins() == {}
    assert (pin.pop("at")[:2], pin) == ("20", {"why": "in the paper", "who": "anna"})
