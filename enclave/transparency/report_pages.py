"""Reports and privacy notices as HTML pages that stand by themselves: printed, each fits on two sides of A4.

Adults have a page with every detail; the children's page says what matters in short words. The notices name the real
recipients, who are those on the register.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from enclave.transparency.languages import Language
from enclave.transparency.reports import Report, UseLine

FOLDER: Final = Path(__file__).parent / "pages"
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
MOST_FOR_CHILDREN: Final = 8
"""Projects on a children's page, which has two sides at most: all are on the page for adults and on the register."""


class Kind(StrEnum):
    """A page; the value is the name of its file."""

    REPORT = "report"
    CHILDREN = "report-for-children"
    NOTICE = "privacy-notice"
    CHILDREN_NOTICE = "privacy-notice-for-children"


def page_of(report: Report, kind: Kind, language: Language) -> str:
    """One page, whole."""
    _ = language.texts.gettext
    values: Mapping[str, Any] = {
        "report": report,
        "_": _,
        "n_": language.texts.ngettext,
        "lang": language.code,
        "day": lambda when: day(when, _),
        "first": most_used(report.uses)[:MOST_FOR_CHILDREN],
        "more": max(0, len(report.uses) - MOST_FOR_CHILDREN),
        "kinds_for_children": _once(kind for use in report.uses for kind in use.child_kinds),
        "kinds_for_adults": _once(kind for use in report.uses for kind in use.kinds),
    }
    return _environment().get_template(f"{kind.value}.html").render(values)


def day(when: date, translate: Callable[[str], str]) -> str:
    return f"{when.day} {translate(MONTHS[when.month - 1])} {when.year}"


def most_used(uses: Iterable[UseLine]) -> list[UseLine]:
    """Those of most people first; a number that is not shown comes last."""
    return sorted(uses, key=lambda use: (-(use.units or 0), use.title, use.project))


def _once(texts: Any) -> list[str]:
    return list(dict.fromkeys(texts))


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
