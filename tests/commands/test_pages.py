"""`digits ui` of a store that is not there; a server that runs is in tests/pages/test_server.py."""

import pytest

from pipeline_components.commands.pages import ui
from pipeline_components.errors import StoreError


def test_a_store_that_is_not_there_is_told_before_a_server_is_up(tmp_path):
    with pytest.raises(StoreError, match="no store there"):
        ui(store=tmp_path / "none", port=0)
