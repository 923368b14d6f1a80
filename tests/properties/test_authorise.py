"""The decision who may ask what, against a reference in plain Python: random policies, people, dates and queries.

A query is drawn as what it uses, and written as SQL from that. The reference never sees the SQL and `authorise` never
sees the drawing, so that both must mean the same by a use of a field.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from enclave.people import Person, standing
from enclave.people.model import Accreditation, Agreement, Declaration, Training
from enclave.problems import Refusals
from enclave.projects import FieldGrant, Member, Policy, Role, Status, TableGrant
from enclave.projects.model import Dates
from enclave.query.authorise import Access, authorise
from enclave.query.parse import parse
from enclave.query.resolve import resolve
from enclave.terms import PersonId, ProjectId, Use
from tests.support.demo_policies import DEMO

PROJECT = ProjectId("P-2026-014")
ASKER, OTHER = PersonId("researcher@northbridge.example"), PersonId("lead-researcher@northbridge.example")
LONDON = ZoneInfo("Europe/London")
CENSUS, ABSENCE, CARE = "school_census_pupil", "absence", "cla_child"
YEARS = ("2021/22", "2022/23", "2023/24")
DAY = date(2027, 3, 28)  # the clocks go forward
FIELDS: Mapping[str, tuple[str, ...]] = {
    CENSUS: (
        "pmr_anon", "academic_year", "la_code", "gender", "fsm_eligible", "ethnic_group_major", "sen_type_primary",
        "nationality", "surname", "idaci_score",
    ),
    ABSENCE: ("pmr_anon", "academic_year", "overall_year", "persistent_absentee"),
    CARE: ("pmr_anon", "la_code"),
}  # fmt: skip
OFTEN = ("la_code", "gender", "fsm_eligible", "ethnic_group_major")
SELDOM = ("sen_type_primary", "nationality", "surname")
FILTERED = {
    "gender": "= 'F'", "fsm_eligible": "= true", "ethnic_group_major": "= 'WHIT'", "sen_type_primary": "IS NOT NULL",
    "nationality": "= 'FRA'", "surname": "= 'x'",
}  # fmt: skip
ADDED = {CENSUS: "idaci_score", ABSENCE: "overall_year"}
SENSITIVE_PRESENCE = 1


@dataclass(frozen=True)
class Drawn:
    """A query as what it does."""

    groups: tuple[str, ...]
    banded: str | None
    filters: tuple[str, ...]
    added: tuple[str, ...]  # tables whose number is added up
    absence: bool
    care: bool
    year: str | None

    def sql(self) -> str:
        selected = [f"c.{name}" for name in self.groups]
        if self.banded is not None:
            selected.append(f"CASE WHEN c.{self.banded} {FILTERED[self.banded]} THEN 1 ELSE 0 END")
        numbers = [f"sum({'c' if table == CENSUS else 'a'}.{ADDED[table]})" for table in self.added]
        joined = f" JOIN {ABSENCE} a USING (pmr_anon, academic_year)" if self.absence else ""
        conditions = [f"c.{name} {FILTERED[name]}" for name in self.filters]
        if self.year is not None:
            conditions.append(f"c.academic_year = '{self.year}'")
        if self.care:
            conditions.append(f"EXISTS (SELECT 1 FROM {CARE} l WHERE l.pmr_anon = c.pmr_anon)")
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        by = f" GROUP BY {', '.join(str(at + 1) for at in range(len(selected)))}" if selected else ""
        return (
            f"SELECT {', '.join([*selected, *numbers, 'count(*) AS n'])} FROM {CENSUS} c{joined}{where}{by}"
        )

    def uses(self) -> set[tuple[str, str, Use]]:
        """Every use of every field, as the policy files mean the words."""
        found = {(CENSUS, name, Use.GROUP) for name in self.groups}
        found |= {(CENSUS, name, Use.FILTER) for name in self.filters}
        found |= {(table, ADDED[table], Use.AGGREGATE) for table in self.added}
        if self.banded is not None:
            found.add((CENSUS, self.banded, Use.GROUP))
        if self.year is not None:
            found.add((CENSUS, "academic_year", Use.FILTER))
        for table in [ABSENCE] * self.absence + [CARE] * self.care:
            for name in ("pmr_anon", "academic_year")[: 2 if table == ABSENCE else 1]:
                found |= {(table, name, Use.LINK), (CENSUS, name, Use.LINK)}
        return found

    def tables(self) -> set[str]:
        return {CENSUS, *[ABSENCE] * self.absence, *[CARE] * self.care}


@st.composite
def queries(draw: st.DrawFn) -> Drawn:
    absence = draw(st.booleans())
    return Drawn(
        groups=tuple(draw(st.lists(st.sampled_from(OFTEN * 5 + SELDOM), max_size=2, unique=True))),
        banded=draw(st.none() | st.sampled_from(["fsm_eligible", "gender", "sen_type_primary"])),
        filters=tuple(draw(st.lists(st.sampled_from(OFTEN[1:] * 5 + SELDOM), max_size=2, unique=True))),
        added=tuple(draw(st.lists(st.sampled_from([CENSUS, *[ABSENCE] * absence]), max_size=2, unique=True))),
        absence=absence,
        care=draw(st.integers(0, 3)) == 0,
        year=draw(st.sampled_from([None, *YEARS])),
    )


@st.composite
def grants(draw: st.DrawFn, table: str) -> TableGrant:
    """Mostly generous, so that many queries are allowed."""
    fields = {}
    for name in FIELDS[table]:
        uses = draw(st.sampled_from([frozenset(Use)] * 40 + [frozenset([use]) for use in Use] + [None]))
        if uses is not None:
            fields[name] = FieldGrant(table, name, uses, "w", "a")
    years = draw(st.sampled_from([YEARS, YEARS[1:], YEARS[:1]]))
    return TableGrant(table, years, None, fields)


def days(draw: st.DrawFn) -> date:
    """Near the day on which it is asked, where the edges are."""
    return DAY + timedelta(days=draw(st.sampled_from([-400, -1, 0, 1] + [400] * 16)))


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    found = DEMO.in_force[PROJECT]
    tables = [CENSUS, *draw(st.sets(st.sampled_from([ABSENCE, CARE]), min_size=1))]
    begins = DAY - timedelta(days=draw(st.sampled_from([-1, 0, 1] + [400] * 12)))
    project = replace(
        found.project,
        status=draw(st.sampled_from([Status.ACTIVE] * 30 + list(Status))),
        members=tuple(
            Member(person, Role.RESEARCHER)
            for person in draw(st.sampled_from([(ASKER,)] * 20 + [(OTHER,), ()]))
        ),
        dates=Dates(begins, days(draw), days(draw), DAY + timedelta(days=900)),
        purpose=replace(
            found.project.purpose,
            kind=draw(
                st.sampled_from(["education_research"] * 12 + ["policy_evaluation", "service_planning"])
            ),
        ),
    )
    return replace(found, project=project, grants={table: draw(grants(table)) for table in tables})


@st.composite
def people(draw: st.DrawFn) -> tuple[Person, Agreement]:
    lasting = DAY + timedelta(days=400)

    def end() -> date:
        return draw(st.sampled_from([lasting] * 20 + [DAY - timedelta(days=1), DAY]))

    scheme = draw(st.sampled_from(["DEA"] * 30 + ["HOME-MADE"]))
    accredited = Accreditation(scheme, "r", date(2026, 1, 1), end())
    passed = (Training("safe-researcher", date(2026, 1, 1), end()),)
    both, one = ("confidentiality", "conflicts-of-interest"), ("confidentiality",)
    person = replace(
        DEMO.people[ASKER],
        accreditation=draw(st.sampled_from([accredited] * 30 + [None])),
        training=draw(st.sampled_from([passed] * 30 + [()])),
        declarations=tuple(
            Declaration(kind, 1, date(2026, 1, 1)) for kind in draw(st.sampled_from([both] * 30 + [one]))
        ),
    )
    return person, Agreement("a", date(2026, 1, 1), end())


def instants() -> st.SearchStrategy[datetime]:
    """Around both midnights of the day, which are 23 hours apart."""
    midnight = datetime(DAY.year, DAY.month, DAY.day, tzinfo=LONDON).astimezone(UTC)
    edges = [midnight, midnight + timedelta(hours=23), midnight + timedelta(hours=12)]
    return st.builds(
        lambda edge, seconds: edge + timedelta(seconds=seconds), st.sampled_from(edges), st.integers(-2, 2)
    )


def expected(query: Drawn, policy: Policy, person: Person, agreement: Agreement, at: datetime) -> set[str]:
    """The codes of every reason against it, from the files' own words; none when it is allowed."""
    project, today = policy.project, at.astimezone(LONDON).date()
    if ASKER not in [member.person for member in project.members]:
        return {"not-on-project"}
    held = set()
    dates = project.dates
    if project.status != "active" or not dates.starts <= today <= min(dates.ends, dates.review_by):
        held.add("project-ended")
    accredited = person.accreditation
    good = (
        accredited is not None
        and accredited.scheme in ("DEA", "ONS-ARS")
        and accredited.granted_on <= today <= accredited.expires_on
        and any(one.passed_on <= today <= one.expires_on for one in person.training)
        and {"confidentiality", "conflicts-of-interest"} <= {one.kind for one in person.declarations}
        and agreement.signed_on <= today <= agreement.expires_on
    )
    if not good:
        held.add("accreditation-expired")
    return held or _refused(query, policy)


