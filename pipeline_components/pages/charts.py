"""Pictures drawn as SVG: colours by class, so that light and dark follow the page; every text escaped."""

import math
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from markupsafe import Markup

from pipeline_components.browse.picture import Node, Picture
from pipeline_components.browse.runs import RunLine

BOX_W, BOX_H, GAP_X, GAP_Y, EDGE = 128, 44, 38, 18, 8
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 14, 26


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers between two bounds, such as 0.90, 0.92 and 0.94."""
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return [low]
    rough = span / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= rough)
    first = math.ceil(low / step - 1e-9)
    return [round(step * number, 12) for number in range(first, math.floor(high / step + 1e-9) + 1)]


class Frame:
    """A drawing's size and scales: `x` and `y` turn a value into a place."""

    def __init__(self, width: int, height: int, x: tuple[float, float], y: tuple[float, float]) -> None:
        self.width, self.height = width, height
        self._x, self._y = x, y

    def x(self, value: float) -> float:
        """From left to right."""
        low, high = self._x
        return round(LEFT + (self.width - LEFT - RIGHT) * (value - low) / (high - low or 1), 1)

    def y(self, value: float) -> float:
        """From bottom to top."""
        low, high = self._y
        return round(self.height - BOTTOM - (self.height - TOP - BOTTOM) * (value - low) / (high - low or 1), 1)

    def grid(self) -> Markup:
        """Lines across, with their values."""
        row = Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="tick" x="{}" y="{}">{}</text>')
        lines = []
        for each in ticks(*self._y):
            y = self.y(each)
            lines.append(row.format(LEFT, self.width - RIGHT, y, y, 2, y + 4, f"{each:.4g}"))
        return Markup("").join(lines)

    def svg(self, name: str, body: Markup, role: str = "img") -> Markup:
        """The whole drawing; one with links in it is a group, whose parts can be reached."""
        return Markup('<svg class="chart" role="{}" aria-label="{}" viewBox="0 0 {} {}">{}</svg>').format(
            role, name, self.width, self.height, body
        )


def accuracy_drawing(lines: Sequence[RunLine], root: str) -> Markup:
    """The accuracy of runs with its interval, oldest first; a blessed model is a disc, another a cross."""
    told = [each for each in lines if each.accuracy is not None]
    if not told:
        return Markup("")
    values = [value for each in told for value in (each.accuracy, each.low, each.high) if value is not None]
    low, high = min(values), max(values)
    margin = (high - low) * 0.08 or 0.01
    frame = Frame(900, 240, (-0.5, len(told) - 0.5), (low - margin, high + margin))
    marks = [_mark(frame, place, each, root) for place, each in enumerate(told)]
    served = [(place, each.served) for place, each in enumerate(told)]
    changes = [
        Markup('<text class="served" x="{}" y="{}">{}</text>').format(frame.x(place), frame.height - 8, f"v{now}")
        for (place, now), (_, before) in zip(served, [(0, None), *served], strict=False)
        if now is not None and now != before
    ]
    name = f"Test accuracy of the last {len(told)} runs that have one; the table below says the same"
    drawn = Markup("").join([frame.grid(), *changes, *marks])
    return frame.svg(name, drawn, "group")


def _mark(frame: Frame, place: int, each: RunLine, root: str) -> Markup:
    x, y = frame.x(place), frame.y(each.accuracy or 0.0)
    tone = "good" if each.verdict == "blessed" else "bad"
    bar = Markup("")
    if each.low is not None and each.high is not None:
        bar = Markup('<line class="bar" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
            x, x, frame.y(each.low), frame.y(each.high)
        )
    shape = Markup('<circle cx="{}" cy="{}" r="5"/>').format(x, y)
    if tone == "bad":
        shape = Markup('<path d="M{} {}l8 8m0 -8l-8 8"/>').format(x - 4, y - 4)
    area = Markup('<rect class="area" x="{}" y="{}" width="24" height="24"/>').format(x - 12, y - 12)
    said = f"{each.run_id}: {each.ended}, accuracy {each.accuracy:.4f}"
    return Markup('<a class="mark {}" href="{}/runs/{}" aria-label="{}"><title>{}</title>{}{}{}</a>').format(
        tone, root, quote(each.run_id, safe=""), said, said, area, bar, shape
    )


