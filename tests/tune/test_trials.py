"""study.json: written, read, refused, and its digest."""

import pytest

from pipeline_components.errors import BadData
from pipeline_components.tune.trials import Trial, digest_of, has_model, read_trials, write_trials


def trial(number: int = 0, **told) -> Trial:
    common = {"state": "complete", "parameters": {"seed": number}, "epochs": 3, "reason": "", "elapsed_s": 1.0}
    return {"number": number, "validation_loss": 0.5, "validation_accuracy": 0.9, **common, **told}


def test_trials_are_read_as_they_were_written_in_the_order_of_their_numbers(tmp_path):
    write_trials([trial(1), trial(0)], tmp_path)
    assert read_trials(tmp_path) == [trial(0), trial(1)]
    assert has_model(trial(state="pruned")) and not has_model(trial(state="failed"))


@pytest.mark.parametrize(
    "content",
    ["{}", '{"trials": 3}', '{"trials": [{}]}', "no JSON"],
)
def test_any_other_file_is_refused(tmp_path, content):
    (tmp_path / "study.json").write_text(content)
    with pytest.raises(BadData, match=r"study\.json: "):
        read_trials(tmp_path)


@pytest.mark.parametrize("wrong", [{"state": "great"}, {"epochs": "3"}, {"validation_loss": 1}, {"parameters": []}])
def test_a_field_of_another_type_is_refused(tmp_path, wrong):
    write_trials([trial(**wrong)], tmp_path)
    with pytest.raises(BadData, match="no list of trials as a search writes it"):
        read_trials(tmp_path)


def test_the_digest_is_of_all_but_the_seconds():
    assert digest_of([trial()]) == digest_of([trial(elapsed_s=7.0)])
    assert digest_of([trial()]) != digest_of([trial(epochs=4)])
