"""JSON files with a checksum inside: a change of any byte, white space included, is seen on reading."""

import hashlib
import json
from pathlib import Path
from typing import Any

from pipeline_components.errors import ArtifactDamaged, StoreError, first_line
from pipeline_components.json_files import parse_json
from pipeline_components.regular_files import read_regular
from pipeline_components.store.disk import damaged

FORMAT = 1
LARGEST_STAMPED_BYTES = 2**28  # what `digits ls` remembers of half a million artifacts


def canonical(value: object) -> str:
    """The one spelling of a JSON value, whatever the order of its keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(text: str | bytes) -> str:
    """The SHA-256 of a text in UTF-8, or of bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def seal(body: dict[str, Any]) -> bytes:
    """The file of an object: one line per entry, `checksum` of all that stands above it as the last."""
    return rendered({**body, "checksum": sha256(rendered(body))}).encode()


def read_sealed(path: Path) -> dict[str, Any] | None:
    """The object in a sealed file, None if there is no such file; raises ArtifactDamaged if it cannot be read."""
    try:
        return unseal(read_regular(path), str(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise damaged(path, error) from None


def unseal(raw: bytes, name: str, newest: int = FORMAT) -> dict[str, Any]:
    """The object that `seal` wrote; raises ArtifactDamaged naming the file, or StoreError if it is from the future."""
    body = loads(raw, name)
    check_format(body, name, newest)
    checksum = str(body.pop("checksum", None))
    above, _, last = raw.rpartition(b",\n")
    if last != f' "checksum": "{checksum}"\n}}\n'.encode(errors="replace") or checksum != sha256(above + b"\n}\n"):
        raise ArtifactDamaged(f"{name}: its bytes are not those that were written: restore it from a copy")
    return body


def stamped(name: str, raw: bytes) -> bytes:
    """The file of some bytes that can be made anew at any time: their SHA-256 with the file's name, then they."""
    return hashlib.sha256(name.encode() + raw).hexdigest().encode() + b"\n" + raw


def read_stamped(path: Path, name: str) -> bytes:
    """The bytes that `stamped` was given; raises ValueError if they, or the name, are others, OSError for no file."""
    found = read_regular(path, LARGEST_STAMPED_BYTES)
    raw = found.partition(b"\n")[2]
    if stamped(name, raw) != found:
        raise ValueError(f"{name}: its bytes are not those that were written")
    return raw


def loads(raw: bytes, name: str) -> dict[str, Any]:
    """A JSON object; raises ArtifactDamaged for anything that `parse_json` refuses."""
    try:
        return parse_json(raw)
    except ValueError as error:
        raise ArtifactDamaged(f"{name}: not JSON ({first_line(error, 80)}): restore it from a copy") from None


def check_format(body: dict[str, Any], name: str, newest: int) -> None:
    """Refuse what a newer version of this program wrote, instead of guessing."""
    found = body.get("format")
    if type(found) is not int or found < 1:
        raise ArtifactDamaged(f"{name}: format {str(found)[:20]!r} found, {newest} expected")
    if found > newest:
        raise StoreError(f"{name}: format {found} is from a newer version, this one reads {newest}: update it")


def rendered(body: dict[str, Any]) -> str:
    """An object as people like to read and diff it: one line per entry, two levels deep."""
    return "{\n" + ",\n".join(f" {json.dumps(key)}: {_value(value)}" for key, value in body.items()) + "\n}\n"


def _value(value: object) -> str:
    if not isinstance(value, dict) or not value:
        return json.dumps(value, allow_nan=False)
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(each, allow_nan=False)}" for key, each in value.items())
    return "{\n" + lines + "\n }"
