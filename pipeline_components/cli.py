"""The `digits` command: its verbs by name, loaded when called, and what each kind of failure exits with."""

import logging
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from io import TextIOWrapper

from cyclopts import App, CycloptsError, Group, Parameter

from pipeline_components.chain.components import COMPONENTS
from pipeline_components.errors import BadConfig, DigitsError, of_the_system, printable
from pipeline_components.json_files import TooDeep, parse_json
from pipeline_components.regular_files import read_regular
from pipeline_components.terminal import wrapped

NARROWEST, WIDEST = 40, 500  # columns
LARGEST_ARGUMENT_BYTES = 1_000_000
HELP = """Retrain, judge, inspect and serve a recogniser of handwritten digits.

The result goes to stdout, everything else to stderr. A value of @FILE is that file's content.

Exit codes: 0 done; 1 a bug, with its traceback; 2 bad usage or input, in one line; 3 refused by the gate, or not yet
approved by a person.
"""
VERBS = (
    ("Pipeline", "components", {"run": "The whole chain, without Airflow."}),
    ("Pipeline", "tuning", {"tune": "Search a network's parameters."}),
    ("Pipeline", "approving", {"approve": "A person lets a model be served, or does not."}),
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
    ("Artifacts", "pages", {"ui": "All of this as pages in a browser, on this machine."}),
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
        "Artifacts",
        "moving",
        {
            "push": "A store into the bucket of DIGITS_REMOTE.",
            "pull": "Artifacts of the bucket onto this machine.",
            "sync": "What the bucket knows, and it of this machine.",
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
EXAMPLES = {
    "run": "run --dataset mnist_sample --epochs 3",
    "approve": 'approve evaluate/1 --by anna --reason "read its mistakes"',
    "tune": "tune --network mlp --trials 12 --minutes 10",
    "ls": "ls evaluate --verdict refused",
    "show": "show train/1 --file history.parquet",
    "lineage": "lineage export/1",
    "diff": "diff evaluate/1 evaluate/2",
    "runs": "runs --limit 5",
    "open": "open evaluate/1",
    "ui": "ui --port 8502",
    "verify": "verify export/1",
    "pin": 'pin train/1 --why "in the paper"',
    "unpin": "unpin train/1",
    "gc": "gc --keep 5 --delete",
    "push": "push --store artifacts",
    "pull": "pull export/1",
    "sync": "sync",
    "explain": "explain --epochs 5",
    "reproduce": "reproduce train/1",
    "replay": "replay latest train --debug",
    "predict": "predict tests/seven.png",
    "serve": "serve --port 8501 --feedback corrections",
    "versions": "versions --json",
    "rollback": 'rollback --why "users prefer the old one"',
}  # of the other verbs, which are the components', --force


def verbs() -> Iterator[tuple[str, str, str, str]]:
    """Group, module, name and summary of each verb; a component's is made from the table, unless it has one above."""
    own = {verb for _, _, summaries in VERBS for verb in summaries}
    for group, module, summaries in VERBS:
        yield from ((group, module, verb, summary) for verb, summary in summaries.items())
        if module == "components":
            yield from ((group, module, each.name, each.doc) for each in COMPONENTS.values() if each.name not in own)


app = App(
    name="digits",
    help=HELP,
    version="0.1.0",
    help_format="plaintext",
    result_action="return_value",
    default_parameter=Parameter(negative_iterable=()),  # no --empty-force
)
groups = {name: Group.create_ordered(name) for name, _, _ in VERBS}
for group, module, verb, summary in verbs():
    target, example = f"pipeline_components.commands.{module}:{verb}", EXAMPLES.get(verb, f"{verb} --force")
    app.command(
        target,
        name=verb,
        group=groups[group],
        help=f"{summary}\n\nExample: digits {example}",
        sort_key=len(app._commands),
    )
app.register_install_completion_command(help="Let the shell complete verbs and flags: bash, zsh or fish.")


def main(arguments: Sequence[str] | None = None, command: App = app) -> int:
    """Run one verb; returns the exit code."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's banners are no news to anyone
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    logging.captureWarnings(True)
    _widen()
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # what no encoding can say, such as half a surrogate pair
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
    except OSError as error:
        return _fail(of_the_system(error), 2)
    return 0


def _widen() -> None:
    """Let help and tables have a width that they can be laid out in, whatever COLUMNS or the terminal says."""
    columns = shutil.get_terminal_size().columns
    within = min(max(columns, NARROWEST), WIDEST)
    if "COLUMNS" in os.environ or columns != within:
        os.environ["COLUMNS"] = str(within)


def _content(argument: str) -> str:
    """What an argument stands for: `@schema.json` is that file's content. JSON in either is no bomb."""
    text = _of_file(argument) if argument.startswith("@") else argument
    if text.lstrip().startswith(("{", "[")):
        try:
            parse_json(text)
        except TooDeep as error:
            raise BadConfig(f"{text[:20]}…: {error}") from None
        except ValueError:
            pass  # the flag that it belongs to says more
    return text


def _of_file(argument: str) -> str:
    try:
        text = read_regular(argument[1:], LARGEST_ARGUMENT_BYTES, follow=True).decode()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise BadConfig(f"{argument}: no such file can be read: {why}") from None
    if "\0" in text:
        raise BadConfig(f"{argument}: a byte 0 found, text expected")
    return text


def _usage(error: CycloptsError) -> str:
    from pydantic import ValidationError  # here: pydantic doubles the start of a command

    from pipeline_components.chain.config import in_one_line

    return in_one_line(error.__cause__) if isinstance(error.__cause__, ValidationError) else str(error)


def _fail(message: str, code: int) -> int:
    print(wrapped(f"digits: {printable(message)}", stream=sys.stderr), file=sys.stderr)
    return code
