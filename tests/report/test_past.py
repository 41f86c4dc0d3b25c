"""Earlier evaluations, read from their folders."""

import pytest

from pipeline_components.errors import BadData
from pipeline_components.report.past import past_run
from tests.kits.evaluations import past, past_evaluation, put


def test_a_past_run_is_what_its_folder_says_and_a_forced_model_stays_forced(tmp_path):
    runs = past(3)
    assert [past_run(past_evaluation(tmp_path, run)) for run in runs] == runs
    assert [run["verdict"] for run in runs] == ["blessed", "refused", "forced"]


def test_a_folder_without_a_manifest_goes_by_its_name(tmp_path):
    evaluation = past_evaluation(tmp_path, past(1)[0])
    (evaluation / "artifact.json").unlink()
    found = past_run(evaluation)
    assert (found["evaluation"], found["model"], found["made_at"], found["elapsed_s"]) == ("1", None, None, None)


@pytest.mark.parametrize("file", ["metrics.json", "blessing.json"])
def test_a_damaged_file_is_one_line(tmp_path, file):
    evaluation = past_evaluation(tmp_path, past(1)[0])
    put(evaluation / file, [])
    with pytest.raises(BadData, match=file):
        past_run(evaluation)