def curves_drawing(quantity: str, curves: Mapping[str, Sequence[float]]) -> Markup:
    """Curves over the epochs, each named at its end by a legend above."""
    longest = max(len(each) for each in curves.values())
    values = [value for each in curves.values() for value in each]
    low, high = min(values), max(values)
    margin = (high - low) * 0.05 or 0.01
    frame = Frame(460, 240, (1, max(longest, 2)), (low - margin, high + margin))
    body, at = [frame.grid()], LEFT
    for order, (name, each) in enumerate(curves.items()):
        points = " ".join(f"{frame.x(epoch)},{frame.y(value)}" for epoch, value in enumerate(each, 1))
        body.append(Markup('<polyline class="curve c{}" points="{}"/>').format(order % 4, points))
        if len(each) == 1:  # no line leads anywhere from there
            dot = Markup('<circle class="curve c{}" cx="{}" cy="{}" r="3"/>')
            body.append(dot.format(order % 4, frame.x(1), frame.y(each[0])))
        label = name.replace("_", " ")
        body.append(Markup('<text class="legend c{}" x="{}" y="10">{}</text>').format(order % 4, at, label))
        at += 14 + 7 * len(label)
    epochs = f"epoch 1 to {longest}" if longest > 1 else "epoch 1"
    body.append(Markup('<text class="tick" x="{}" y="{}">{}</text>').format(LEFT, frame.height - 6, epochs))
    last = ", ".join(f"{name.replace('_', ' ')} {each[-1]:.4g}" for name, each in curves.items())
    return frame.svg(f"{quantity} over {longest} epoch{'s' * (longest > 1)}; at the end {last}", Markup("").join(body))


def lineage_drawing(found: Picture, root: str) -> Markup:
    """Boxes from left to right, each a link, with lines from what was given to what was made."""
    columns = 1 + max(node.column for node in found.nodes)
    rows = 1 + max(node.row for node in found.nodes)
    width, height = columns * (BOX_W + GAP_X) - GAP_X + 2 * EDGE, rows * (BOX_H + GAP_Y) - GAP_Y + 2 * EDGE
    tallest = {
        column: 1 + max(node.row for node in found.nodes if node.column == column)
        for column in {node.column for node in found.nodes}
    }
    places = {
        node.name: (
            EDGE + node.column * (BOX_W + GAP_X),
            EDGE + (node.row + (rows - tallest[node.column]) / 2) * (BOX_H + GAP_Y),
        )
        for node in found.nodes
    }
    lines = [_line(places[source], places[target], name) for source, target, name in _needed(found.edges)]
    boxes = [_box(node, places[node.name], node.name == found.id, root) for node in found.nodes]
    return Markup(
        '<svg class="lineage" role="group" aria-label="{}" width="{}" height="{}" viewBox="0 0 {} {}">{}{}</svg>'
    ).format(
        f"Lineage of {found.id}, from the data on the left", width, height, width, height,
        Markup("").join(lines), Markup("").join(boxes),
    )  # fmt: skip


def _needed(edges: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """The edges without those between two that a longer way joins as well."""
    steps: dict[str, set[str]] = {}
    for source, target, _ in edges:
        steps.setdefault(source, set()).add(target)

    def reached(start: str) -> set[str]:
        found, waiting = set[str](), [start]
        while waiting:
            new = steps.get(waiting.pop(), set()) - found
            found |= new
            waiting.extend(new)
        return found

    beyond = {name: reached(name) for name in steps}
    return [
        (source, target, name)
        for source, target, name in edges
        if not any(target in beyond.get(other, ()) for other in steps[source] - {source, target})
    ]


def _line(source: tuple[float, float], target: tuple[float, float], name: str) -> Markup:
    x1, y1, x2, y2 = source[0] + BOX_W, source[1] + BOX_H / 2, target[0], target[1] + BOX_H / 2
    bend = max(24.0, (x2 - x1) / 2)
    return Markup('<path class="edge" d="M{} {}C{} {} {} {} {} {}"><title>{}</title></path>').format(
        x1, y1, x1 + bend, y1, x2 - bend, y2, x2, y2, name
    )


def _box(node: Node, place: tuple[float, float], is_this: bool, root: str) -> Markup:
    x, y = place
    path = "/served" if node.kind == "served" else f"/artifacts/{quote(node.name, safe='/')}"
    path += "/lineage" if node.kind == "artifact" else ""
    return Markup(
        '<a class="node {}{}" href="{}{}"{}><rect x="{}" y="{}" width="{}" height="{}" rx="6"/>'
        '<text class="name" x="{}" y="{}">{}</text><text class="word" x="{}" y="{}">{}</text></a>'
    ).format(
        node.kind, " this" if is_this else "", root, path, Markup(' aria-current="true"') if is_this else "",
        x, y, BOX_W, BOX_H, x + 10, y + 18, node.name, x + 10, y + 35, node.word[:20],
    )  # fmt: skip
