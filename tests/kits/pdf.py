"""A printed page as its structure: which element stands on which sheets of Chromium's tagged PDF.

Chromium writes the elements of a page into the PDF as plain objects (ISO 32000-1, 14.7): what each is, what it holds,
and for every piece of content the sheet that it is on. No library is needed to read that.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

OBJECT = re.compile(rb"(?m)^(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)


@dataclass
class Element:
    """A tag (`H2`, `Table`, `TR`, …), the sheets its content is on, counted from 1, and what it holds, in order."""

    tag: str
    sheets: set[int]
    parts: "list[Element]" = field(default_factory=list)

    def all(self) -> "Iterator[Element]":
        """This element and all in it, in the order of reading."""
        yield self
        for part in self.parts:
            yield from part.all()

    @property
    def spread(self) -> set[int]:
        """The sheets that it and all in it are on."""
        return {sheet for each in self.all() for sheet in each.sheets}


def structure(pdf: bytes) -> tuple[int, Element]:
    """How many sheets there are, and the element that holds all others."""
    objects = {int(number): body.partition(b"stream\n")[0].decode("latin-1") for number, body in OBJECT.findall(pdf)}
    (pages,) = (body for body in objects.values() if "/Type /Pages" in body and "/Parent" not in body)
    sheets = {number: place for place, number in enumerate(_leaves(objects, pages), 1)}
    (root,) = (body for body in objects.values() if "/Type /StructTreeRoot" in body)
    (top,) = _references(root, "K")
    return len(sheets), _element(objects, sheets, top)


def _leaves(objects: dict[int, str], pages: str) -> Iterator[int]:
    for number in _references(pages, "Kids"):
        if "/Type /Pages" in objects[number]:
            yield from _leaves(objects, objects[number])
        else:
            yield number


def _element(objects: dict[int, str], sheets: dict[int, int], number: int) -> Element:
    body = objects[number]
    (tag,) = re.findall(r"/S /(\w+)", body)[:1]
    on = {sheets[int(page)] for page in re.findall(r"/Pg (\d+) 0 R", body)}
    parts = [part for part in _references(body, "K") if "/S /" in objects[part]]  # the others are sheets
    return Element(tag, on, [_element(objects, sheets, part) for part in parts])


def _references(body: str, key: str) -> list[int]:
    """The objects that a key names, one or a list of them."""
    found = re.search(rf"/{key} (\[[^\]]*\]|\d+ 0 R)", body)
    return [int(number) for number in re.findall(r"(\d+) 0 R", found[1])] if found else []
