"""A canary that falls says who relies on what, and what to do."""

import pytest

from tests.kits.canaries import canary


def test_a_fallen_canary_names_the_file_the_version_and_the_choice():
    @canary("numpy", "class DigitsError", "count by hand")
    def fallen():
        assert sum([1]) == 2

    with pytest.raises(
        AssertionError, match=r"^numpy \d.* what pipeline_components/errors\.py needs .*: count by hand$"
    ):
        fallen()


def test_a_canary_of_what_nobody_uses_falls_too():
    @canary("numpy", "no such words", "count by hand")
    def idle():
        pass

    with pytest.raises(AssertionError, match="delete this canary"):
        idle()
