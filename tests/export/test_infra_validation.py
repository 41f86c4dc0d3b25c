"""The process that loads an export: when it dies or hangs, that is a failed check."""

from pipeline_components.export import ExportConfig, infra_validation
from pipeline_components.export.checks import Check


def checks_of(validator, tmp_path) -> list[Check]:
    return validator.validate(tmp_path / "saved_model", tmp_path / "model.tflite", ExportConfig()).checks


def test_a_validator_that_dies_is_a_failed_check(tmp_path):
    with infra_validation.Validator() as validator:
        validator.process.kill()
        (check,) = checks_of(validator, tmp_path)
    assert check.kind == "behaviour" and not check.passed
    assert check.reason == "validator: exit code -9 (no message) found, exit code 0 required"


def test_a_validator_that_hangs_is_a_failed_check_and_leaves_no_process(tmp_path, monkeypatch):
    monkeypatch.setattr(infra_validation, "DEADLINE_S", 0.01)
    with infra_validation.Validator() as validator:
        (check,) = checks_of(validator, tmp_path)
    assert check.reason == "validator: none found, an answer within 0.01 s required"
    assert validator.process.poll() is not None


def test_a_folder_without_an_export_fails_in_words(tmp_path):
    with infra_validation.Validator() as validator:
        saved_model, tflite, memory = checks_of(validator, tmp_path)
    assert not saved_model.passed and "golden.arrow: no golden batch" in saved_model.observed
    assert not tflite.passed and "model.tflite" in tflite.observed
    assert memory.passed and memory.kind == "budget"


def test_the_size_of_a_folder_is_that_of_all_its_files(tmp_path):
    (tmp_path / "variables").mkdir()
    (tmp_path / "saved_model.pb").write_bytes(bytes(100))
    (tmp_path / "variables" / "data").write_bytes(bytes(23))
    assert infra_validation.folder_bytes(tmp_path) == 123
