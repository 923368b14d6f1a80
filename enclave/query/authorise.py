"""Person x project x organisation x fields x use x years x now: may this be asked? All refusals at once.

Pure: the standing of the person was worked out by `people`, the policy by `projects`, and the time is passed in.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from enclave.catalogue.model import Field, FieldClass
from enclave.people import Lack, Standing
from enclave.problems import (
    AccreditationExpired,
    FieldNotGranted,
    FieldUseRefused,
    NotOnProject,
    Problem,
    ProjectEnded,
    PurposeNotPermitted,
    Refusals,
    YearNotInProject,
    listed,
)
from enclave.projects import Policy
from enclave.query.resolve import Resolved
from enclave.query.scopes import span_of
from enclave.query.uses import FieldUse
from enclave.terms import Fix, PersonId, Span, Use

MOST_NAMED = 6  # of a list of fields, in a sentence


@dataclass(frozen=True, slots=True)
class Access:
    """Who asks under which policy, and when."""

    policy: Policy
    person: PersonId
    standing: Standing
    at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Authorised:
    """A resolved query which its project may ask. Made only by `authorise`."""

    resolved: Resolved
    policy: Policy
    fields: frozenset[Field]  # every field that is used or named
    tables: frozenset[str]

    @property
    def strictest_tier(self) -> int:
        """The tier of the most sensitive field or table; presence in a table counts. 4 for public data."""
        tables = [self.resolved.catalogue.tables[name] for name in self.tables]
        presence = [table.presence.tier for table in tables if table.presence is not None]
        people = [
            field.tier
            for field in self.fields
            if self.resolved.catalogue.tables[field.table].unit is not None
        ]
        return min([*people, *presence], default=4)


def authorise(resolved: Resolved, access: Access) -> Authorised:
    """Check the asker, and every field in every use that the query puts it to, against the policy.

    Raises:
        Refusals: who may not ask gets that reason alone; else every refused table, field, use and year.
    """
    held_back = tuple(barred(access))
    if held_back:
        raise Refusals(held_back)
    refused = tuple(_refused(resolved, access.policy))
    if refused:
        raise Refusals(refused)
    return Authorised(
        resolved,
        access.policy,
        frozenset(use.field for use in resolved.uses.fields),
        frozenset(scan.table.name for scan in resolved.uses.scans),
    )


def barred(access: Access) -> Iterator[Problem]:
    """Why this person may ask nothing on this project, whatever it is."""
    project, zone = access.policy.project, access.policy.house.time_zone
    if project.member(access.person) is None:
        yield NotOnProject(
            detail=f"{access.person} is not on {project.id}. The lead researcher asks for people to be added."
        )
        return
    if not project.open(access.at, zone):
        yield ProjectEnded(
            detail=f"{project.id} is {project.status} from {project.dates.starts} to {project.dates.ends}, "
            f"with a review by {project.dates.review_by}. Nothing can be asked outside that time."
        )
    lacks = [reason for reason in access.standing.reasons if reason.lack is not Lack.ORGANISATION_UNKNOWN]
    if not access.standing.good:
        reasons = listed(reason.text for reason in (lacks or access.standing.reasons))
        yield AccreditationExpired(detail=f"Access needs everything in force: {reasons}.")


def _refused(resolved: Resolved, policy: Policy) -> Iterator[Problem]:
    yield from _tables(resolved, policy)
    yield from _fields(resolved, policy)
    yield from _uses(resolved, policy)
    yield from _purposes(resolved, policy)
    yield from _years(resolved, policy)


def _tables(resolved: Resolved, policy: Policy) -> Iterator[Problem]:
    """Tables outside the project of which no field is named (`count(*)`): naming one is reported with the fields."""
    named = {use.field.table for use in resolved.uses.fields}
    for scan in resolved.uses.scans:
        if policy.table(scan.table.name) is None and scan.table.name not in named:
            yield FieldNotGranted(
                detail=f"{policy.project.id} does not have the table {scan.table.name}.",
                spans=(scan.span,),
                fixes=(_amendment(f"the table {scan.table.name}", policy),),
            )


def as_if_allowed(resolved: Resolved, policy: Policy) -> Authorised:
    """For finding what else is wrong with a query that was refused. Nothing is planned from it."""
    return Authorised(
        resolved,
        policy,
        frozenset(use.field for use in resolved.uses.fields),
        frozenset(scan.table.name for scan in resolved.uses.scans),
    )


def _fields(resolved: Resolved, policy: Policy) -> Iterator[Problem]:
    uses = [use for use in resolved.uses.fields if _closed(use.field, policy)]
    if not uses:
        return
    spans = _spans(uses, resolved)
    refs = list(dict.fromkeys(str(use.field.ref) for use in uses))
    never = [use.field.name for use in uses if use.field.kind is FieldClass.IDENTIFIER]
    why = f" {_few(never)}: identifying, no project can have it." if never else ""
    yield FieldNotGranted(
        detail=f"{policy.project.id} has no permission for {_few(refs)}.{why}",
        spans=spans,
        fixes=() if len(never) == len(uses) else (_of_fields(uses, policy),),
    )


def _few(words: Iterable[object]) -> str:
    """The first of a long list, and how many more there are."""
    every = list(dict.fromkeys(str(word) for word in words))
    more = [f"{len(every) - MOST_NAMED} more"] if len(every) > MOST_NAMED else []
    return listed([*every[:MOST_NAMED], *more])


def _of_fields(uses: list[FieldUse], policy: Policy) -> Fix:
    """What it would take: the fields with their uses, and who must approve those of tier 1."""
    open_ = [use for use in uses if use.field.kind is not FieldClass.IDENTIFIER]
    wanted: dict[str, set[str]] = {}
    for use in open_:
        wanted.setdefault(use.field.name, set()).update([use.use] if use.use is not None else [])
    words = _few(f"{name} to {listed(sorted(how))}" if how else name for name, how in wanted.items())
    bodies = policy.house.approvals.tier_1 if any(use.field.tier == 1 for use in open_) else ()
    return _amendment(words, policy, bodies)


def _amendment(what: str, policy: Policy, bodies: Iterable[str] = ()) -> Fix:
    by = f", approved by {listed(bodies)}" if bodies else ""
    return Fix(f"Ask for an amendment of {policy.project.id} that grants {what}{by}")


def _closed(field: Field, policy: Policy) -> bool:
    return field.kind is FieldClass.IDENTIFIER or policy.grant(field.table, field.name) is None


def _uses(resolved: Resolved, policy: Policy) -> Iterator[Problem]:
    refused: dict[tuple[str, Use], list[FieldUse]] = {}
    for use in resolved.uses.fields:
        grant = policy.grant(use.field.table, use.field.name)
        if (
            use.use is not None
            and grant is not None
            and use.use not in grant.uses
            and not _closed(use.field, policy)
        ):
            refused.setdefault((str(use.field.ref), use.use), []).append(use)
    for (ref, wanted), uses in refused.items():
        grant = policy.grant(uses[0].field.table, uses[0].field.name)
        allowed = listed(sorted(grant.uses)) if grant is not None else "nothing"
        yield FieldUseRefused(
            detail=f"{policy.project.id} may use {ref} to {allowed}, not to {wanted}.",
            spans=_spans(uses, resolved),
            fixes=(_amendment(f"{uses[0].field.name} to {wanted}", policy),),
        )


def _purposes(resolved: Resolved, policy: Policy) -> Iterator[Problem]:
    """Loading the policy refuses such a grant; asked again here, since a purpose is a border."""
    uses = [
        use
        for use in resolved.uses.fields
        if not _closed(use.field, policy) and policy.project.purpose.kind not in use.field.purposes
    ]
    if uses:
        yield PurposeNotPermitted(
            detail=f"{listed(dict.fromkeys(str(use.field.ref) for use in uses))} may not serve the purpose "
            f"{policy.project.purpose.kind}.",
            spans=_spans(uses, resolved),
        )


def _years(resolved: Resolved, policy: Policy) -> Iterator[Problem]:
    for named in resolved.uses.years:
        grant = policy.table(named.field.table)
        if grant is None or grant.years is None or named.year in grant.years:
            continue
        span = span_of(resolved.parsed, named.node)
        yield YearNotInProject(
            detail=f"{policy.project.id} has {named.field.table} for {listed(grant.years)}, not for {named.year}.",
            spans=(span,),
            fixes=(_amendment(f"{named.field.table} of {named.year}", policy),),
        )


def _spans(uses: list[FieldUse], resolved: Resolved) -> tuple[Span, ...]:
    """Where each use stands, and where a field that goes by another name there was selected."""
    found: list[Span] = []
    for use in uses:
        span = span_of(resolved.parsed, use.node)
        selected = resolved.query.selected.get(use.node.name)
        if selected is not None and not span.text.lower().endswith(use.field.name):
            found.append(selected)
        found.append(span)
    return tuple(dict.fromkeys(found))
