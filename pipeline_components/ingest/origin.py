"""Where a dataset's original files come from, and what is wrong with them."""

import hashlib
import logging
from pathlib import Path

from pipeline_components.data import registry
from pipeline_components.errors import DatasetUnavailable

log = logging.getLogger(__name__)


def check_origin(name: str, manual_dir: Path | None) -> None:
    """Fail at once where tfds would retry for minutes: a file that is neither in the folder nor can be downloaded."""
    if manual_dir is not None and not manual_dir.is_dir():
        raise DatasetUnavailable(
            f"{manual_dir}: no such folder: --manual-dir names the folder of {name}'s original files"
        )
    files = registry.source_files(name)
    missing = [f.name for f in files if manual_dir is None or not (manual_dir / f.name).is_file()]
    if not missing or registry.reachable(name):
        log.info(
            "%s's files come from %s", name, registry.host(name) if missing else manual_dir or "an installed package"
        )
        return
    raise DatasetUnavailable(
        f"{name}: {registry.host(name)} does not answer: put {', '.join(missing)} into {manual_dir or 'a folder'}"
        f"{'' if manual_dir else ' and name it with --manual-dir'}, or set --dataset to {registry.SAMPLE}"
    )


def wrong_checksum(name: str, manual_dir: Path | None) -> str:
    """The file whose checksum is not the registered one, what was found and what was expected."""
    for file in registry.source_files(name):
        path = manual_dir / file.name if manual_dir else None
        if path is None or not path.is_file():
            continue
        size, digest = path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != file.sha256:
            return (
                f"{path}: {size:,} bytes with sha256 {digest[:8]}… found, {file.size_bytes:,} bytes with "
                f"{file.sha256[:8]}… expected for {name}: fetch the file again"
            )
    return f"{name}: a downloaded file has not the checksum that tensorflow-datasets registers: try again"
