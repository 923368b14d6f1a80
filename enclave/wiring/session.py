"""Questions of one person on one project, with everything that answering them takes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from enclave.actions.answer_json import Json, answer_json, stopped_json
from enclave.actions.check_policy import Policies
from enclave.actions.ledger_books import Books
from enclave.actions.plan_query import Planned, Question, explain_query, plan_query
from enclave.actions.run_query import Desk, run_query
from enclave.audit import Entry, Kind
from enclave.engines.duckdb.engine import DuckDBEngine
from enclave.engines.project import ProjectScratch
from enclave.engines.scratch import Scratch
from enclave.outputs.records import Wanted
from enclave.people import Role
from enclave.problems import Fault, Problem, Refusals
from enclave.terms import PersonId, ProjectId
from enclave.wiring.consents import ConsentLists, consents_of_home
from enclave.wiring.exclusions import exclusions_of
from enclave.wiring.faults import record_fault
from enclave.wiring.home import Home, open_home
from enclave.wiring.ledger import Counts, SessionRecord, ledger_for
from enclave.wiring.policies import instant, policies_of, written_time
from enclave.wiring.retractions import Retractions
from enclave.wiring.sources import StoppedClock, SystemClock, new_fault_id
from enclave.wiring.store import HomeStore, SandboxTooWeak


@dataclass(frozen=True, slots=True)
class Session:
    """One person asks on one project. Questions are answered one after the other."""

    home: Home
    policies: Policies
    store: HomeStore
    clock: SystemClock | StoppedClock
    project: ProjectId
    person: PersonId

    @property
    def may_see_timings(self) -> bool:
        """Durations tell of the data, so they are for admins."""
        person = self.policies.people.get(self.person)
        return person is not None and Role.ADMIN in person.roles

    def plan(self, sql: str, wanted: Wanted = Wanted.ORDINARY) -> Planned:
        """All that `check` does. Reads no data.

        Raises:
            Refusals: everything that the stage which refuses has found.
        """
        return plan_query(self.question(sql, wanted), self.policies, self.store, now=self.clock.now())

    def explained(self, sql: str) -> Planned:
        """The plan of a question, for an admin.

        Raises:
            Refusals: the person is no admin, or the question cannot be asked.
        """
        store = HomeStore(self.home.data, self.policies.catalogue)
        return explain_query(self.question(sql), self.policies, store, now=self.clock.now())

    def question(self, sql: str, wanted: Wanted = Wanted.ORDINARY) -> Question:
        return Question(self.project, self.person, sql, wanted=wanted)


def _all_of_them(policies: Policies) -> Policies:
    """Where nobody objected."""
    return policies


@dataclass(frozen=True, slots=True)
class Answering:
    """A session with engines."""

    session: Session
    store: HomeStore
    scratch: ProjectScratch
    record: SessionRecord
    less: Callable[[Policies], Policies] = _all_of_them
    books: Books = field(default_factory=Books)
    exclusions: list[int] = field(default_factory=list)
    """Compound exclusions of each question so far. Limit: those that others asked before are not counted here."""

    def answer(self, sql: str, wanted: Wanted = Wanted.ORDINARY, *, timings: bool) -> Json:
        """One answer, whatever becomes of the question. An unexpected error is logged, and its id is the answer."""
        ledger, reach = self.record.ledger_of(self._entry(sql)), self.record.reach
        now = self.session.clock.now()
        policies = self.less(self.session.policies)
        consents = ConsentLists(self.store, partial(consents_of_home, self.session.home), now)
        desk = Desk(policies, self.store, self.scratch, ledger, now, self.books, reach, consents)
        try:
            question = replace(self.session.question(sql, wanted), exclusions=sum(self.exclusions))
            answer = run_query(question, desk)
            self.exclusions.append(answer.planned.exclusions)
            if not answer.held:
                reach.shown(answer.uses)
        except Refusals as refusals:
            return stopped_json(refusals.problems, status="refused")
        except Problem as problem:
            return stopped_json([problem], status="failed")
        except Exception as error:  # noqa: BLE001 - the edge of a question: the next one is still asked
            return stopped_json([self._fault(error)], status="failed")
        timed = {"engine_ms": round(answer.engine_ms, 1)} if timings and self.session.may_see_timings else {}
        return answer_json(answer) | timed

    def _entry(self, sql: str) -> Entry:
        session = self.session
        objects = {"sql": sql.encode(), "policy": session.policies.content_hash.encode()}
        return Entry(Kind.ANSWER_SHOWN, session.person, session.project, objects)

    def _fault(self, error: Exception) -> Fault:
        fault_id = new_fault_id()
        record_fault(error, log=self.session.home.faults, fault_id=fault_id, at=SystemClock().now())
        return Fault(
            detail=f"Something went wrong on our side; nothing was released. Report {fault_id}.",
            fault_id=fault_id,
        )


def session_of(folder: Path, *, project: str, person: str, at: str | None) -> Session:
    """A session in the home `folder`, as of now or of the time `at`."""
    home = open_home(folder)
    on_file = policies_of(home, at=written_time(at) if at else None)
    clock = StoppedClock(instant(at, on_file)) if at else SystemClock()
    policies = Retractions(home, SystemClock().now).less(on_file)  # what is gone is gone at any time
    store = HomeStore(home.data, policies.catalogue)
    return Session(home, policies, store, clock, ProjectId(project), PersonId(person))


@contextmanager
def answering(session: Session, *, counts: Counts = Counts.HOME) -> Iterator[Answering]:
    """The session with workers to answer it, which end with it.

    Args:
        counts: what was shown before that its answers are judged with.
    Raises:
        WrongUse, RecordChanged: see `ledger_for`.
        SandboxTooWeak: this machine does not hold what the house requires.
    """
    house = session.policies.house
    with (
        ledger_for(session.home, session.policies, counts) as record,
        DuckDBEngine(folder=session.home.state / "workers") as engine,
        ExitStack() as stack,
    ):
        level = engine.sandbox_level().level if house.sandbox.minimum_level else 0
        if level < house.sandbox.minimum_level:
            raise SandboxTooWeak(
                detail=f"house.yaml requires level {house.sandbox.minimum_level}, and this machine reaches {level}."
            )
        scratch = Scratch(engine, minimum_level=house.sandbox.minimum_level)
        exclusions = stack.enter_context(exclusions_of(session.home))
        home = session.home
        store = HomeStore(home.data, session.policies.catalogue, engine, home.keys, exclusions.keys)
        yield Answering(
            session, store, ProjectScratch(scratch, session.project), record, less=exclusions.less
        )
