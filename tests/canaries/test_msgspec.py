"""msgspec: JSON that waits, and the words of its errors."""

from functools import partial

import pytest

from tests.kits.canaries import canary

msgspec = pytest.importorskip("msgspec")
relied_on = partial(canary, "msgspec")


@relied_on("`array`", "translate the new words: an error's reader knows JSON, not Python")
@pytest.mark.parametrize(("kind", "word"), [(int, "`int`"), (list, "`array`"), (dict, "`object`")])
def test_errors_name_types_by_these_words(kind, word):
    with pytest.raises(msgspec.ValidationError, match=rf"Expected {word}, got `str` - at `\$\[0\]`"):
        msgspec.json.decode(b'["text"]', type=list[kind])


@relied_on("msgspec.Raw", "decode a request twice: once for its signature, once for its images")
def test_a_raw_field_waits_and_an_absent_one_is_unset():
    class Body(msgspec.Struct):
        inputs: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET

    assert bytes(msgspec.json.decode(b'{"inputs": [1,  2]}', type=Body).inputs) == b"[1,  2]"
    assert msgspec.json.decode(b"{}", type=Body).inputs is msgspec.UNSET
