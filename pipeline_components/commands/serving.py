"""`digits serve`, `rollback`, `predict`: a served model at work."""

import json as jsonlib
import logging
import os
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from pipeline_components.commands.options import (
    DEFAULT_STORE,
    Amount,
    Count,
    JsonOption,
    StoreOption,
    Text,
    existing,
    note,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pipeline_components.browse.versions import Version
    from pipeline_components.export import ExportConfig
    from pipeline_components.predict.recognition import Recognised
    from pipeline_components.store import Artifact, ServedModel, Store

PREDICT_OPTIONS = ["--model", "--out", "--show", "--store", "--json"]
Port = Annotated[Count, Parameter(validator=Number(lte=65535), help="0 takes any free port.")]
Host = Annotated[str, Parameter(help="Address to listen on; 0.0.0.0 lets other machines in.")]
Feedback = Annotated[Path | None, Parameter(help="Folder to save corrections in; without it the page offers none.")]
AllowedHosts = Annotated[
    list[str] | None,
    Parameter(consume_multiple=True, negative="", help="Names, besides localhost and its address, that it answers to."),
]
Deadline = Annotated[
    Amount, Parameter(validator=Number(gt=0, lte=3600), help="Seconds after which a request is given up.")
]


def serve(
    *,
    host: Host = "127.0.0.1",
    port: Port = 8501,
    feedback: Feedback = None,
    deadline: Deadline = 5.0,
    allowed_hosts: AllowedHosts = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Answer predictions over HTTP, and a page to draw digits on.

    The served model is the newest version in the store; another one takes over as soon as it is pushed, and no
    request is lost. The routes are those of TensorFlow Serving's REST API. Prints its address.
    """
    from pipeline_components.data.exported_model import MODEL_NAME
    from pipeline_components.errors import BadConfig
    from pipeline_components.hosts import listen
    from pipeline_components.serving.answering import Limits
    from pipeline_components.serving.server import serve as serve_folder
    from pipeline_components.store import Store

    stderr = os.fdopen(os.dup(2), "w", buffering=1)  # its own: what TensorFlow says while it loads is not shown
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=stderr)
    where = Store.at(store)
    served = where.served(MODEL_NAME)
    if feedback is not None and feedback.exists() and not feedback.is_dir():
        raise BadConfig(f"--feedback {feedback}: not a folder")
    served.numbers()  # a folder that cannot be listed is told before a server is up
    bound = listen(host, port)
    print(f"http://{f'[{host}]' if ':' in host else host}:{bound.getsockname()[1]}", flush=True)
    if not served.numbers():
        note(f"{store}: no model is served yet: digits run serves one, and this server takes it up by itself")
    names = [host, *(allowed_hosts or [])]
    served.follow()
    serve_folder(served.layout, bound, Limits(deadline_s=deadline), feedback, names, partial(model_of, where, served))


def model_of(store: "Store", served: "ServedModel", version: int) -> dict[str, Any] | None:
    """Which model a served version is, and how good it was on its test images; None where the store does not tell."""
    from pipeline_components.browse.versions import GOODNESS, versions_of
    from pipeline_components.errors import StoreError

    try:
        found = [each for each in versions_of(store, served) if each.number == version and each.model]
    except (StoreError, OSError):
        return None
    return {name: getattr(found[-1], name) for name in ("model", "export", *GOODNESS)} if found else None


def rollback(
    version: Annotated[Count | None, Parameter(help="Which version's bytes; by default the last other model.")] = None,
    /,
    *,
    why: Annotated[Text, Parameter(help="Why, for the journal.")] = "",
    by: Annotated[Text | None, Parameter(help="Who, for the journal; by default who runs this.")] = None,
    store: StoreOption = DEFAULT_STORE,
    json: JsonOption = False,
) -> None:
    """Put an earlier model back into service, as a new version, after loading it and replaying its golden batch.

    The answers must agree within the tolerance that the model was exported with. Prints what is served now.
    The pipeline does not push what was rolled back from again by itself.
    """
    from pipeline_components.browse.versions import versions_of
    from pipeline_components.data.exported_model import MODEL_NAME
    from pipeline_components.store import Store
    from pipeline_components.terminal import wrapped

    existing(store)
    served = Store.at(store).served(MODEL_NAME)

    def must_behave(saved_model: Path) -> None:
        earlier = served.version(int(saved_model.name))  # a version's folder is named for its number
        _must_behave(saved_model, _config_of(store, earlier.export))

    found = served.rollback(version, who=by, why=why, check=must_behave)
    if json:
        print(jsonlib.dumps(asdict(found), default=str))
    else:
        now = next(each for each in versions_of(Store.at(store), served) if each.number == found.number)
        print(wrapped(f"{served_now(now)}, as version {found.origin} was"))


def versions(*, store: StoreOption = DEFAULT_STORE, json: JsonOption = False) -> None:
    """Tell what is served, since when, by whom, why, and how good it is; and what was served before."""
    from pipeline_components.browse.versions import versions_of
    from pipeline_components.commands.tables import print_table, when
    from pipeline_components.data.exported_model import MODEL_NAME
    from pipeline_components.terminal import wrapped

    where = existing(store)
    found = versions_of(where, where.served(MODEL_NAME))
    if json:
        print(jsonlib.dumps([asdict(each) for each in found]))
        return
    current = [each for each in found if each.state == "served"]
    print(wrapped(served_now(current[-1]) if current else f"{store}: no model is served yet: digits run serves one"))
    rows = [
        (str(each.number), each.state, each.action, when(each.at), each.export or "", each.model or "", _accuracy(each))
        for each in found
    ]
    below = [[f"by {each.who}{f': {each.why}' if each.why else ''}"] for each in found]
    if rows:
        print()
    print_table(("version", "state", "action", "since", "export", "model", "accuracy"), rows, below=below)


def served_now(version: "Version") -> str:
    """`digits/4 is served: export/1 of train/2, test accuracy 0.8980, since 2026-11-25 09:42 by digits run`."""
    from pipeline_components.commands.tables import when
    from pipeline_components.data.exported_model import MODEL_NAME

    model = f" of {version.model}, test accuracy {_accuracy(version)}" if version.model else ""
    return (
        f"{MODEL_NAME}/{version.number} is served: {version.export}{model}, since {when(version.at)} by {version.who}"
    )


def _accuracy(version: "Version") -> str:
    return "unknown" if version.accuracy is None else f"{version.accuracy:.4f}"


def _must_behave(saved_model: Path, config: "ExportConfig") -> None:
    """Demand what the model must do. Its budgets were met when it was exported: a busy machine blocks no rollback."""
    from pipeline_components.errors import BadModel
    from pipeline_components.export.infra_validation import validate
    from pipeline_components.quiet import import_tensorflow

    import_tensorflow()
    if reasons := validate(saved_model, None, config).reasons("behaviour"):
        raise BadModel(f"{saved_model}: not rolled back to: {'; '.join(reasons)}")


def _config_of(store: Path, export: str) -> "ExportConfig":
    """What a model was exported with; where its artifact no longer tells, the defaults, which is said on stderr."""
    from pipeline_components.errors import StoreError, first_line
    from pipeline_components.export.config import ExportConfig
    from pipeline_components.store import Store

    try:
        return ExportConfig(**Store.at(store).artifact(export).manifest.config)
    except (StoreError, ValueError) as error:
        config = ExportConfig()
        print(
            f"digits: {first_line(error)}: checked with the default tolerance, {config.golden_tolerance}",
            file=sys.stderr,
        )
        return config


def predict(
    images: Annotated[
        tuple[str, ...], Parameter(help="Files, folders, globs, or - for standard input.", allow_leading_hyphen=True)
    ],
    /,
    *,
    model: Annotated[str | None, Parameter(help="An export's id; the served model when not given.")] = None,
    out: Annotated[Path | None, Parameter(help="Write .csv or .parquet instead of printing; prints its name.")] = None,
    show: Annotated[Path | None, Parameter(help="Draw the images as the network saw them into this PNG.")] = None,
    store: StoreOption = DEFAULT_STORE,
    json: JsonOption = False,
) -> None:
    """Recognise the digit on each image: PNG or JPEG (gray, colour or CMYK) of any size, dark on light or not.

    An image that cannot be read gets a line on stderr, the others are answered, and the exit code is 2.
    """
    from pipeline_components.commands.predicting import files_of, images_of, results
    from pipeline_components.errors import BadConfig, BadData, nearest
    from pipeline_components.predict.contact_sheet import MOST, write_contact_sheet
    from pipeline_components.predict.recognition import Recogniser
    from pipeline_components.quiet import import_tensorflow

    for name in images:
        if name.startswith("-") and name != "-":
            raise BadConfig(f"unknown option {name}{nearest(name, PREDICT_OPTIONS)}")
    saved_model, classes = _model(store, model)
    files = files_of(images)
    writer = results(out, classes, as_json=json)
    import_tensorflow()
    recogniser = Recogniser(saved_model)
    shown: list[Recognised] = []
    unreadable = 0
    with writer:
        for row in _followed(recogniser.recognise(images_of(files), 64), len(files), writer.write):
            unreadable += row.error is not None
            shown += [row] if show and len(shown) < MOST else []
    if show:
        write_contact_sheet(show, shown, classes)
    if unreadable:
        raise BadData(f"{unreadable} of {len(files)} images could not be read")


def _followed(
    batches: "Iterable[list[Recognised]]", total: int, write: "Callable[[list[Recognised]], None]"
) -> "Iterator[Recognised]":
    """Write each batch and give its rows, with a bar on stderr, and a line there for each image that has an error."""
    from rich.console import Console
    from rich.progress import Progress

    from pipeline_components.errors import escaped

    stderr = Console(stderr=True, highlight=False, markup=False, emoji=False)
    with Progress(console=stderr, transient=True, disable=total < 64 or not stderr.is_terminal) as bar:
        task = bar.add_task("recognising", total=total)
        for rows in batches:
            write(rows)
            for row in rows:
                if row.error is not None:
                    bar.console.print(f"{escaped(row.image)}: {row.error}", soft_wrap=True)
            yield from rows
            bar.advance(task, len(rows))


def _model(store: Path, export: str | None) -> tuple[Path, list[str]]:
    """The SavedModel's folder and its classes' names: of an export artifact, or of what is served."""
    from pipeline_components.data.exported_model import IDENTITY_FILE, MODEL_NAME
    from pipeline_components.errors import ArtifactNotFound, BadConfig
    from pipeline_components.store import Store

    if export is None:
        version = Store.at(store).served(MODEL_NAME).bring()
        if version is None:
            raise ArtifactNotFound(f"{store}: no model is served yet: run `digits run` first, or name one with --model")
        return version.path, _classes(Store.at(store).artifact(version.export))
    artifact = Store.at(store).artifact(export)
    if IDENTITY_FILE not in artifact.manifest.files:
        raise BadConfig(f"--model: {artifact.id} found, an artifact of export expected")
    return artifact.path / "saved_model", _classes(artifact)


def _classes(export: "Artifact") -> list[str]:
    """The names of what an export tells apart, the bytes of the file that says so checked first."""
    from pipeline_components.data.exported_model import IDENTITY_FILE, Identity

    return Identity.read(export.intact(IDENTITY_FILE).parent).classes
