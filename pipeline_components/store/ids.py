"""Names that may become paths: artifact ids, run ids and paths of files inside an artifact."""

import re

from pipeline_components.errors import BadArtifactId, StoreError

COMPONENT = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
LAST_NUMBER = 999_999_999
RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,199}", re.ASCII)
SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
RESERVED = {"runs", "serving"}


def parse_id(text: object) -> tuple[str, int]:
    """`"train/7"` → `("train", 7)`; raises BadArtifactId for anything else, before any path is made of it."""
    component, _, number = text.partition("/") if isinstance(text, str) else ("", "", "")
    if not is_component(component) or not NUMBER.fullmatch(number):
        raise BadArtifactId(f"{shown(text)}: not an artifact id: expected component/number, such as train/7")
    return component, int(number)


def is_component(name: str) -> bool:
    """Whether a folder of that name in the store holds artifacts."""
    return COMPONENT.fullmatch(name) is not None and name not in RESERVED


def is_id(value: object) -> bool:
    """Whether something is an artifact id."""
    try:
        parse_id(value)
    except BadArtifactId:
        return False
    return True


def is_sha256(value: object) -> bool:
    """Whether something is 64 hexadecimal digits."""
    return isinstance(value, str) and SHA256.fullmatch(value) is not None


def check_run_id(text: object) -> str:
    """The run id, if it can be a file's name on any system that Airflow runs on; raises StoreError otherwise."""
    if not isinstance(text, str) or not RUN.fullmatch(text):
        raise StoreError(f"{shown(text)}: not a run id: expected letters, digits and _ . : + - (at most 200)")
    return text


def is_inside(relative: str) -> bool:
    """Whether a manifest's path stays in its artifact and has one spelling only: `a/b`, never `../a` or `a//b`."""
    parts = relative.split("/")
    return bool(relative) and "\0" not in relative and not any(part in ("", ".", "..") for part in parts)


def shown(text: object) -> str:
    """Whatever a person typed, on one line, in ASCII and short enough to read."""
    line = ascii(text)
    return line if len(line) <= 80 else f"{line[:77]}..."
