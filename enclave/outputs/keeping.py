"""The store, as those who use it see it. Nothing changes but through a `Change`, which comes with an entry."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol, TypeVar

from enclave.audit.entries import Entry, Json, Kind
from enclave.outputs.hooks import HookEvent, HookId, HookRecord, HookState
from enclave.outputs.keeping_agreements import AgreementChange, AgreementReading
from enclave.outputs.keeping_consents import ConsentChange, ConsentReading
from enclave.outputs.keeping_saved import SavedChange, SavedReading
from enclave.outputs.keeping_workflow import WorkflowChange, WorkflowReading
from enclave.outputs.ledger import Judged, Known, LabelsOf, Meeting, NewNumbers, Recheck, Scope
from enclave.outputs.notices import LetterRecord, LetterState, Notice
from enclave.outputs.records import (
    ClaimRecord,
    EntryRecord,
    JobRecord,
    OutputId,
    OutputRecord,
    OutputTotals,
    Party,
    QueryId,
    QueryRecord,
    QueryStatus,
    RememberedAnswer,
    ResultRecord,
    ReviewRecord,
    WaitingRecord,
)
from enclave.people.sessions import Session
from enclave.people.tokens import ShownToken
from enclave.terms import FieldRef, PersonId, ProjectId

T = TypeVar("T")
MOST_LISTED = 200
MOST_WAITING = 2_000
"""Outputs that a queue looks through; the oldest of them, so none waits for ever."""


class Stale(Exception):
    """Somebody else was first: the row is no longer the version that was read."""


class NotThere(Exception):
    """There is no such row."""


class AlreadyThere(Exception):
    """There is such a row, and it may be there once."""


class NotIndependent(Exception):
    """The database refused a review: the reviewer, or their organisation, has an interest in the output."""


class Reading(WorkflowReading, SavedReading, ConsentReading, AgreementReading, Protocol):
    """One moment of the store. Lists are newest first, `limit` rows at most, of those numbered below `before`."""

    def query(self, id: QueryId) -> QueryRecord | None: ...

    def queries(
        self,
        *,
        project: ProjectId | None = None,
        person: PersonId | None = None,
        status: QueryStatus | None = None,
        before: int | None = None,
        limit: int = MOST_LISTED,
    ) -> tuple[QueryRecord, ...]: ...

    def under_way(self, project: ProjectId) -> int:
        """How many queries of the project are queued or running."""
        ...

    def query_counts(self, project: ProjectId) -> Mapping[QueryStatus, int]: ...

    def cells_asked(self, project: ProjectId, *, since: datetime) -> int:
        """The sum of `cells` of the project's queries asked since then and not refused."""
        ...

    def compound_exclusions(self, project: ProjectId) -> int:
        """How many compound exclusions were ever asked on the project."""
        ...

    def ends(self, project: ProjectId) -> Mapping[str, int]:
        """How many of the project's queries failed, by the code of the problem."""
        ...

    def result(self, query_id: QueryId) -> ResultRecord | None: ...

    def output(self, id: OutputId) -> OutputRecord | None: ...

    def output_of(self, query_id: QueryId) -> OutputRecord | None:
        """The latest output of the query."""
        ...

    def outputs(
        self,
        *,
        projects: Iterable[ProjectId] | None = None,
        states: Iterable[str] | None = None,
        before: int | None = None,
        limit: int = MOST_LISTED,
        seeded: bool = False,
    ) -> tuple[OutputRecord, ...]:
        """With `seeded`, also the known-bad items that were put in to test checkers: for their queue alone."""
        ...

    def output_totals(self, project: ProjectId) -> OutputTotals: ...

    def parties(self, output_id: OutputId) -> frozenset[Party]: ...

    def reviews(self, output_id: OutputId) -> tuple[ReviewRecord, ...]:
        """All votes of all rounds, oldest first."""
        ...

    def claims(self, output_id: OutputId) -> tuple[ClaimRecord, ...]:
        """Who took the output up, in all rounds, oldest first."""
        ...

    def waiting(self, *, states: Iterable[str], limit: int = MOST_WAITING) -> tuple[WaitingRecord, ...]:
        """Outputs in these states with what their lines in a queue are made of, oldest first."""
        ...

    def queries_of(self, ids: Iterable[QueryId]) -> Mapping[QueryId, QueryRecord]:
        """These queries, of those that there are."""
        ...

    def reports(self, query_ids: Iterable[QueryId]) -> Mapping[QueryId, bytes]:
        """The risk reports of these queries, of those that have one."""
        ...

    def job_of(self, query_id: QueryId) -> JobRecord | None: ...

    def waiting_jobs(self, *, limit: int = MOST_LISTED) -> tuple[JobRecord, ...]:
        """Jobs that nobody has taken, oldest first."""
        ...

    def silent_jobs(self, *, heard_before: datetime) -> tuple[JobRecord, ...]:
        """Jobs that run, and whose worker was last heard before that time."""
        ...

    def hook(self, id: HookId) -> HookRecord | None: ...

    def hooks(
        self, *, person: PersonId | None = None, active: bool = False, limit: int = MOST_LISTED
    ) -> tuple[HookRecord, ...]: ...

    def hooks_of(self, project: ProjectId | None) -> tuple[HookRecord, ...]:
        """The active hooks of a project; None: of the checkers' queue."""
        ...

    def waiting_events(self, hook_id: HookId) -> int:
        """How many events a hook was not told of yet."""
        ...

    def letters(
        self, *, state: LetterState | None = None, before: int | None = None, limit: int = MOST_LISTED
    ) -> tuple[LetterRecord, ...]:
        """The outbox, newest first."""
        ...

    def session(self, id_hash: str) -> Session | None: ...

    def token(self, issuer: str, token_id: str) -> ShownToken | None: ...

    def remembered(self, person: PersonId, key: str) -> RememberedAnswer | None: ...

    def entries(
        self,
        *,
        kinds: Iterable[Kind] | None = None,
        project: ProjectId | None = None,
        actor: PersonId | None = None,
        before: int | None = None,
        limit: int = MOST_LISTED,
    ) -> tuple[EntryRecord, ...]: ...

    def entries_about(self, thing: str) -> tuple[EntryRecord, ...]:
        """Every entry that touched the query or output with this id, oldest first."""
        ...

    def entry_count(
        self,
        *,
        kinds: Iterable[Kind],
        project: ProjectId | None = None,
        actor: PersonId | None = None,
        since: datetime | None = None,
    ) -> int: ...


