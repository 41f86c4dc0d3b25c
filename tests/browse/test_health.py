"""The health of a store at the cost of a list."""

from pipeline_components.browse.health import health_of
from pipeline_components.store import Store
from tests.kits.store import chain


def test_shares_damage_and_the_last_verification(tmp_path):
    store = Store(tmp_path)
    chain(store)
    assert health_of(store).verified is None
    store.verify()
    found = health_of(store)
    assert {each.component: each.artifacts for each in found.shares} == dict.fromkeys(
        ("ingest", "preprocess", "train", "export"), 1
    )
    assert found.size_bytes == sum(each.manifest.size_bytes for each in store.artifacts())
    assert (found.artifacts, found.damaged, found.verified.problems) == (4, [], 0)
    (tmp_path / "train/1/artifact.json").write_text("{}")
    assert len(health_of(store).damaged) == 1 and store.verify() != []
    assert health_of(store).verified.problems == 1
