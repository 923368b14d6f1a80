"""The service without HTTP: its actions over a real store and a little world, with the time in the test's hand."""

import itertools
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from pathlib import Path

from ruamel.yaml import YAML

from enclave.actions.ask_query import AskQuery, ask_query
from enclave.actions.ask_release import ask_release
from enclave.actions.asker import Asker
from enclave.actions.check_policy import Policies, load_policies
from enclave.actions.ledger_books import Books
from enclave.actions.read_outputs import read_review
from enclave.actions.record_uses import ReachDesk
from enclave.actions.review_output import Vote, review_output
from enclave.actions.run_jobs import run_next_job
from enclave.actions.run_query import Desk, Limits
from enclave.actions.service_desk import HookDesk, ServiceDesk, nothing_happens
from enclave.engines.reached import reached_by
from enclave.outputs.reasons import Reason
from enclave.outputs.records import OutputId, QueryId, Wanted
from enclave.outputs.states import State, Verdict
from enclave.outputs.views import OutputView, QueryView
from enclave.store import Store
from enclave.store.reach_shelves import Shelves
from enclave.terms import PersonId, ProjectId
from enclave.transparency.reach import Bits, Definition
from enclave.wiring.service_key import ServiceKey
from tests.oracle.policies import PROJECT, RESEARCHER, write_policies
from tests.oracle.world import World, make_world
from tests.support.ask import InProcessEngine, InProcessScratch, WorldStore
from tests.support.records import open_store

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
THIS = ProjectId(PROJECT)
OTHER = ProjectId("P-WORLD-2")
ASKS = PersonId(RESEARCHER)
COLLEAGUE = PersonId("colleague@infirmary.example")
STRANGER = PersonId("researcher@elsewhere.example")
CHECKERS = tuple(PersonId(f"checker-{number}@checking.example") for number in (1, 2, 3))
SENIOR = PersonId("senior@checking.example")
OWN_CHECKER = PersonId("checker@infirmary.example")
MEMBER_CHECKER = PersonId("member-checker@infirmary.example")
CONFLICTED = PersonId("conflicted@checking.example")
LAPSED = PersonId("lapsed@checking.example")
ADMIN = PersonId("admin@enclave.example")
AUDITOR = PersonId("auditor@enclave.example")
STEWARD = PersonId("steward@enclave.example")
OFFICER = PersonId("officer@elsewhere.example")
MANAGER = PersonId("manager@infirmary.example")
PROGRAM = PersonId("nightly@infirmary.example")

KEY = ServiceKey(bytes(32), secrets.token_bytes)

AUTOMATIC = "SELECT sex, count(*) AS n FROM patient GROUP BY 1"
CHECKED = "SELECT sex, count(*) AS n FROM patient WHERE weight > 63.7 GROUP BY 1"
REFUSED = "SELECT sex, nothing FROM patient"

Files = dict[str, object]


@dataclass
class TestClock:
    """Stands still but for whoever sleeps; `move` it."""

    __test__ = False
    time: datetime = NOW
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)

    def move(self, **by: float) -> None:
        self.time += timedelta(**by)


