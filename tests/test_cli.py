"""The command line: exit codes, one line per mistake, and nothing written by one."""

import json
import re
import shlex

import pytest

from pipeline_components.chain.components import COMPONENTS
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.cli import app, main, verbs


def one_line(result) -> str:
    lines = [line for line in result.stderr.splitlines() if line.startswith("digits: ")]
    assert len(lines) == 1, result.stderr
    assert result.stderr.endswith(lines[0] + "\n")
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    return lines[0]


MISTAKES = [
    (("run", "--dataset", "mnits"), "did you mean 'mnist'"),
    (("run", "--epohcs", "3"), "Did you mean --epochs?"),
    (("rnu",), 'Did you mean "run"?'),
    (("run", "--epochs", "0"), "epochs: '0' found, input should be greater than or equal to 1"),
    (("run", "--epochs", "many"), "epochs: 'many' found"),
    (("run", "--epochs"), "--epochs requires an argument"),
    (("run", "--learning-rate", "nan"), "learning_rate: 'nan' found, input should be a finite number"),
    (("run", "--learning-rate", "inf"), "learning_rate: 'inf' found, input should be a finite number"),
    (("run", "--learning-rate", "-1"), "learning_rate: '-1' found, input should be greater than 0"),
    (("run", "--network", "mlpp"), "network: unknown name 'mlpp'; did you mean 'mlp'?"),
    (
        ("run", "--validation-fraction", "0.9"),
        "validation_fraction: '0.9' found, input should be less than or equal to 0.5",
    ),
    (("run", "--force", "trian"), "did you mean 'train'"),
    (("run", "--data-schema", "@absent.json"), "@absent.json: no such file can be read"),
    (("run", "--data-schema", "{"), "Invalid value for --data-schema: JSONDecodeError"),
    (("train", "--examples", "preprocess/99"), "preprocess/99: no such artifact"),
    (("train", "--examples", "../../etc/passwd"), "'../../etc/passwd': not an artifact id"),
    (("train", "--examples", "ingest/1"), "ingest/1 found, an artifact of preprocess expected"),
    (("evaluate", "--model", "train"), "'train': not an artifact id"),
    (("show", "train/0"), "'train/0': not an artifact id"),
    (("show", "train/99"), "train/99: no such artifact"),
]


@pytest.mark.parametrize(
    ("arguments", "said"), MISTAKES, ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_a_mistake_is_one_line_and_exit_2_and_writes_nothing(digits, arguments, said):
    before = digits.files()

    assert said in one_line(digits(*arguments, rc=2))
    assert digits.files() == before


def test_a_store_that_cannot_be_written_is_named(digits, tmp_path):
    (tmp_path / "file").touch()

    for store in (f"{tmp_path}/file", "/proc/store"):
        said = one_line(digits("ingest", "--dataset", "mnist_sample", "--store", store, rc=2))
        assert said.startswith(f"digits: {store}: ") and said.endswith(" while publishing: check the store's folder")


def test_an_empty_store_says_what_to_run_first(digits, tmp_path):
    said = one_line(digits("train", "--store", str(tmp_path / "empty"), rc=2))

    assert said.endswith("no preprocess artifact yet: run `digits preprocess` first")


def test_help_names_every_verb(capsys):
    assert main(["--help"]) == 0
    text = " ".join(capsys.readouterr().out.replace("│", " ").split())

    known = list(verbs())
    assert len(known) >= 23 and {*COMPONENTS} <= {verb for _, _, verb, _ in known}
    for _, _, verb, summary in known:
        assert f" {verb} {summary} " in text


def helped(capsys, *arguments: str) -> str:
    assert main([*arguments, "--help"]) == 0
    return capsys.readouterr().out


def titles(page: str) -> list[str]:
    return re.findall(r"^╭─ (\w+) ─", page, re.MULTILINE)


def test_help_is_in_the_order_of_the_work_and_in_the_forms_sections(capsys):
    assert titles(helped(capsys)) == ["Commands", "Pipeline", "Artifacts", "Again", "Serving"]
    sections = [name.capitalize() for name in PipelineConfig.models()]
    assert titles(helped(capsys, "run")) == ["Parameters", *sections] == titles(helped(capsys, "explain"))


@pytest.mark.parametrize("verb", [verb for _, _, verb, _ in verbs()])
def test_a_verbs_help_has_an_example_that_can_be_typed_and_no_flag_that_nobody_needs(capsys, verb):
    page = helped(capsys, verb)
    assert "--empty" not in page
    (example,) = re.findall(r"^Example: digits (.*)$", page, re.MULTILINE)
    assert example.startswith(verb)
    app.parse_args(shlex.split(example), exit_on_error=False, print_error=False)


def test_the_shell_completes_every_verb(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main(["--install-completion", "--shell", "bash"]) == 0
    assert ".bashrc" in capsys.readouterr().out
    (script,) = (tmp_path / ".local").rglob("digits")
    written = script.read_text()
    assert all(re.search(rf"\b{verb}\b", written) for _, _, verb, _ in verbs()) and "--champion-alpha" in written


def test_a_value_is_read_from_a_file(digits, tmp_path):
    schema = json.loads((digits.store / "preprocess/1/schema.json").read_text())
    schema["classes"] = schema["classes"][:9]
    (tmp_path / "schema.json").write_text(json.dumps(schema))

    result = digits("preprocess", "--data-schema", f"@{tmp_path / 'schema.json'}", rc=2)
    assert "train: 400 labels outside of 0 to 8: 9 (train/" in result.stderr.splitlines()[-1]