class Change(Reading, WorkflowChange, SavedChange, ConsentChange, AgreementChange, Protocol):
    """A transaction that changes something. A record is saved whole, if it still is the version that is stored."""

    @property
    def at(self) -> datetime:
        """The time of this write, and of its entries."""
        ...

    def also(self, entry: Entry) -> None:
        """One more leaf in the same transaction."""
        ...

    def note(self, **facts: Json) -> None:
        """Add to the body of each entry of this write what only the transaction knows."""
        ...

    def new_query_id(self) -> QueryId: ...

    def add_query(self, query: QueryRecord) -> QueryRecord: ...

    def save_query(self, query: QueryRecord) -> QueryRecord:
        """Raises: Stale, NotThere."""
        ...

    def add_result(self, result: ResultRecord) -> None: ...

    def new_output_id(self) -> OutputId: ...

    def add_output(self, output: OutputRecord, *, parties: Iterable[Party]) -> OutputRecord: ...

    def add_parties(self, output_id: OutputId, parties: Iterable[Party]) -> None: ...

    def save_output(self, output: OutputRecord) -> OutputRecord:
        """Raises: Stale, NotThere."""
        ...

    def add_review(self, review: ReviewRecord) -> None:
        """Raises: AlreadyThere (one vote a round), NotIndependent."""
        ...

    def add_claim(self, claim: ClaimRecord) -> None:
        """Take up, or take up again. Raises: NotIndependent."""
        ...

    def add_job(self, query_id: QueryId) -> JobRecord: ...

    def take_job(self, job_id: int, *, by: str) -> JobRecord:
        """Raises: Stale: somebody else took it, or it has ended."""
        ...

    def ask_to_cancel(self, query_id: QueryId) -> JobRecord | None:
        """Note on the query's job that it should stop; None when it has ended, or there is none. Safe to repeat."""
        ...

    def end_job(self, job_id: int) -> None:
        """Raises: Stale: it has ended already."""
        ...

    def new_hook_id(self) -> HookId: ...

    def add_hook(self, hook: HookRecord) -> HookRecord: ...

    def end_hook(self, id: HookId, state: HookState, reason: str) -> HookRecord | None:
        """Switch a hook off or remove it, with all that waits for it. None when it was so before."""
        ...

    def add_hook_event(self, hook_id: HookId, body: Mapping[str, Json]) -> None: ...

    def notify(self, notice: Notice) -> bool:
        """Tell somebody, by every way that the house has. False when they were told before, by the notice's key."""
        ...

    def revive_letter(self, id: int) -> bool:
        """Have a dead letter tried anew. False when there is no dead one of this number."""
        ...

    def add_session(self, new: Session) -> None:
        """Open a session of a browser; those that are over go."""
        ...

    def add_token(self, shown: ShownToken) -> ShownToken:
        """Keep an access token that is shown for the first time. Returns the one that is kept under its name."""
        ...

    def end_token(self, issuer: str, token_id: str) -> None:
        """It is good for nothing any more. Safe to repeat."""
        ...

    def end_session(self, id_hash: str) -> bool:
        """Whether there was one."""
        ...

    def remember(self, answer: RememberedAnswer) -> None:
        """Raises: AlreadyThere."""
        ...

    def forget_answers(self, *, before: datetime) -> int: ...

    def show_numbers(self, query_id: QueryId, scope: Scope, *, recheck: Recheck | None = None) -> None:
        """Mark the numbers that are reserved for a query as shown. A query without numbers shows none.

        With `recheck`, numbers that came into the scope are judged here: in `Records.write_alone`.

        Raises:
            Raced: something is in the scope that nobody has looked at beside these numbers.
            NotTogether: `recheck` does not let them be shown.
        """
        ...

    def show_at_once(self, new: NewNumbers, *, recheck: Recheck | None = None) -> None:
        """Add numbers that are shown with this write. Raises as `show_numbers`."""
        ...

    def keep_numbers(self, query_id: QueryId) -> None:
        """The entry of this write tells what is reserved for a query, which waits for checkers."""
        ...

    def free_numbers(self, query_id: QueryId) -> None:
        """What is reserved for a query will never be shown. What was shown stays shown. Safe to repeat."""
        ...

    def reserve_again(self, query_id: QueryId) -> None:
        """Reserve anew what was freed for a query. Safe to repeat."""
        ...

    def forget_sizes(self, field: FieldRef, *, years: Set[str] | None = None) -> int:
        """Values were destroyed: of sums of the field forget what those add who add most. Returns of how many.

        With `years`, of those alone that lie in these as a whole.
        """
        ...

    def reach_again(self, query_id: QueryId, *, of: QueryId) -> None:
        """A query reaches whom another one of its project reached: it is answered as that one was."""
        ...

    def count_compound_exclusions(self, project: ProjectId, asked: int) -> None:
        """So many more were asked on the project."""
        ...

    def erase(self, seqs: Iterable[int]) -> None:
        """Erase who did it and what was said in these entries, and the salts that open their commitments.

        The leaves stay. The entry of this write says which were erased: it has the kind RECORD_ERASED.
        """
        ...