class Service:
    """One deployment with its people. What is in force can be changed with `change_policy`."""

    def __init__(
        self,
        folder: Path,
        *,
        at: Callable[[str], None] = nothing_happens,
        worker: str = "worker-1",
        url: str | None = None,
        seed: int = 7,
        units: int = 200,
    ) -> None:
        self.clock = TestClock()
        self.policies = policies()
        self.records: Store = open_store(folder, clock=self.clock, url=url)  # type: ignore[arg-type]
        self.engine = InProcessEngine(world(seed, units))
        self.scratch = InProcessScratch()
        self.faults: list[Exception] = []
        self._salts = itertools.count(1)
        self.books = Books()
        self.ended: Callable[[QueryId], None] = nothing_happens
        self.desk = ServiceDesk(
            records=self.records,
            policies=lambda: self.policies,
            question_desk=self._question_desk,
            clock=self.clock,
            fault=self._fault,
            worker=worker,
            at=at,
            ended=lambda query: self.ended(query),
            judge=lambda meeting, policy: self.books.may_all_be_shown(
                meeting, policy, self.policies.catalogue
            ),
            hooks=HookDesk(KEY.hook_secret, new_salt=lambda: f"salt-{next(self._salts)}", local=True),
        )

    def reach(self, folder: Path) -> ReachDesk:
        """What questions about the reach of its queries are answered with."""

        def evaluate(definition: Definition) -> Mapping[str, Bits]:
            return reached_by(definition, self.engine, limits=Limits(1_000_000, 1 << 28, 60))

        return ReachDesk(self.records.reach, Shelves(folder), evaluate)

    def close(self) -> None:
        self.records.close()
        self.engine.close()
        self.scratch.close()

    def asker(self, person: PersonId, *, signed_in_minutes_ago: float = 0) -> Asker:
        at = self.clock.now() - timedelta(minutes=signed_in_minutes_ago)
        found = self.policies.people.get(person)
        return Asker(person, frozenset() if found is None else found.roles, at)

    def ask(
        self,
        sql: str = CHECKED,
        wanted: Wanted = Wanted.ORDINARY,
        *,
        person: PersonId = ASKS,
        project: ProjectId = THIS,
    ) -> QueryView:
        return ask_query(AskQuery(self.asker(person), project, sql, "A table", wanted), self.desk)

    def run(self) -> None:
        """Everything that waits."""
        while run_next_job(self.desk):
            pass

    def ran(self, sql: str = CHECKED, wanted: Wanted = Wanted.ORDINARY) -> QueryId:
        id = self.ask(sql, wanted).id
        self.run()
        return id

    def with_checkers(self) -> OutputId:
        """An output of the checked query, which nobody has voted on."""
        return ask_release(self.asker(ASKS), self.ran(), "For the paper", self.desk).id

    def ask_again(self, id: OutputId) -> OutputView:
        with self.records.read() as reading:
            output = reading.output(id)
        assert output is not None
        return ask_release(self.asker(ASKS), output.query_id, "Anew", self.desk)

    def released(self) -> OutputId:
        id = self.ran(AUTOMATIC)
        with self.records.read() as reading:
            output = reading.output_of(id)
        assert output is not None
        return output.id

    def vote(
        self, id: OutputId, person: PersonId, verdict: Verdict = Verdict.APPROVE, comment: str = "As I see it"
    ) -> OutputView:
        """A vote on what the checker sees now."""
        asker = self.asker(person)
        seen = read_review(asker, id, self.desk)
        vote = Vote(verdict, comment, seen.hashes.as_json(), Reason.OTHER)
        return review_output(asker, id, vote, self.desk, etag=seen.etag)

    def state(self, id: OutputId) -> State:
        with self.records.read() as reading:
            output = reading.output(id)
        assert output is not None
        return State(output.state)

    def change_policy(self, edit: Callable[[Files], None], *, file: str) -> None:
        """Other policy files are in force from now on."""
        self.policies = policies_with(edit, file=file, today=self.clock.now())

    def touch_policy(self) -> None:
        """Policy files that differ in nothing which matters."""
        self.policies = replace(self.policies, content_hash="another")
        in_force = {
            id: replace(policy, content_hash="another") for id, policy in self.policies.in_force.items()
        }
        self.policies = replace(self.policies, in_force=in_force)

    def _question_desk(self, policies: Policies, project: ProjectId, now: datetime) -> Desk:
        del project
        store, ledger = WorldStore(self.engine), self.records.ledger
        return Desk(policies, store, self.scratch, ledger, now, self.books, self.records.reach)

    def _fault(self, error: Exception) -> str:
        self.faults.append(error)
        return f"F-{len(self.faults)}"


@cache
def world(seed: int, units: int) -> World:
    return make_world(seed, units=units)


@cache
def policies() -> Policies:
    return policies_with(lambda _: None, file="house.yaml", today=NOW)


def policies_with(edit: Callable[[Files], None], *, file: str, today: datetime) -> Policies:
    with tempfile.TemporaryDirectory() as folder:
        write_service_policies(Path(folder))
        edit_yaml(Path(folder) / file, edit)
        return load_policies(Path(folder), today=today.date())


