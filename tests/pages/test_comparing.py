"""Two artifacts side by side."""

from tests.kits.pages import text_of


def test_two_evaluations(root):
    page = text_of(root, "/compare?one=evaluate/1&other=evaluate/2")
    assert "+15.00 points" in page and "on the same 40 test images" in page
    assert "6 newly right" in page and "0 newly wrong" in page
    assert "Facts <small>" in page and "Metrics, each class among them" in page and "blessed" in page


def test_the_form_asks_for_what_is_missing(root):
    page = text_of(root, "/compare?one=evaluate/1")
    assert 'value="evaluate/1"' in page and "newly right" not in page
    assert "They are the same." in text_of(root, "/compare?one=train/1&other=train/1")
