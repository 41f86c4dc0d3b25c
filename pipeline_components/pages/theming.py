"""A component's page in the theme of the page that embeds it, which may be another than the system's."""

from typing import Literal, get_args

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)
MOST_BYTES = 2**24  # of a page that is held in memory
ASKED = b"(prefers-color-scheme: dark)"
ANSWERED = {"dark": b"(min-width: 0)", "light": b"(max-width: 0)"}  # whatever the width: yes, and no
EITHER = b"color-scheme: light dark"


def themed(page: bytes, theme: Theme) -> bytes:
    """As many bytes, in which what depends on the system's scheme is decided.

    A sandboxed page runs no script, and no browser tells it the scheme of the element that it is embedded by.
    """
    chosen = b"color-scheme: " + theme.encode()
    page = page.replace(ASKED, ANSWERED[theme].ljust(len(ASKED)))
    return page.replace(EITHER, chosen.ljust(len(EITHER)))