@cache
def policies_by(method: str, *, today: date) -> Policies:
    """The little world's policies, but that the house and its projects change numbers by a method."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_service_policies(folder)
        edit_yaml(folder / "house.yaml", partial(_changes_numbers, "defaults", method))
        for path in folder.glob("projects/*.yaml"):
            edit_yaml(path, partial(_changes_numbers, "disclosure", method))
        return load_policies(folder, today=today)


def _changes_numbers(part: str, method: str, file: Files) -> None:
    rules = file[part]
    assert isinstance(rules, dict)
    rules["method"] = method


def write_service_policies(folder: Path) -> None:
    """The little world's policy files, with two projects, checkers of three organisations, and whoever oversees."""
    write_policies(folder, min_units=5)
    edit_yaml(folder / "house.yaml", _two_checkers_off_cut_points)
    for organisation in ("checking", "elsewhere", "keeper"):
        _copy(folder / "organisations/infirmary.yaml", f"{organisation}.yaml", id=organisation)
    for person, roles in ROLES.items():
        _copy(
            folder / f"people/{RESEARCHER}.yaml",
            f"{person}.yaml",
            id=str(person),
            organisation=ORGANISATIONS[person.rpartition("@")[2]],
            roles=roles,
            identities=[{"issuer": "urn:enclave:dev", "subject": person.partition("@")[0] + person[-12:]}],
        )
    edit_yaml(folder / f"people/{CONFLICTED}.yaml", _declares_a_conflict)
    edit_yaml(folder / f"people/{PROGRAM}.yaml", _is_a_program)
    edit_yaml(folder / f"people/{OFFICER}.yaml", lambda person: person.update(clusters=["H-1"]))
    edit_yaml(folder / f"people/{MANAGER}.yaml", _has_no_accreditation)
    edit_yaml(folder / f"people/{LAPSED}.yaml", _has_no_accreditation)
    _copy(
        folder / f"projects/{PROJECT}.yaml",
        f"{OTHER}.yaml",
        id=str(OTHER),
        organisation="elsewhere",
        people=[{"id": str(STRANGER), "role": "lead_researcher"}],
    )
    edit_yaml(folder / f"projects/{PROJECT}.yaml", _with_colleagues)


ORGANISATIONS = {
    "infirmary.example": "infirmary",
    "checking.example": "checking",
    "elsewhere.example": "elsewhere",
    "enclave.example": "keeper",
}
ROLES: dict[PersonId, list[str]] = {
    COLLEAGUE: ["researcher"],
    STRANGER: ["researcher"],
    **{checker: ["output_checker"] for checker in CHECKERS},
    SENIOR: ["output_checker", "senior_checker"],
    OWN_CHECKER: ["output_checker", "senior_checker"],
    MEMBER_CHECKER: ["researcher", "output_checker", "senior_checker"],
    CONFLICTED: ["output_checker", "senior_checker"],
    LAPSED: ["output_checker", "senior_checker"],
    ADMIN: ["admin"],
    AUDITOR: ["auditor"],
    STEWARD: ["data_steward"],
    OFFICER: ["school_data_officer"],
    MANAGER: ["project_manager"],
    PROGRAM: ["researcher"],
}


def edit_yaml(path: Path, edit: Callable[[Files], None]) -> None:
    yaml = YAML(typ="safe", pure=True)
    content = yaml.load(path.read_text(encoding="utf-8"))
    edit(content)
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(content, file)


def _copy(path: Path, name: str, **changes: object) -> None:
    copy = path.with_name(name)
    copy.write_bytes(path.read_bytes())
    edit_yaml(copy, lambda content: content.update(changes))


def _two_checkers_off_cut_points(house: Files) -> None:
    defaults = house["defaults"]
    assert isinstance(defaults, dict)
    defaults["release"]["off_cut_points_route"] = {"checkers": 2}


def _declares_a_conflict(person: Files) -> None:
    declarations = person["declarations"]
    assert isinstance(declarations, list)
    declarations[0]["conflicts"] = [PROJECT]


def _has_no_accreditation(person: Files) -> None:
    del person["accreditation"]


def _is_a_program(person: Files) -> None:
    for part in ("accreditation", "training", "declarations"):
        del person[part]
    person["service"] = {"project": PROJECT, "on_behalf_of": str(ASKS)}


def _with_colleagues(project: Files) -> None:
    people = project["people"]
    assert isinstance(people, list)
    people += [{"id": str(person), "role": "researcher"} for person in (COLLEAGUE, MEMBER_CHECKER, PROGRAM)]
    people.append({"id": str(MANAGER), "role": "project_manager"})
