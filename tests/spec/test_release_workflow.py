"""The release workflow as tables: who may do what, what each state allows, and both together through the real actions.

`by person` is asked first. A person who may gets what `by state` says. `hidden` is not-found, `own` own-output.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from enclave.actions.ask_release import ask_release, withdraw_output
from enclave.actions.asking import parties_of
from enclave.actions.read_outputs import output_table, read_output, read_review
from enclave.actions.releases import new_output
from enclave.actions.review_output import Vote, adjudicate_output, claim_output, review_output
from enclave.actions.revoke_output import confirm_revocation, keep_release, revoke_output
from enclave.audit import Entry, Kind
from enclave.outputs.hashes import hashes_of
from enclave.outputs.keeping import Change
from enclave.outputs.records import OutputId, OutputRecord, ReviewRecord
from enclave.outputs.states import EVER_RELEASED, KEPT, Command, Event, State, Verdict, move
from enclave.outputs.views import etag_of
from enclave.problems import Problem
from enclave.terms import OrganisationId, PersonId
from tests.support.service import (
    ADMIN,
    ASKS,
    AUDITOR,
    CHECKED,
    CHECKERS,
    COLLEAGUE,
    CONFLICTED,
    LAPSED,
    MEMBER_CHECKER,
    OWN_CHECKER,
    SENIOR,
    STRANGER,
    THIS,
    Files,
    Service,
)

ANSWERS = """
            find clean  find suppressed  find flagged  find blocked  pass      ask
computed    clean       suppressed       flagged       blocked       .         .
clean       .           .                .             .             approved  queued
suppressed  .           .                .             .             approved  queued
flagged     .           .                .             .             .         queued
blocked     .           .                .             .             .         queued
"""

MOVES = """
              claim      vote       approve   return    reject    dispute   release   hold     resume  void    ask again  withdraw   expire
queued        in review  in review  approved  returned  rejected  disputed  .         on hold  .       queued  .          withdrawn  expired
in review     in review  in review  approved  returned  rejected  disputed  .         on hold  .       queued  .          withdrawn  expired
disputed      .          .          approved  returned  rejected  .         .         on hold  .       queued  .          withdrawn  expired
approved      .          .          .         .         .         .         released  on hold  .       queued  .          withdrawn  expired
on hold       .          .          .         .         .         .         .         .        queued  .       .          withdrawn  expired
returned      .          .          .         .         .         .         .         .        .       .       queued     withdrawn  expired
rejected      .          .          .         .         .         .         .         .        .       .       .          .          .
withdrawn     .          .          .         .         .         .         .         .        .       .       queued     .          .
expired       .          .          .         .         .         .         .         .        .       .       .          .          .
"""  # noqa: E501 - a table

RELEASES = """
                  ask revocation    suspend    revoke   keep      overdue    supersede
released          revocation asked  suspended  .        .         .          superseded
revocation asked  .                 suspended  revoked  released  .          .
suspended         .                 .          revoked  released  suspended  .
superseded        revocation asked  suspended  .        .         .          .
revoked           .                 .          .        .         .          .
"""

BY_PERSON = """
                 read    download   ask again  withdraw   claim      vote       adjudicate  revoke     suspend    confirm    keep       review
asker            yes     yes        yes        yes        forbidden  forbidden  forbidden   forbidden  forbidden  forbidden  forbidden  forbidden
lead             yes     yes        yes        yes        forbidden  forbidden  forbidden   forbidden  forbidden  forbidden  forbidden  forbidden
member checker   yes     yes        yes        forbidden  own        own        own         yes        yes        yes        own        own
stranger         hidden  hidden     hidden     hidden     hidden     hidden     hidden      hidden     hidden     hidden     hidden     hidden
checker          yes     forbidden  forbidden  forbidden  yes        yes        forbidden   forbidden  forbidden  forbidden  forbidden  yes
senior           yes     forbidden  forbidden  forbidden  yes        yes        yes         yes        yes        yes        yes        yes
own checker      hidden  hidden     hidden     hidden     own        own        own         yes        yes        yes        own        own
conflicted       hidden  hidden     hidden     hidden     own        own        own         yes        yes        yes        own        own
lapsed           yes     forbidden  forbidden  forbidden  forbidden  forbidden  forbidden   forbidden  forbidden  forbidden  forbidden  forbidden
admin            yes     forbidden  forbidden  forbidden  forbidden  forbidden  forbidden   yes        yes        yes        yes        forbidden
auditor          yes     forbidden  forbidden  forbidden  forbidden  forbidden  forbidden   forbidden  forbidden  forbidden  forbidden  yes
"""  # noqa: E501 - a table

BY_STATE = """
                  read              download          ask again         withdraw   claim      vote       adjudicate  revoke            suspend    confirm   keep      review
