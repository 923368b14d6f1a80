"""How pages write what they show: times, numbers, and the words for a status."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

from markupsafe import Markup, escape

WORDS_AS_TYPED: Final = re.compile("`([^`]+)`")
COLOURS: Final[Mapping[str, str]] = {
    "released": "green",
    "with checkers": "blue",
    "returned": "yellow",
    "on hold": "yellow",
    "rejected": "red",
    "revoked": "red",
    "refused": "orange",
    "failed": "orange",
    "queued": "light-blue",
    "running": "light-blue",
}
"""Beside the word, never instead of it."""


def day(when: date | datetime | str) -> str:
    """31 March 2027."""
    found = _date(when)
    return f"{found.day} {found:%B %Y}"


def moment(when: datetime | str) -> str:
    """26 November 2026, 12:05 UTC."""
    found = datetime.fromisoformat(when) if isinstance(when, str) else when
    return f"{day(found)}, {found:%H:%M %Z}"


def number(value: int | float) -> str:
    """1,240."""
    return f"{value:,}"


def tag(status: str) -> dict[str, str]:
    """A status as GOV.UK's tag takes it."""
    return {"text": status, "classes": f"govuk-tag--{COLOURS.get(status, 'grey')}"}


def plural(count: int, word: str, many: str = "") -> str:
    """1 query, 2 queries."""
    return f"{count:,} {word if count == 1 else many or f'{word}s'}"


def _date(when: date | datetime | str) -> date:
    return datetime.fromisoformat(when) if isinstance(when, str) else when


def marks(outcome: Any) -> str:
    """Where problems are, and their fixes, for the editor's script."""
    found = [
        {
            "detail": one.problem.detail,
            "spans": [[span.start, span.end] for span in one.problem.spans],
            "fixes": [{"title": fix.title, "sql": fix.sql} for fix in one.fixes if fix.sql is not None],
        }
        for one in outcome.refusals
    ]
    return json.dumps(found)


def ticked(text: str) -> Markup:
    """A sentence whose `words as typed` are code."""
    return Markup(WORDS_AS_TYPED.sub(r"<code>\1</code>", str(escape(text))))


WORDS: Final[dict[str, Callable[..., Any]]] = {
    "day": day,
    "moment": moment,
    "number": number,
    "tag": tag,
    "plural": plural,
    "marks": marks,
    "ticked": ticked,
}
