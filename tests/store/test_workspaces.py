"""What a killed attempt leaves to the next: there until the artifact is, and not for ever."""

import os
import time

from pipeline_components.store.workspaces import drop, drop_idle, workspace_of
from tests.kits.store import produce, recipe


def test_each_recipe_has_its_own_and_loses_it_when_the_artifact_is_there(store):
    one, other = recipe(config={"a": 1}), recipe(config={"a": 2})
    for each in (one, other):
        store.workspace(each).mkdir(parents=True)
    produce(store, one)
    assert not store.workspace(one).exists() and store.workspace(other).is_dir()
    assert store.verify() == []


def test_one_that_is_idle_for_a_week_goes(tmp_path):
    fresh, stale, growing = (workspace_of(tmp_path, key) for key in ("fresh", "stale", "growing"))
    for each in (fresh, stale, growing):
        (each / "part").mkdir(parents=True)
        (each / "part" / "journal").touch()
    eight_days_ago = time.time() - 8 * 86_400
    for path in (stale / "part" / "journal", stale / "part", stale, growing / "part", growing):
        os.utime(path, (eight_days_ago, eight_days_ago))
    drop_idle(tmp_path)
    assert fresh.is_dir() and growing.is_dir() and not stale.exists()
    drop(tmp_path, stale)  # which is gone
