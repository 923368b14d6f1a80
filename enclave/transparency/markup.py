"""HTML from templates in which everything that is filled in is text, unless it is markup already."""

from collections.abc import Iterable
from html import escape


class Markup(str):
    """HTML that was put together here. A `str` that is not one is text."""

    __slots__ = ()


def markup(template: str, **values: object) -> Markup:
    """The template with each `{name}` filled in."""
    return Markup(template.format_map({name: _safe(value) for name, value in values.items()}))


def joined(parts: Iterable[Markup]) -> Markup:
    return Markup("".join(parts))


def _safe(value: object) -> str:
    return value if isinstance(value, Markup) else escape(str(value))
