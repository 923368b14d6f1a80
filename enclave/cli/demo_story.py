"""The main job, from question to register, through HTTP alone. Every step is held to what it should show.

The one thing to know before changing this: a step that did not happen as told raises `NotAsTold`, and the demonstration
has failed.
"""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from enclave.cli.checking import review_text
from enclave.cli.online import plain
from enclave.cli.outputs import fetch, table_text
from enclave.cli.plan_text import checked_text
from enclave.cli.register import entry_text
from enclave.client.problems import NotReleased, Problem, Refused
from enclave.client.project import chosen
from enclave.client.queries import Query, ask
from enclave.client.service import Service, sign_in_as
from enclave.client.tables import HIDDEN, drawn
from enclave.client.told import mended
from synthetic_data.questions import ABSENCE, CHECKERS, NAMES, NEEDS, PROJECT, RESEARCHER

if TYPE_CHECKING:
    from synthetic_data.questions import Example

MOST_LINES = 14  # of what a person saw, printed
A_FIELD = " " * 4  # how a line about one field begins, in the register's entry
WITH_CHECKERS = "with checkers"


class NotAsTold(Exception):
    """A step of the demonstration did not happen."""


def story(url: str, folder: Path) -> Iterator[str]:
    """What each person saw, in the order in which it happened. `folder` is where the researcher's files go."""
    with _signed_in(url, RESEARCHER) as researcher:
        _held(chosen(researcher.me(), None)["id"] == PROJECT, "the researcher is on one project")
        yield f"\n{RESEARCHER} (researcher)"
        yield from _released_at_once(researcher)
        yield from _refused_and_mended(researcher)
        output = yield from _with_checkers(researcher)
        for number, checker in enumerate(CHECKERS, start=1):
            yield f"\n{checker} (output checker)"
            with _signed_in(url, checker) as service:
                yield from _approved(service, output, last=number == len(CHECKERS))
        yield f"\n{RESEARCHER} (researcher)"
        yield from _downloaded(researcher, output, folder)
    yield "\npublic, without a sign-in"
    yield from _registered(url, output)


@contextmanager
def _signed_in(url: str, persona: str) -> Iterator[Service]:
    sign_in = sign_in_as(url, persona)
    with Service(sign_in.url, sign_in.token) as service:
        yield service


def _released_at_once(service: Service) -> Iterator[str]:
    query = yield from _asked(service, ABSENCE)
    _held(query.status == "released", "an ordinary query is released at once")
    table = query.drawn()
    marks = {mark for marks in table.cells for mark in marks}
    _held(any(table.numbers_shown()) and HIDDEN in marks, "some cells are shown, and small ones are hidden")
    _held(bool(query.table().isna().to_numpy().any()), "a hidden cell is missing in the data frame")
    yield f"   Released as {query.output}."
    yield from _saw(table_text(table).splitlines())


def _refused_and_mended(service: Service) -> Iterator[str]:
    yield f" \N{BULLET} {NAMES.name}, with surnames"
    try:
        ask(service, PROJECT, NAMES.sql, NAMES.name)
    except Refused as refused:
        problem = refused
    else:
        raise NotAsTold("a query that names people was not refused")
    _held(problem.code == "field-not-granted", "the refusal says which rule")
    places = [span.text for told in problem.problems for span in told.spans]
    _held(any("surname" in words for words in places), "the refusal points at the words")
    yield from _saw(str(problem).splitlines())
    better = mended(problem.problems, NAMES.sql)
    _held("surname" not in better, "the fix takes the word out")
    yield "   asked again as suggested"
    query = ask(service, PROJECT, better, NAMES.name).wait()
    _held(query.status == "released", "the query that was suggested is accepted")
    yield f"   Released as {query.output}."


def _with_checkers(service: Service) -> Generator[str, None, str]:
    """The id of the output that is with checkers."""
    query = yield from _asked(service, NEEDS)
    _held(query.status == "done", "a tier-1 query is not released by itself")
    try:
        query.table()
    except NotReleased as problem:
        yield f"   {problem}"
    else:
        raise NotAsTold("a table was shown before anybody looked at it")
    output = query.ask_release(NEEDS.why)
    _held(query.status == WITH_CHECKERS, "an output that was asked for is with checkers")
    yield f"   Asked for release: {output} is {query.status}."
    return output


def _approved(service: Service, output: str, *, last: bool) -> Iterator[str]:
    _held(output in {item["output"] for item in service.queue()}, "the item is in the checker's queue")
    review, version = service.review(output)
    _held(review["votes"] == [], "nobody sees a vote before all are in")
    yield from _saw(review_text(review), most=MOST_LINES * 2)
    voted = service.vote(output, "approve", "Clear.", hashes=review["hashes"], version=version)
    _held(voted["status"] == ("released" if last else WITH_CHECKERS), "it takes two checkers, and no more")
    yield f"   Voted to approve. It is {plain(voted['status'])}."


def _downloaded(service: Service, output: str, folder: Path) -> Iterator[str]:
    table = service.table(output)
    _held(bool(table["rows"]), "the release has rows")
    yield from _saw(table_text(drawn(table)).splitlines())
    for file, what in fetch(service, output, form="csv", to=folder, table=table):
        _held(file.stat().st_size > 0, "the file has the release in it")
        yield f"   {file}  {what}"


def _registered(url: str, output: str) -> Iterator[str]:
    with Service(url, None) as public:
        entry = public.register_entry(PROJECT)
        try:
            public.output(output)
        except Problem as problem:
            yield f"   the table itself: {problem.code}"
        else:
            raise NotAsTold("somebody who is not signed in read an output")
    activity = entry["activity"]
    _held(output in {release["output"] for release in activity["releases"]}, "the register shows the release")
    _held((activity["queries_run"], activity["queries_refused"]) == (3, 1), "and what was asked and refused")
    lines = (line for words in entry_text(entry) for line in words.split("\n"))
    yield from _saw((line for line in lines if not line.startswith(A_FIELD)), most=MOST_LINES * 2)


def _asked(service: Service, example: "Example") -> Generator[str, None, Query]:
    yield f" \N{BULLET} {example.name}"
    yield f"   Checking ... {checked_text(service.check(PROJECT, example.sql))}".replace("\n", "\n   ")
    return ask(service, PROJECT, example.sql, example.name).wait()


def _saw(lines: Iterable[str], *, most: int = MOST_LINES) -> Iterator[str]:
    """The lines, a little to the right; of many, the first and the last."""
    seen = [line for words in lines for line in words.split("\n")]
    cut = [*seen[: most - 2], "  ...", *seen[-1:]] if len(seen) > most else seen
    yield from (f"   | {line}".rstrip() for line in cut)


def _held(so: Any, what: str) -> None:
    if not so:
        raise NotAsTold(f"it should be that {what}")