class KeptLedger(Protocol):
    """What all projects were shown, as the store keeps it. Writes here have no entry: that of the query's end tells."""

    def shown(self, scope: Scope) -> Known: ...

    @property
    def labels_of(self) -> LabelsOf: ...

    def reserve(self, new: NewNumbers) -> None:
        """Raises: Raced, Stale."""
        ...

    def reserve_alone(self, new: NewNumbers, recheck: Recheck) -> None:
        """Raises: NotTogether, Stale."""
        ...

    def met(self, query_id: QueryId, scope: Scope) -> Meeting | None:
        """The numbers of a query with those which nobody has looked at beside them; None: there are none."""
        ...

    def judged_again(self, query_id: QueryId, judged: Judged) -> None:
        """Note that the numbers of a query were judged against more than before."""
        ...

    def only_grew(self, judged: Judged) -> bool:
        """Whether all that was reserved or shown at that moment still is."""
        ...

    def remember(self, scopes: Iterable[Scope]) -> None:
        """Who is on these projects was on them for ever."""
        ...


class Records(Protocol):
    """The store."""

    @property
    def ledger(self) -> KeptLedger: ...

    def write(self, entry: Entry, change: Callable[[Change], T]) -> T:
        """Make a change and its entry one durable transaction, and return what `change` returns.

        `change` runs on the store's own thread: it reads, decides and saves, and does nothing slow. What it raises
        undoes it, entry included, and is raised here.
        """
        ...

    def write_alone(self, entry: Entry, change: Callable[[Change], T]) -> T:
        """As `write`, in a transaction of its own on the caller's thread: for a change that takes time to decide.

        Nobody else writes until it is done, so it is for what cannot be done otherwise.
        """
        ...

    def read(self) -> AbstractContextManager[Reading]: ...

    def keep_answer(self, first: RememberedAnswer, *, since: datetime) -> bytes | None:
        """Keep what a call was answered, unless that is kept already. Returns the one that is.

        One from before `since` is no longer kept. None: there is another call under this key.
        """
        ...

    def take_due_events(self, *, limit: int) -> Sequence[tuple[HookRecord, HookEvent]]:
        """The oldest event of each hook that may be tried now; for a while nobody else is given them."""
        ...

    def done_with(self, taken: tuple[HookRecord, HookEvent], *, delivered: bool) -> None:
        """The event was told, or is not to be. The next one of its hook may be tried."""
        ...

    def not_told(self, hook: HookRecord) -> None:
        """A try went wrong; the next one comes after a longer wait."""
        ...

    def take_due_letters(self, *, limit: int) -> Sequence[LetterRecord]:
        """The oldest letters that may be tried now; for a while nobody else is given them."""
        ...

    def letter_ended(self, letter: LetterRecord, state: LetterState) -> None:
        """A letter was sent, or is dropped; `WAITING`: the try went wrong, and it waits longer or is dead now."""
        ...

    def use_token(self, issuer: str, token_id: str) -> bool:
        """Use up a token that is good for one call. Whether it was unused until now."""
        ...

    def touch_session(self, id_hash: str) -> None:
        """Note that a session was used just now."""
        ...

    def forget_saved(self, projects: Iterable[ProjectId]) -> int:
        """Remove the texts that were kept with these projects."""
        ...

    def forget_answers(self, *, before: datetime) -> int:
        """Remove the answers from before that time, and what they were to."""
        ...

    def beat(self, worker: str, progress: Mapping[QueryId, int]) -> Sequence[QueryId]:
        """Say that a worker lives and how far its queries are. Returns those of its queries that should stop."""
        ...