def _refused(query: Drawn, policy: Policy) -> set[str]:
    found = set()
    for table, name, use in query.uses():
        grant = policy.grants[table].fields.get(name) if table in policy.grants else None
        field = DEMO.catalogue.tables[table].fields[name]
        if grant is None or field.kind == "identifier":
            found.add("field-not-granted")
            continue
        if use not in grant.uses:
            found.add("field-use")
        if policy.project.purpose.kind not in field.purposes:
            found.add("purpose-not-permitted")
    for table in query.tables():
        if table not in policy.grants:
            found.add("field-not-granted")
    if query.year is not None and query.year not in (policy.grants[CENSUS].years or ()):
        found.add("year-not-in-project")
    return found


def tier_of(query: Drawn) -> int:
    """What is made of fields is as sensitive as the most sensitive of them; who is in care is tier 1, however used."""
    tables = DEMO.catalogue.tables
    tiers = [tables[table].fields[name].tier for table, name, _ in query.uses()]
    return min([*tiers, *[SENSITIVE_PRESENCE] * query.care], default=4)


EVERY_ANSWER = {
    "allowed",
    "not-on-project",
    "project-ended",
    "accreditation-expired",
    "field-not-granted",
    "field-use",
    "purpose-not-permitted",
    "year-not-in-project",
}


