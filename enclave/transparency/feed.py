"""What is new on the register: uses, releases, what was taken back, publications, incidents and retracted fields."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final

from enclave.transparency import register_words as words
from enclave.transparency.register import Register, RegisteredProject

MOST_NEWS: Final = 100
NOT_IN_XML: Final = dict.fromkeys((*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0xFFFE, 0xFFFF))


@dataclass(frozen=True, slots=True)
class News:
    """One thing. `path` is the page it is told on; `key` names it for ever."""

    key: str
    path: str
    title: str
    summary: str
    at: datetime


def news_of(register: Register) -> tuple[News, ...]:
    """The newest of all the uses given, with the releases that they list."""
    every = (*_news(register.projects), *_retracted(register))
    found = sorted(every, key=lambda one: (one.at, one.key), reverse=True)
    return tuple(found[:MOST_NEWS])


def _news(entries: Iterable[RegisteredProject]) -> Iterator[News]:
    for entry in entries:
        project, path = entry.project, f"/register/{entry.project.id}"
        approved = max((one.decided_on for one in project.approvals), default=project.dates.starts)
        begun = datetime.combine(approved, time(), UTC)
        yield News(
            f"use:{project.id}:{entry.stage}",
            path,
            clean(f"{project.title} ({words.state(entry).partition(';')[0]})"),
            clean(project.purpose.public_summary),
            begun,
        )
        for release in entry.activity.releases:
            what = "Taken back" if release.revoked else "Released"
            title = release.title or release.id
            yield News(
                f"release:{release.id}{':revoked' if release.revoked else ''}",
                path,
                clean(f"{what}: {title}"),
                clean(f"{release.id} of {project.title}, checked {words.checked(release.checkers)}."),
                release.released_at,
            )

        for note in entry.notes:
            yield News(
                f"note:{note.leaf}",
                path,
                clean(f"{note.kind.value.capitalize()}: {note.title}"),
                clean(note.text or f"Of {project.title}."),
                note.at,
            )


def _retracted(register: Register) -> Iterator[News]:
    """Told of the whole register and of each use: a field is gone from all of them."""
    for one in register.retracted:
        yield News(
            f"retracted:{one.field}",
            "/register",
            f"Retracted: {one.field}",
            "Nobody may use this item of information any more.",
            datetime.combine(one.on, time(), UTC),
        )


def clean(text: str) -> str:
    """The text without the few characters that XML has no way to write."""
    return text.translate(NOT_IN_XML)
