"""What every component's config is: checked when it is made, and the same ever after."""

import pytest
from pydantic import ValidationError

from pipeline_components.config import Config, Probability


class Bar(Config):
    """A config of one share and one number."""

    share: Probability = 0.5
    loss: float = 1.0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"shaer": 0.5}, "Extra inputs are not permitted"),
        ({"share": 1.01}, "less than or equal to 1"),
        ({"share": -0.01}, "greater than or equal to 0"),
        ({"loss": float("nan")}, "finite number"),
        ({"loss": float("inf")}, "finite number"),
    ],
)
def test_a_wrong_name_or_value_is_refused(given, said):
    with pytest.raises(ValidationError, match=said):
        Bar(**given)


def test_both_ends_of_a_share_are_shares():
    assert (Bar(share=0).share, Bar(share=1).share) == (0, 1)


def test_a_config_never_changes_and_equal_ones_are_one():
    bar = Bar()
    with pytest.raises(ValidationError, match="frozen"):
        bar.share = 0.1
    assert {Bar(share=0.25), Bar(share=0.25), bar} == {Bar(share=0.25), Bar()}