def test_the_decision_is_the_one_that_a_plain_reading_of_the_files_gives() -> None:
    """And both answers and every reason were among them: a property that refuses all would say nothing."""
    seen: set[str] = set()

    @given(queries(), policies(), people(), instants())
    @settings(max_examples=350, deadline=None)
    def look(query: Drawn, policy: Policy, who: tuple[Person, Agreement], at: datetime) -> None:
        wanted = expected(query, policy, *who, at)
        assert decided(query, policy, *who, at) == wanted, query.sql()
        seen.update(wanted or {"allowed"})

    look()
    assert seen == EVERY_ANSWER


def decided(query: Drawn, policy: Policy, person: Person, agreement: Agreement, at: datetime) -> set[str]:
    """What the product decides. Of what it allows, the tier and the uses are held against the drawing too."""
    organisation = replace(DEMO.organisations[person.organisation], agreement=agreement)
    held = standing(person, organisation, DEMO.requirements, at=at, time_zone=LONDON)
    resolved = resolve(parse(query.sql()), DEMO.catalogue)
    try:
        authorised = authorise(resolved, Access(policy, ASKER, held, at))
    except Refusals as refusals:
        return {problem.code for problem in refusals.problems}
    assert authorised.strictest_tier == tier_of(query), query.sql()
    used = {(use.field.table, use.field.name, use.use) for use in resolved.uses.fields if use.use}
    assert used == query.uses(), query.sql()
    return set()
