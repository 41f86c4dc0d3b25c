"""What several verbs share: the store that must be there, and what is said beside a result."""

import pytest

from pipeline_components.commands.options import existing, note
from pipeline_components.errors import StoreError


def test_a_store_is_a_folder_that_is_there(tmp_path):
    assert existing(tmp_path).root == tmp_path
    (tmp_path / "file").touch()
    for name in ("file", "typo"):
        with pytest.raises(StoreError, match=f"{name}: no store there: digits run makes one"):
            existing(tmp_path / name)


def test_a_note_is_no_result(capsys):
    note("no run yet")
    assert capsys.readouterr() == ("", "digits: no run yet\n")
