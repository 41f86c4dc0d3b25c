"""Pages from templates: every text escaped, numbers and times as people read them, links below where we are mounted."""

import base64
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from pipeline_components.chain.components import COMPONENTS, Component
from pipeline_components.pages.protection import HEADERS
from pipeline_components.store.disk import size
from pipeline_components.templates import templates

TEMPLATES = Path(__file__).parent / "templates"
NONE = "–"
TONES = {
    "blessed": "good",
    "best": "good",
    "refused": "bad",
    "forced": "bad",
    "failed": "bad",
    "rejected": "bad",
}


@lru_cache(1)
def environment() -> Environment:
    """The templates beside this module, and what they call."""
    made = templates(TEMPLATES)
    made.filters.update(size=size, when=when, seconds=seconds, share=share, value=value, tone=tone)
    made.filters.update(picture=picture, at=at, seg=segment, breakable=breakable, counted=counted)
    made.globals.update(query=query)
    return made


def page(request: Request, template: str, status: int = 200, **told: Any) -> HTMLResponse:
    """A page; `root` is the path that the pages are mounted at, and stands before every link."""
    root = request.scope.get("root_path", "").rstrip("/")
    text = environment().get_template(f"{template}.html.j2").render(root=root, editor=editor_of(request), **told)
    return HTMLResponse(text.encode("utf-8", "replace"), status, HEADERS)


def editor_of(request: Request) -> str:
    """The name of who may change something here, as the server in front has found it; empty for anyone else."""
    return str(request.scope.get("state", {}).get("editor", ""))


def in_short(artifact_id: str, facts: Mapping[str, Any]) -> str:
    """What matters most of an artifact's facts, as `digits ls` says it."""
    component = COMPONENTS.get(artifact_id.partition("/")[0], Component("", ""))
    return " · ".join(each for each in component.in_short(facts) if each != facts.get("verdict"))[:200]


def when(moment: str) -> Markup:
    """An ISO time as `2026-01-31 14:05` UTC, in a `<time>`; what is none as it stands."""
    try:
        utc = datetime.fromisoformat(moment).astimezone(UTC)
    except (ValueError, OverflowError):
        return Markup("{}").format(moment or NONE)
    return Markup('<time datetime="{}" title="UTC">{}</time>').format(
        utc.isoformat(timespec="seconds"), utc.isoformat(" ", "minutes")[:16]
    )


def seconds(count: float | None) -> str:
    """`2.1 s`, `3 min 20 s`."""
    if count is None:
        return NONE
    minutes, rest = divmod(round(count), 60)
    return f"{count:.1f} s" if count < 120 else f"{minutes} min {rest} s"


def share(number: float | None) -> str:
    """`0.9806` as `98.06 %`."""
    return NONE if number is None else f"{100 * number:.2f} %"


def value(found: object) -> str:
    """A fact or parameter as text that fits a cell."""
    if found is None:
        return NONE
    if isinstance(found, list) and all(isinstance(each, str) for each in found):
        found = "; ".join(found)
    elif isinstance(found, list | dict):
        found = json.dumps(found, ensure_ascii=False, default=str)
    text = f"{found:.6g}" if isinstance(found, float) else str(found)
    return text if len(text) <= 400 else f"{text[:399]}…"


def counted(count: int, one: str, many: str = "") -> str:
    """`1 file`, `1,234 files`."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def breakable(name: str) -> Markup:
    """A name that a narrow column breaks after an underscore, a dot or a slash."""
    return Markup(re.sub(r"([_./])", r"\1<wbr>", str(escape(name))))


def tone(word: object) -> str:
    """The class of a verdict's badge."""
    return TONES.get(str(word).partition(",")[0].partition(" ")[0], "plain")


def picture(png: bytes) -> str:
    """A PNG as an address of its own."""
    return "data:image/png;base64," + base64.b64encode(png).decode()


def at(artifact_id: str) -> str:
    """The path of an artifact's page."""
    return f"/artifacts/{quote(artifact_id, safe='/')}"


def segment(text: str) -> str:
    """A text as one part of a path."""
    return quote(text, safe="")


def query(**values: object) -> str:
    """`?a=1&b=x` without what is empty."""
    given = {name: each for name, each in values.items() if each not in ("", None, False)}
    return f"?{urlencode(given)}" if given else ""
