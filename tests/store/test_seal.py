"""Sealed files show every change."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_components.errors import StoreError
from pipeline_components.store.seal import seal, unseal

JSON = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False, allow_infinity=False)
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(max_size=8), JSON | st.dictionaries(st.text(max_size=4), JSON), max_size=5), st.data())
def test_a_sealed_file_comes_back_as_it_was_and_shows_any_changed_byte(body, data):
    body = {"format": 1} | {name: value for name, value in body.items() if name not in ("format", "checksum")}
    raw = bytearray(seal(body))
    assert unseal(bytes(raw), "x") == body
    position = data.draw(st.integers(0, len(raw) - 1))
    raw[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(StoreError, match=r"^x: "):
        unseal(bytes(raw), "x")
