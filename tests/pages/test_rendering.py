"""How values are said, and that no text becomes markup."""

from pipeline_components.pages import rendering


def test_values_as_people_read_them():
    assert [rendering.seconds(each) for each in (None, 2.06, 179.7)] == ["–", "2.1 s", "3 min 0 s"]
    assert [rendering.share(each) for each in (None, 0.98063)] == ["–", "98.06 %"]
    assert [rendering.value(each) for each in (None, 1 / 3, ["a", "b"], True)] == ["–", "0.333333", "a; b", "True"]
    assert rendering.value({"low": 0.1, "log": True}) == '{"low": 0.1, "log": true}'
    assert len(rendering.value("x" * 1000)) == 400
    assert "2026-01-31 13:05" in rendering.when("2026-01-31T14:05:00+01:00")
    assert rendering.when("<b>") == "&lt;b&gt;"
    assert rendering.breakable("a_<b>") == "a_<wbr>&lt;b&gt;"


def test_one_is_no_plural():
    assert [rendering.counted(each, "file") for each in (0, 1, 1234)] == ["0 files", "1 file", "1,234 files"]
    assert rendering.counted(1, "line is", "lines are") == "1 line is"


def test_a_verdict_has_a_tone():
    words = ("blessed", "blessed, held back", "refused", "forced", "failed", "no data", None)
    assert [rendering.tone(each) for each in words] == ["good", "good", "bad", "bad", "bad", "plain", "plain"]


def test_what_becomes_part_of_an_address_is_quoted():
    assert rendering.segment("manual__2026-01-01T00:00:00+00:00/x") == "manual__2026-01-01T00%3A00%3A00%2B00%3A00%2Fx"
    assert rendering.query(a="x&y", b="", page=2) == "?a=x%26y&page=2"
    assert rendering.at("train/1") == "/artifacts/train/1"


def test_a_short_word_on_an_artifact_says_its_verdict_once():
    facts = {"verdict": "blessed", "accuracy": 0.98, "accuracy_low": 0.97, "accuracy_high": 0.99}
    assert rendering.in_short("evaluate/1", facts) == "test accuracy 0.9800 · (0.9700 to 0.9900)"
