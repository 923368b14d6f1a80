"""Requests of people about their own records: opened, verified, looked up by two, decided by two, given.

The one thing to know before changing this: the vault is opened in `_look_up` alone. That it is opened, by whom and for
which case, is durable before a byte of it is read, and the database refuses a look-up that is not of two roles.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, Final

from enclave.actions.asker import Asker
from enclave.actions.asking import not_found, who_asks
from enclave.actions.case_consents import consent_asked, write_consent
from enclave.actions.case_corrections import can_be_corrected, write_corrections
from enclave.actions.case_pairs import record_two_people
from enclave.actions.check_policy import Policies
from enclave.actions.service_desk import ServiceDesk
from enclave.actions.texts import one_line, short
from enclave.audit import Entry, Kind
from enclave.catalogue import Catalogue
from enclave.outputs.keeping import Stale
from enclave.problems.service import Conflict, Forbidden, PreconditionFailed, SignInAgain
from enclave.rights.cases import (
    MOST_TEXT,
    OVER,
    CaseId,
    CaseKind,
    CaseRecord,
    CaseState,
    Command,
    Correction,
    ExclusionRecord,
    LookupRecord,
    Outcome,
    OutputOfUse,
)
from enclave.rights.desk import RightsDesk
from enclave.rights.door import HeldRow, Subject, Warrant, warrant_of
from enclave.rights.keeping import RightsChange
from enclave.rights.moves import (
    GIVING,
    Actor,
    NewCase,
    Order,
    Refusal,
    may_read,
    may_read_papers,
    move,
    open_case,
)
from enclave.rights.papers import Papers, papers_of, record_as_bytes

ON_SIGHT: Final = frozenset({Command.ALLOW_LOOKUP, Command.CONFIRM})
"""Acts on what somebody else put down: they name the version of the case that was seen."""
LEAVING: Final = frozenset({CaseKind.OBJECTION, CaseKind.OPT_OUT})
"""Granted, they take the person out of every computation that starts later."""
MOST_CRITERIA: Final = 10
MOST_DEMANDS: Final = 1_000


@dataclass(frozen=True, slots=True, repr=False)
class NewRequest:
    """A request as it came: `contact` and `about` are what the person wrote, and are sealed."""

    kind: CaseKind
    received_on: date
    contact: str
    about: str
    through: str = ""
    on_behalf: bool = False
    public: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class Act:
    """What a handler does. `texts` are by what they say (identity, responsibility, maturity, reason)."""

    command: Command
    outcome: Outcome | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    criteria: Mapping[str, str] = field(default_factory=dict)
    withheld: Mapping[str, str] = field(default_factory=dict)
    corrections: tuple[Correction, ...] = ()
    seen: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class CaseView:
    """A case as a handler sees it, with its papers opened until it is closed."""

    case: CaseRecord
    papers: Papers | None

    def as_json(self) -> dict[str, Any]:
        case, papers = self.case, self.papers
        return {
            "id": case.id,
            "kind": case.kind.value,
            "state": case.state.value,
            "through": case.through or None,
            "on_behalf": case.on_behalf,
            "received_on": case.received_on.isoformat(),
            "due_on": case.due_on.isoformat(),
            "extended": case.extended,
            "outcome": None if case.outcome is None else case.outcome.value,
            "version": case.version,
            "public": dict(case.public),
            "steps": [
                {
                    "at": step.at.isoformat(),
                    "by": step.by,
                    "role": step.role.value,
                    "did": step.command.value,
                    "state": step.state.value,
                }
                for step in case.steps
            ],
            "papers": None if papers is None else _papers_json(papers),
        }


def open_request(asker: Asker, new: NewRequest, desk: ServiceDesk, rights: RightsDesk) -> CaseView:
    """Put a request on record; its clock runs from the day on which it was received.

    Raises:
        Forbidden: the asker does not receive such requests.
        Conflict: the day lies ahead.
    """
    policies = desk.policies()
    by = actor_of(asker, policies, desk)
    kind = Kind.DEMAND_RECEIVED if new.kind is CaseKind.DEMAND else Kind.CASE_OPENED
    public = {name: one_line(text, most=MOST_TEXT) for name, text in new.public.items()}
    papers = Papers(contact=_text(new.contact), about=_text(new.about))
    today, holidays = rights.today(), policies.house.reviewing.bank_holidays

    def change(opened: RightsChange) -> CaseRecord:
        id = opened.new_case_id()
        asked = NewCase(id, new.kind, new.through, new.on_behalf, new.received_on, public)
        case = open_case(asked, by, today=today, at=opened.at, bank_holidays=holidays)
        if isinstance(case, Refusal):
            raise _problem(case, "a new case")
        case = replace(case, sealed=rights.cabinet.seal(id, papers.as_bytes()))
        opened.add_case(case)
        opened.note(case=id)
        return case

    case = rights.records.write(Entry(kind, asker.person, None), change)
    return CaseView(case, papers)


def demands(rights: RightsDesk) -> list[dict[str, Any]]:
    """Every demand of a court or the police, newest first, for everybody: from the day on which it came."""
    with rights.records.read() as reading:
        found = reading.cases(kinds=frozenset({CaseKind.DEMAND}), limit=MOST_DEMANDS)
    return [
        {
            "id": case.id,
            "received_on": case.received_on.isoformat(),
            "authority": case.public.get("authority", ""),
            "basis": case.public.get("basis", ""),
            "outcome": case.outcome.value if case.outcome is not None and case.state in OVER else None,
            "decided_on": _decided_on(case),
        }
        for case in found
    ]


def _decided_on(case: CaseRecord) -> str | None:
    decided = case.last(Command.CONFIRM)
    return None if decided is None or case.state not in OVER else decided.at.date().isoformat()


def list_cases(
    asker: Asker, desk: ServiceDesk, rights: RightsDesk, *, over: bool = False
) -> list[CaseRecord]:
    """Those that the asker may read, newest first: all that wait, and with `over` those that do not."""
    by = actor_of(asker, desk.policies(), desk)
    states = None if over else frozenset(CaseState) - OVER
    with rights.records.read() as reading:
        return [case for case in reading.cases(states=states) if may_read(case, by)]


def read_case(asker: Asker, id: CaseId, desk: ServiceDesk, rights: RightsDesk) -> CaseView:
    """Raises: NotFound."""
    case = _case(asker, id, desk, rights)
    may_open = may_read_papers(case, actor_of(asker, desk.policies(), desk))
    return CaseView(case, _papers(case, rights) if may_open else None)


def act_on_case(asker: Asker, id: CaseId, act: Act, desk: ServiceDesk, rights: RightsDesk) -> CaseView:
    """Do one thing with a case.

    Raises:
        NotFound, Forbidden, Conflict, SignInAgain: see `moves`.
        PreconditionFailed: the case is not as it was seen.
    """
    policies = desk.policies()
    by = actor_of(asker, policies, desk)
    case = _case(asker, id, desk, rights)
    if act.command in ON_SIGHT and act.seen != case.version:
        raise PreconditionFailed(detail=f"{id} is not as it was seen. Look at it again.")
    order = _order(act)
    can_be_corrected(case, act.command, act.outcome, act.corrections, policies.catalogue)
    consent = consent_asked(case, act.command, act.outcome, dict(act.texts), policies)
    moved = _moved(case, order, by, desk, rights, found=False)
    papers = _papers(case, rights)
    if act.command is Command.ALLOW_LOOKUP:
        assert papers is not None, "a case that waits for a look-up has its papers"
        papers = _look_up(case, moved, papers, policies, rights)
        moved = _moved(case, order, by, desk, rights, found=papers.subject is not None)
    if act.command is Command.PROPOSE and papers is not None:
        papers = replace(papers, consent=consent)
    return _saved(case, moved, _written(papers, act, by, moved), act, rights)


def _look_up(
    case: CaseRecord, moved: CaseRecord, papers: Papers, policies: Policies, rights: RightsDesk
) -> Papers:
    """The papers with the person that was found, or with nobody. For access, their record is put into the cabinet."""
    warrant = warrant_of(moved)
    assert warrant is not None, "a look-up that was allowed is of two people in two roles"
    _record_opening(case, warrant, rights)
    archive = rights.archive(policies.catalogue)
    subject = archive.find(warrant, papers.criteria)
    if subject is None:
        return replace(papers, subject=None)
    if case.through or case.kind is CaseKind.ACCESS:
        rows = list(archive.rows_of(warrant, subject))
        if case.through and not _stands_in(rows, case.through, policies.catalogue):
            return replace(papers, subject=None)
        if case.kind is CaseKind.ACCESS:
            uses = rights.uses(subject.unit, subject.keys)
            rights.cabinet.keep_copy(case.id, record_as_bytes(rows, uses))
    return replace(papers, subject=subject, outputs=_outputs_of(case, subject, rights))


def _outputs_of(case: CaseRecord, subject: Subject, rights: RightsDesk) -> tuple[OutputOfUse, ...] | None:
    """For who leaves or consents, what was released earlier with them in it; a copy has it beside each use."""
    if case.kind not in LEAVING | {CaseKind.CONSENT}:
        return None
    uses = rights.uses(subject.unit, subject.keys)
    return None if uses is None else tuple(one for use in uses for one in use.outputs)


def _record_opening(case: CaseRecord, warrant: Warrant, rights: RightsDesk) -> None:
    """On the disk before the vault is opened, whatever is found there."""

    def change(opened: RightsChange) -> None:
        lookup = LookupRecord(
            opened.new_lookup_id(),
            case.id,
            opened.at,
            warrant.asked_by,
            warrant.asked_role,
            warrant.allowed_by,
            warrant.allowed_role,
        )
        opened.add_lookup(lookup)
        opened.note(case=case.id, asked_by=warrant.asked_by)

    rights.records.write(Entry(Kind.VAULT_OPENED, warrant.allowed_by, None), change)


def _stands_in(rows: list[HeldRow], cluster: str, catalogue: Catalogue) -> bool:
    """Whether some row of the person is of this cluster: a school asks about its own pupils, past ones too."""
    columns = {name: table.cluster.by for name, table in catalogue.tables.items() if table.cluster}
    return any(row.values.get(columns.get(row.table, "")) == cluster for row in rows)


def _saved(
    case: CaseRecord, moved: CaseRecord, papers: Papers | None, act: Act, rights: RightsDesk
) -> CaseView:
    decided = case.kind is CaseKind.DEMAND and moved.state is CaseState.DECIDED
    kind = Kind.DEMAND_DECIDED if decided else Kind.CASE_MOVED
    sealed = b"" if papers is None else rights.cabinet.seal(case.id, papers.as_bytes())

    def change(opened: RightsChange) -> CaseRecord:
        record_two_people(opened, moved)
        saved = opened.save_case(replace(moved, sealed=sealed))
        if saved.state is CaseState.DECIDED and saved.kind in LEAVING and saved.outcome in GIVING:
            _exclude(opened, saved, papers, rights)
        if saved.state is CaseState.DECIDED and saved.kind is CaseKind.CORRECTION and saved.outcome in GIVING:
            write_corrections(opened, saved, papers, rights)
        if saved.state is CaseState.DECIDED and saved.kind is CaseKind.CONSENT and saved.outcome in GIVING:
            write_consent(opened, saved, papers)
        opened.note(case=case.id, did=act.command.value, state=saved.state.value)
        return saved

    try:
        saved = rights.records.write(Entry(kind, moved.steps[-1].by, None), change)
    except Stale:
        raise PreconditionFailed(
            detail=f"Somebody else was first with {case.id}. Look at it again."
        ) from None
    destroy_copy(saved, rights)
    return CaseView(saved, papers)


def destroy_copy(case: CaseRecord, rights: RightsDesk) -> bool:
    """Once a case is closed, or decided against, its copy goes; that it went is on record. Safe to repeat."""
    refused = case.state is CaseState.DECIDED and case.outcome not in GIVING
    if not (case.state is CaseState.CLOSED or refused) or not rights.cabinet.destroy_copy(case.id):
        return False

    def change(opened: RightsChange) -> None:
        opened.note(case=case.id)

    rights.records.write(Entry(Kind.COPY_DESTROYED, None, None), change)
    return True


def _exclude(opened: RightsChange, case: CaseRecord, papers: Papers | None, rights: RightsDesk) -> None:
    """From here on no computation that starts counts the person."""
    assert papers is not None, "a case that was just decided has its papers"
    assert papers.subject is not None, "nothing is granted before somebody was found"
    who = json.dumps({"unit": papers.subject.unit, "person": papers.subject.person}).encode()
    sealed = rights.cabinet.seal(case.id, who)
    opened.add_exclusion(ExclusionRecord(opened.new_exclusion_id(), case.id, opened.at, sealed))


def _written(papers: Papers | None, act: Act, by: Actor, moved: CaseRecord) -> Papers | None:
    """The papers after the act; none once the case is closed."""
    if papers is None or moved.state is CaseState.CLOSED:
        return None
    texts = {name: _text(text) for name, text in act.texts.items()}
    papers = papers.with_notes(texts, by=by.person, at=moved.steps[-1].at)
    if act.command is Command.ASK_LOOKUP:
        papers = replace(papers, criteria={name: _text(text) for name, text in act.criteria.items()})
    if act.command is Command.PROPOSE:
        withheld = {name: _text(text) for name, text in act.withheld.items()}
        papers = replace(papers, withheld=withheld, corrections=act.corrections)
    return papers


def _order(act: Act) -> Order:
    if len(act.criteria) > MOST_CRITERIA:
        raise Conflict(detail=f"A person is looked up by at most {MOST_CRITERIA} things.")
    given = {name for name, text in act.texts.items() if text.strip()}
    if act.criteria and all(text.strip() for text in act.criteria.values()):
        given.add("criteria")
    return Order(act.command, frozenset(given), act.outcome)


def _moved(
    case: CaseRecord, order: Order, by: Actor, desk: ServiceDesk, rights: RightsDesk, *, found: bool
) -> CaseRecord:
    holidays = desk.policies().house.reviewing.bank_holidays
    moved = move(case, order, by, today=rights.today(), at=rights.now(), bank_holidays=holidays, found=found)
    if isinstance(moved, Refusal):
        raise _problem(moved, case.id)
    return moved


def _case(asker: Asker, id: CaseId, desk: ServiceDesk, rights: RightsDesk) -> CaseRecord:
    by = actor_of(asker, desk.policies(), desk)
    with rights.records.read() as reading:
        case = reading.case(id)
    if case is None or not may_read(case, by):
        raise not_found(id)
    return case


def _papers(case: CaseRecord, rights: RightsDesk) -> Papers | None:
    return papers_of(rights.cabinet.unseal(case.id, case.sealed)) if case.sealed else None


def actor_of(asker: Asker, policies: Policies, desk: ServiceDesk) -> Actor:
    who = who_asks(asker, policies, desk)
    clusters = policies.people[who.person].clusters
    return Actor(who.person, who.roles, clusters, who.lacks, who.fresh)


def _problem(refusal: Refusal, called: str) -> Exception:
    if refusal.hidden:
        return not_found(called)
    if refusal.stale:
        return SignInAgain(detail=f"You may not do this with {called}: {refusal.reason}.")
    kind = Conflict if refusal.stands else Forbidden
    return kind(detail=f"This cannot be done with {called}: {refusal.reason}.")


def _text(text: str) -> str:
    return short(text, most=MOST_TEXT)


def _papers_json(papers: Papers) -> dict[str, Any]:
    """Without the person's number and keys: they mean something in the vault and the store alone."""
    return {
        "contact": papers.contact,
        "about": papers.about,
        "notes": [
            {"at": note.at.isoformat(), "by": note.by, "name": note.name, "text": note.text}
            for note in papers.notes
        ],
        "criteria": dict(papers.criteria),
        "withheld": dict(papers.withheld),
        "corrections": [asdict(one) for one in papers.corrections],
        "outputs": None if papers.outputs is None else [asdict(one) for one in papers.outputs],
    }
