"""The report's section on making the same model again: what the manifests beside the inputs say."""

import json
import shlex
from dataclasses import dataclass
from typing import Any

from pipeline_components.report.config import ReportConfig
from pipeline_components.report.reading import Findings


@dataclass(frozen=True)
class Provenance:
    """The command that makes it, what it was made from, and with which libraries; empty without manifests."""

    command: str
    artifacts: list[dict[str, Any]]
    parameters: list[dict[str, Any]]
    libraries: dict[str, str]


def provenance(findings: Findings, config: ReportConfig) -> Provenance:
    """The recipe in the manifests of preprocess, train and evaluate, and this report's own parameters."""
    manifests = findings.manifests
    parameters = [
        {"component": component, "parameter": name, "value": value}
        for component, manifest in manifests.items()
        for name, value in manifest.get("config", {}).items()
    ]
    own = config.model_dump(mode="json").items()
    parameters += [{"component": "report", "parameter": name, "value": value} for name, value in own]
    libraries = {name: str(v) for m in manifests.values() for name, v in m.get("libraries", {}).items()}
    return Provenance(
        command=command(findings.dataset, parameters),
        artifacts=[{"component": name, **artifact(manifest)} for name, manifest in manifests.items()],
        parameters=parameters,
        libraries=dict(sorted(libraries.items())),
    )


@dataclass(frozen=True)
class Evaluated:
    """When an evaluation was made, by which run, and the champion that it compared with; None without a manifest."""

    at: str | None
    run: str | None
    champion: str | None


def evaluated(manifest: dict[str, Any]) -> Evaluated:
    """What the evaluation's own manifest says: whoever reuses it has compared with nothing else."""
    made, champion = manifest.get("made", {}), manifest.get("inputs", {}).get("champion")
    at = str(made["at"])[:16].replace("T", " ") + " UTC" if made.get("at") else None
    version = made.get("served_as", {}).get("champion")
    told = f"{champion['id']}, served as {version}" if champion and version else champion and str(champion["id"])
    return Evaluated(at, made.get("run_id"), told)


def artifact(manifest: dict[str, Any]) -> dict[str, Any]:
    """A manifest's id, digest and inputs' ids."""
    given = manifest.get("inputs", {})
    each = [i for value in given.values() for i in (value if isinstance(value, list) else [value])]
    return {
        "id": manifest.get("id"),
        "digest": str(manifest.get("digest", ""))[:12],
        "inputs": [str(i["id"]) for i in each if i],
    }


def command(dataset: str, parameters: list[dict[str, Any]]) -> str:
    """`digits run` with every parameter that was set, so that later defaults change nothing."""
    flags = [f"--dataset {shlex.quote(dataset)}"]
    flags += [flag(p["parameter"], p["value"]) for p in parameters if p["value"] not in (None, {}, [])]
    return " \\\n  ".join(["digits run", *flags])


def flag(name: str, value: Any) -> str:
    """A parameter as a flag of the command line."""
    words = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{words}" if value else f"--no-{words}"
    if isinstance(value, list):
        return " ".join(flag(name, each) for each in value)
    text = json.dumps(value) if isinstance(value, dict) else str(value)
    return f"--{words} {shlex.quote(text)}"
