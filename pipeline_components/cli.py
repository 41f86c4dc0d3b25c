"""The `digits` command: its verbs by name, loaded when called, and what each kind of failure exits with."""

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from cyclopts import App, CycloptsError

from pipeline_components.chain.components import COMPONENTS
from pipeline_components.errors import BadConfig, DigitsError

HELP = """Retrain, judge, inspect and serve a recogniser of handwritten digits.

The result goes to stdout, everything else to stderr. Exit codes: 0 done; 1 a bug, with its traceback;
2 bad usage or input, in one line; 3 refused by the gate. A value of @FILE is that file's content.
"""
VERBS = (
    ("Pipeline", "components", {"run": "The whole chain, without Airflow."}),
    (
        "Artifacts",
        "inspect",
        {
            "ls": "What is in the store.",
            "show": "One artifact: manifest, facts, files, a look inside.",
            "lineage": "What it was made from, and what was made from it.",
            "diff": "How two artifacts differ, and why.",
            "runs": "What the pipeline's runs made and decided.",
            "open": "The report in a browser.",
        },
    ),
    (
        "Artifacts",
        "keeping",
        {
            "verify": "Every byte against its manifest.",
            "pin": "Keep an artifact for good.",
            "unpin": "Let a pinned artifact go.",
            "gc": "What retention would delete; --delete deletes it.",
        },
    ),
    (
        "Again",
        "again",
        {
            "explain": "What a run would reuse and make, and why.",
            "reproduce": "Make an artifact again elsewhere and compare.",
            "replay": "One step of a recorded run again.",
        },
    ),
    (
        "Serving",
        "serving",
        {
            "predict": "Digits on images: files, folders, stdin.",
            "serve": "HTTP server and drawing page for the served model.",
            "versions": "What is served, since when and why; and what was.",
            "rollback": "Put an earlier model back into service.",
        },
    ),
)


def verbs() -> Iterator[tuple[str, str, str, str]]:
    """Group, module, name and summary of each verb; a component's is made from the table, unless it has one above."""
    own = {verb for _, _, summaries in VERBS for verb in summaries}
    for group, module, summaries in VERBS:
        yield from ((group, module, verb, summary) for verb, summary in summaries.items())
        if group == "Pipeline":
            yield from ((group, module, each.name, each.doc) for each in COMPONENTS.values() if each.name not in own)


app = App(name="digits", help=HELP, version="0.1.0", help_format="plaintext", result_action="return_value")
for group, module, verb, summary in verbs():
    target = f"pipeline_components.commands.{module}:{verb}"
    app.command(target, name=verb, group=group, help=summary, sort_key=len(app._commands))


def main(arguments: Sequence[str] | None = None, command: App = app) -> int:
    """Run one verb; returns the exit code."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's banners are no news to anyone
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    logging.captureWarnings(True)
    try:
        command(
            [_content(each) for each in (sys.argv[1:] if arguments is None else arguments)],
            exit_on_error=False,
            print_error=False,
        )
    except CycloptsError as error:
        return _fail(_usage(error), 2)
    except DigitsError as error:
        return _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _fail("interrupted", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has seen enough
    return 0


def _content(argument: str) -> str:
    """What an argument stands for: `@schema.json` is that file's content."""
    if not argument.startswith("@"):
        return argument
    try:
        return Path(argument[1:]).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(f"{argument}: no such file can be read: {error}") from None


def _usage(error: CycloptsError) -> str:
    from pydantic import ValidationError  # here: pydantic doubles the start of a command

    from pipeline_components.chain.config import in_one_line

    if isinstance(error.__cause__, ValidationError):
        return in_one_line(error.__cause__)
    return " ".join(str(error).split())


def _fail(message: str, code: int) -> int:
    print(f"digits: {' '.join(message.split())}", file=sys.stderr)
    return code
