"""A verb of the command line in this process, and what it said."""

import json

from pipeline_components.cli import main


def said(capsys, *arguments: str, code: int = 0) -> str:
    assert main(list(arguments)) == code
    out, err = capsys.readouterr()
    assert (code == 0) == (err == "") and err.count("\n") == (code != 0)
    return out if code == 0 else err


def said_json(capsys, *arguments: str):
    return json.loads(said(capsys, *arguments, "--json"))
