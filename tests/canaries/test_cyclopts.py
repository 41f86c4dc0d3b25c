"""cyclopts: verbs that load when they are called, and what is behind a refusal."""

import sys
from functools import partial
from typing import Annotated

import pytest
from cyclopts import App, CycloptsError, Parameter
from pydantic import BaseModel, Field, ValidationError

from tests.kits.canaries import canary

relied_on = partial(canary, "cyclopts")


class Config(BaseModel):
    epochs: int = Field(20, ge=1)


def train(*, config: Annotated[Config, Parameter(name="*")] = Config()) -> int:  # noqa: B008
    return config.epochs


@pytest.fixture
def app():
    made = App(result_action="return_value")
    made.command(train)
    return made


@relied_on("app._commands", "count the verbs with enumerate, for sort_key")
def test_commands_are_counted_as_they_are_added(app):
    before = len(app._commands)
    app.command(train, name="again")
    assert len(app._commands) == before + 1


@relied_on("app.command(", "import the verb inside a function of its own in cli.py")
def test_a_command_given_as_text_is_imported_when_it_is_called(app, monkeypatch, tmp_path):
    (tmp_path / "cyclopts_verbs.py").write_text("def verb(number: int):\n    return number + 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    app.command("cyclopts_verbs:verb", name="add")
    assert "cyclopts_verbs" not in sys.modules
    assert app(["add", "3"]) == 4


@relied_on('result_action="return_value"', "take the exit code from what the app raises")
def test_the_app_gives_what_the_verb_returned(app):
    assert app(["train", "--epochs", "5"]) == 5


@relied_on("error.__cause__", "print cyclopts' own message, of several lines")
def test_behind_a_refused_model_is_pydantics_error(app):
    with pytest.raises(CycloptsError) as refused:
        app(["train", "--epochs", "0"], exit_on_error=False, print_error=False)
    assert isinstance(refused.value.__cause__, ValidationError)
    assert refused.value.__cause__.errors()[0]["loc"] == ("epochs",)