queued            queued            not-released      queued            withdrawn  in review  in review  conflict    conflict          conflict   conflict  conflict  queued
in review         in review         not-released      in review         withdrawn  in review  released   conflict    conflict          conflict   conflict  conflict  in review
disputed          disputed          not-released      disputed          withdrawn  conflict   conflict   released    conflict          conflict   conflict  conflict  disputed
approved          approved          not-released      approved          withdrawn  conflict   stale      stale       conflict          conflict   conflict  conflict  released
on hold           on hold           not-released      on hold           withdrawn  conflict   conflict   conflict    conflict          conflict   conflict  conflict  on hold
released          released          released          released          conflict   conflict   conflict   conflict    revocation asked  suspended  conflict  conflict  released
revocation asked  revocation asked  revocation asked  revocation asked  conflict   conflict   conflict   conflict    conflict          suspended  revoked   released  revocation asked
suspended         suspended         revoked           conflict          conflict   conflict   conflict   conflict    conflict          conflict   revoked   released  suspended
superseded        superseded        superseded        superseded        conflict   conflict   conflict   conflict    revocation asked  suspended  conflict  conflict  superseded
returned          returned          not-released      queued            withdrawn  conflict   conflict   conflict    conflict          conflict   conflict  conflict  returned
rejected          rejected          not-released      conflict          conflict   conflict   conflict   conflict    conflict          conflict   conflict  conflict  rejected
withdrawn         withdrawn         not-released      queued            withdrawn  conflict   conflict   conflict    conflict          conflict   conflict  conflict  withdrawn
expired           expired           not-released      conflict          conflict   conflict   conflict   conflict    conflict          conflict   conflict  conflict  expired
revoked           revoked           revoked           conflict          conflict   conflict   conflict   conflict    conflict          conflict   conflict  conflict  revoked
"""  # noqa: E501 - a table

ANOTHER_ADMIN = PersonId("another-admin@enclave.example")
PEOPLE = {
    "asker": COLLEAGUE,
    "lead": ASKS,
    "member checker": MEMBER_CHECKER,
    "stranger": STRANGER,
    "checker": CHECKERS[1],
    "senior": SENIOR,
    "own checker": OWN_CHECKER,
    "conflicted": CONFLICTED,
    "lapsed": LAPSED,
    "admin": ADMIN,
    "auditor": AUDITOR,
}
CODES = {
    "not-found": "hidden",
    "forbidden": "forbidden",
    "own-output": "own",
    "precondition-failed": "stale",
}


def grid(text: str) -> dict[tuple[str, str], str]:
    """The cells of a table by row and column. Columns stand under their heads, two spaces or more apart."""
    head, *rows = [line for line in text.splitlines() if line.strip()]
    starts = [place for place, char in enumerate(head) if char != " " and head[:place].endswith("  ")]
    ends = [*starts[1:], None]
    names = [head[start:end].strip() for start, end in zip(starts, ends, strict=True)]
    return {
        (row[: starts[0]].strip(), name): row[start:end].strip()
        for row in rows
        for name, start, end in zip(names, starts, ends, strict=True)
    }


PAGE = Path(__file__).parents[2] / "docs" / "reference" / "release-states.md"


def rendered() -> str:
    """The tables as the docs show them: from a state, by a command, to a state."""
    titles = {"Answers that nobody asked for yet": ANSWERS, "With checkers": MOVES, "Releases": RELEASES}
    parts = []
    for title, text in titles.items():
        cells = grid(text)
        commands = list(dict.fromkeys(command for _, command in cells))
        lines = [f"| command | {' | '.join(('from', 'to'))} |", "| --- | --- | --- |"]
        for command in commands:
            for to in dict.fromkeys(cells[key] for key in cells if key[1] == command and cells[key] != "."):
                starts = [state for state, one in cells if one == command and cells[state, one] == to]
                lines.append(f"| {command} | {', '.join(starts)} | {to} |")
        parts.append(f"## {title}\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


def test_the_page_of_states_shows_the_tables() -> None:
    """`rendered()` gives what has to stand there."""
    assert PAGE.read_text(encoding="utf-8").endswith(rendered())


EVERY_MOVE = grid(ANSWERS) | grid(MOVES) | grid(RELEASES)
"""What no table names is no move."""


def test_the_tables_name_every_state_and_every_command_once() -> None:
    names = [key for text in (ANSWERS, MOVES, RELEASES) for key in grid(text)]
    assert len(names) == len(set(names))
    assert {state for state, _ in names} == set(State)
    assert {command for _, command in names} == set(Command)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("command", Command)
def test_a_command_moves_an_output_as_the_table_says(state: State, command: Command) -> None:
    moved = move(state, command)
    wanted = EVERY_MOVE.get((state, command), ".")
    assert (moved.to if isinstance(moved, Event) else ".") == wanted


@pytest.mark.parametrize("state", sorted(KEPT))
def test_each_person_may_do_in_each_state_what_the_tables_say(state: State, tmp_path: Path) -> None:
    """Every state, every command, every role, through the actions over a real store."""
    bench = Bench(Service(tmp_path), state)
    people, states = grid(BY_PERSON), grid(BY_STATE)
    found, wanted = {}, {}
    for name, person in PEOPLE.items():
        for command in ACTS:
            allowed = people[name, command]
            wanted[name, command] = states[state, command] if allowed == "yes" else allowed
            found[name, command] = bench.attempt(command, person)
    bench.service.close()
    assert found == wanted


class Bench:
    """An output in one state; another one as soon as it has moved."""

    def __init__(self, service: Service, state: State) -> None:
        self.service, self.state = service, state
        self.query = service.ask(CHECKED, person=COLLEAGUE).id
        service.run()
        if state is State.ON_HOLD:
            service.change_policy(_paused, file=f"projects/{THIS}.yaml")
        self.output = self._put()

    def attempt(self, command: str, person: PersonId) -> str:
        """What comes of it: the state of the output afterwards, or the code of the problem."""
        try:
            ACTS[command](self, person)
            outcome = self.service.state(self.output.id).value
        except Problem as problem:
            outcome = CODES.get(problem.code, problem.code)
        if self._now() != self.output:
            self.output = self._put()
        return outcome

    def vote(self) -> Vote:
        hashes = hashes_of(self.output, policy=self.service.policies.content_hash)
        return Vote(Verdict.APPROVE, "", hashes.as_json())

    def _now(self) -> OutputRecord | None:
        with self.service.records.read() as reading:
            return reading.output(self.output.id)

    def _put(self) -> OutputRecord:
        """An output in the state, with the votes that led to it."""
        service = self.service
        with service.records.read() as reading:
            query, result = reading.query(self.query), reading.result(self.query)
        assert query is not None
        assert result is not None
        policy = service.policies.in_force[THIS]

        def change(opened: Change) -> OutputRecord:
            id = opened.new_output_id()
            new = new_output(
                id, query, result, policy, asked_by=COLLEAGUE, why="", checkers=2, at=opened.at
            )  # fmt: skip
            ended = opened.at if self.state in EVER_RELEASED else None
            put = replace(new, state=self.state, released_at=ended)
            if self.state in (State.REVOCATION_ASKED, State.SUSPENDED):
                put = replace(put, revocation_by=ANOTHER_ADMIN, revocation_at=opened.at)
            added = opened.add_output(put, parties=parties_of(THIS, service.policies))
            opened.reserve_again(query.id)  # an output before it may have been withdrawn
            for review in self._votes(added):
                opened.add_review(review)
            return added

        return service.records.write(Entry(Kind.RELEASE_ASKED, COLLEAGUE, THIS), change)

    def _votes(self, output: OutputRecord) -> Iterator[ReviewRecord]:
        hashes = hashes_of(output, policy=self.service.policies.content_hash).as_json()
        for voter, verdict in zip((CHECKERS[0], CHECKERS[2]), VOTES.get(self.state, ()), strict=False):
            yield ReviewRecord(
                output.id,
                output.round,
                voter,
                OrganisationId("checking"),
                verdict,
                "",
                output.asked_at,
                hashes,
            )


VOTES = {
    State.IN_REVIEW: [Verdict.APPROVE],
    State.DISPUTED: [Verdict.APPROVE, Verdict.RETURN],
    State.APPROVED: [Verdict.APPROVE, Verdict.APPROVE],
    **{key: [Verdict.APPROVE, Verdict.APPROVE] for key in EVER_RELEASED},
    State.RETURNED: [Verdict.RETURN, Verdict.RETURN],
    State.REJECTED: [Verdict.REJECT, Verdict.REJECT],
}


def _paused(project: Files) -> None:
    project["status"] = "paused"


def _id(bench: Bench) -> OutputId:
    return bench.output.id


ACTS: dict[str, Callable[[Bench, PersonId], object]] = {
    "read": lambda b, who: read_output(b.service.asker(who), _id(b), b.service.desk),
    "download": lambda b, who: output_table(b.service.asker(who), _id(b), b.service.desk),
    "ask again": lambda b, who: ask_release(b.service.asker(who), b.query, "Again", b.service.desk),
    "withdraw": lambda b, who: withdraw_output(b.service.asker(who), _id(b), b.service.desk),
    "claim": lambda b, who: claim_output(b.service.asker(who), _id(b), b.service.desk),
    "vote": lambda b, who: review_output(
        b.service.asker(who), _id(b), b.vote(), b.service.desk, etag=etag_of(b.output)
    ),
    "adjudicate": lambda b, who: adjudicate_output(
        b.service.asker(who), _id(b), b.vote(), b.service.desk, etag=etag_of(b.output)
    ),
    "revoke": lambda b, who: revoke_output(
        b.service.asker(who), _id(b), "A slip", b.service.desk, etag=etag_of(b.output)
    ),
    "suspend": lambda b, who: revoke_output(
        b.service.asker(who), _id(b), "A slip", b.service.desk, etag=etag_of(b.output), emergency=True
    ),
    "confirm": lambda b, who: confirm_revocation(
        b.service.asker(who), _id(b), b.service.desk, etag=etag_of(b.output)
    ),
    "keep": lambda b, who: keep_release(
        b.service.asker(who), _id(b), "All is well", b.service.desk, etag=etag_of(b.output)
    ),
    "review": lambda b, who: read_review(b.service.asker(who), _id(b), b.service.desk),
}
