"""The register of uses, over the product's own policies and a record of a few acts."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from enclave.actions.check_policy import Policies, load_policies
from enclave.audit.entries import Kind
from enclave.outputs.records import EntryRecord, OutputId, OutputRecord, OutputTotals, QueryId, QueryStatus
from enclave.outputs.states import State
from enclave.projects.model import Status
from enclave.terms import OrganisationId, PersonId, ProjectId
from enclave.transparency import Register, project_json, register_json, register_of
from enclave.transparency import register_words as words
from enclave.transparency.authorities import Demand
from enclave.transparency.feed import MOST_NEWS, clean, news_of
from enclave.transparency.register import RegisteredProject
from enclave.transparency.register_csv import register_csv

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
PROJECT = ProjectId("P-2026-014")
PAGE_SIZE = 200


@dataclass(frozen=True)
class Record:
    """A store of which the register is a view."""

    counts: Mapping[QueryStatus, int] = field(default_factory=dict)
    kept: tuple[OutputRecord, ...] = ()
    log: tuple[EntryRecord, ...] = ()

    def query_counts(self, project: ProjectId) -> Mapping[QueryStatus, int]:
        return self.counts if project == PROJECT else {}

    def output_totals(self, project: ProjectId) -> OutputTotals:
        own = [one for one in self.kept if one.project == project]
        return OutputTotals(
            by_state=Counter(one.state for one in own),
            released=sum(one.released_at is not None for one in own),
            with_checkers=sum(one.k > 0 for one in own),
        )

    def outputs(
        self,
        *,
        projects: Iterable[ProjectId] | None = None,
        states: Iterable[str] | None = None,
        before: int | None = None,
    ) -> tuple[OutputRecord, ...]:
        states = None if states is None else set(states)
        wanted = [
            one
            for one in self.kept
            if one.project in (projects or ())
            and (states is None or one.state in states)
            and number(one) < (before or 10**9)
        ]
        return tuple(sorted(wanted, key=number, reverse=True)[:PAGE_SIZE])

    def entries(
        self,
        *,
        kinds: Iterable[Kind] | None = None,
        project: ProjectId | None = None,
        before: int | None = None,
    ) -> tuple[EntryRecord, ...]:
        return tuple(
            one
            for one in self.log
            if project in (None, one.project)
            and one.kind in {kind.value for kind in kinds or ()}
            and one.seq < (before or 10**9)
        )[:PAGE_SIZE]


def number(output: OutputRecord) -> int:
    return int(output.id.rpartition("-")[2])


def output(place: int, state: State, *, k: int = 0, name: str = "A table", hours: int = 0) -> OutputRecord:
    out = state in {State.RELEASED, State.REVOKED}
    return OutputRecord(
        id=OutputId(f"O-{place}"),
        query_id=QueryId(f"Q-{place}"),
        project=PROJECT,
        organisation=OrganisationId("northbridge-university"),
        state=state,
        k=k,
        asked_by=PersonId("researcher@northbridge.example"),
        why="For the paper",
        asked_at=NOW,
        sql_hash="",
        table_hash="",
        report_hash="",
        policy_hash="",
        data_version="npd-demo-1",
        name=name,
        released_at=NOW + timedelta(hours=hours) if out else None,
    )


@cache
def policies() -> Policies:
    return load_policies(ROOT / "policies", today=NOW.date())


def register(
    record: Record | None = None,
    *,
    in_force: Policies | None = None,
    now: datetime = NOW,
    only: ProjectId | None = None,
    listed: int = 10_000,
) -> Register:
    return register_of(in_force or policies(), record or Record(), now=now, only=only, listed=listed)


def entry_of(view: Register) -> RegisteredProject:
    entry = view.entry(PROJECT)
    assert entry is not None
    return entry


def written(view: Register) -> str:
    """All that is told of a register but its pages, which are tested where they are served."""
    return f"{register_json(view)} {news_of(view)} {register_csv(view).decode()}"


def with_status(status: Status) -> Policies:
    policy = policies().in_force[PROJECT]
    changed = replace(policy, project=replace(policy.project, status=status))
    return replace(policies(), in_force={**policies().in_force, PROJECT: changed})


def test_every_project_of_the_policy_files_is_on_the_register() -> None:
    listed = [project["id"] for project in register_json(register())["projects"]]
    assert listed == sorted(policies().in_force)


def test_each_field_is_listed_with_its_uses_its_reason_and_both_sensitivities() -> None:
    entry = project_json(register(), PROJECT)
    assert entry is not None
    (census,) = (table for table in entry["data"]["tables"] if table["table"] == "school_census_pupil")
    (need,) = (field for field in census["fields"] if field["field"] == "sen_type_primary")
    assert need["why"] == "Absence differs by type of need"
    assert (
        need["less_sensitive_alternative"] == "SEN provision; it does not tell physical from emotional needs"
    )
    assert (need["uses"], need["tier"]) == (["group"], 1)
    assert need["identifiability"] in range(1, 6)
    assert need["sensitivity"] in "ABCDE"
    granted = policies().in_force[PROJECT].grants["school_census_pupil"].fields
    assert {field["field"] for field in census["fields"]} == set(granted)


def test_queries_run_and_refused_are_counted_and_how_a_run_ended_is_not_told() -> None:
    record = Record({QueryStatus.FINISHED: 5, QueryStatus.FAILED: 2, QueryStatus.REFUSED: 3})
    entry = project_json(register(record), PROJECT)
    assert entry is not None
    assert (entry["activity"]["queries_run"], entry["activity"]["queries_refused"]) == (7, 3)
    assert "failed" not in str(entry)


@pytest.mark.parametrize("state", [state for state in State if state not in {State.RELEASED, State.REVOKED}])
def test_nothing_of_an_output_that_is_not_released_is_shown(state: State) -> None:
    view = register(Record(kept=(output(1, state, name="Unseen by anybody"),)))
    assert "Unseen by anybody" not in written(view)


def test_a_release_is_shown_with_how_it_was_checked_and_its_place_in_the_log() -> None:
    entry = EntryRecord(41, NOW, "output.released", None, PROJECT, {"things": {"O-2": "1f", "Q-2": "2e"}})
    view = register(
        Record(kept=(output(2, State.RELEASED, k=2, name="SEN type by region", hours=5),), log=(entry,))
    )
    told = project_json(view, PROJECT)
    assert told is not None
    (release,) = told["activity"]["releases"]
    assert (release["output"], release["checkers"], release["audit_leaf"]) == ("O-2", 2, 41)
    assert told["activity"]["median_hours_with_checkers"] == 5
    assert words.checked(release["checkers"]) == "by 2 checkers"
    (news,) = [one for one in news_of(view) if one.key.startswith("release:")]
    assert (news.title, news.path) == ("Released: SEN type by region", f"/register/{PROJECT}")


def test_a_revoked_release_stays_on_the_register_and_says_so() -> None:
    view = register(Record(kept=(output(3, State.REVOKED),)))
    assert entry_of(view).activity.releases[0].revoked
    assert "Taken back: A table" in [one.title for one in news_of(view)]
    assert register_json(view)["totals"]["outputs_revoked"] == 1


def test_all_releases_are_listed_however_many() -> None:
    view = register(Record(kept=tuple(output(place, State.RELEASED) for place in range(1, 452))))
    assert register_json(view)["totals"]["outputs_released"] == 451


def test_police_home_office_and_courts_have_a_row_each_although_it_is_zero() -> None:
    rows = register_json(register())["access_by_authorities"]
    assert [(row["who"], row["requests"], row["records"]) for row in rows] == [
        ("police", 0, 0),
        ("home_office", 0, 0),
        ("courts", 0, 0),
        ("others", 0, 0),
    ]


def test_each_demand_is_counted_with_its_authority_and_no_zero_is_claimed_once_one_was_granted() -> None:
    demands = (
        Demand("Northshire Police", "2026-10-01", None),
        Demand("Home Office, Immigration Enforcement", "2026-10-02", False),
        Demand("Crown Court at Northbridge", "2026-10-03", True),
        Demand("A regulator", "2026-10-04", False),
    )
    view = register_of(policies(), Record(), now=NOW, demands=demands)
    rows = {row["who"]: row for row in register_json(view)["access_by_authorities"]}
    told = {
        who: (row["requests"], row["granted"], row["waiting"], row["records"]) for who, row in rows.items()
    }
    assert told == {
        "police": (1, 0, 1, 0),
        "home_office": (1, 0, 0, 0),
        "courts": (1, 1, 0, None),
        "others": (1, 0, 0, 0),
    }


@pytest.mark.parametrize(
    ("status", "total", "said"),
    [
        (Status.DRAFT, "applications_waiting", "Application, waiting for a decision"),
        (Status.REJECTED, "applications_rejected", "Application, rejected"),
    ],
)
def test_applications_are_on_the_register_waiting_and_rejected_ones_too(
    status: Status, total: str, said: str
) -> None:
    before, view = register(), register(in_force=with_status(status))
    assert register_json(view)["totals"][total] == register_json(before)["totals"][total] + 1
    assert words.state(entry_of(view)) == said


@pytest.mark.parametrize(
    ("day", "stage"), [((2026, 1, 1), "not begun"), ((2026, 11, 26), "active"), ((2028, 4, 1), "ended")]
)
def test_a_project_is_what_its_dates_make_it(day: tuple[int, int, int], stage: str) -> None:
    entry = project_json(register(now=datetime(*day, 12, tzinfo=UTC)), PROJECT)
    assert entry is not None
    assert entry["stage"] == stage


def test_a_search_finds_topics_organisations_and_fields_whatever_the_case() -> None:
    found = [entry.project.title for entry in words.found(register(), search="PLACEMENT")]
    assert any("School moves and results" in title for title in found)
    assert not any("Absence and attainment" in title for title in found)


def test_uses_are_listed_by_stage() -> None:
    view = register(in_force=with_status(Status.DRAFT))
    assert [entry.project.id for entry in words.found(view, stage="application")] == [PROJECT]
    assert words.found(view) == view.projects


def test_there_is_no_entry_for_a_reference_that_is_not_there() -> None:
    assert project_json(register(), "P-0") is None
    assert register(only=ProjectId("P-0")).projects == ()


def test_one_use_is_the_same_alone_as_among_all() -> None:
    record = Record(kept=(output(5, State.RELEASED), output(6, State.RETURNED, k=1)))
    assert entry_of(register(record, only=PROJECT)) == entry_of(register(record))


def test_releases_are_counted_in_full_however_few_are_listed() -> None:
    record = Record(kept=tuple(output(place, State.RELEASED) for place in range(1, 451)))
    for listed in (0, 1, 250):
        activity = entry_of(register(record, listed=listed)).activity
        assert (activity.released, len(activity.releases)) == (450, listed)


def test_only_the_lead_is_named_and_the_others_are_counted() -> None:
    told = written(register())
    assert "Lead researcher (example)" in told
    assert "researcher@northbridge.example" not in told


BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝")


@pytest.mark.parametrize("first", BEGINS_A_FORMULA)
def test_nothing_in_the_spreadsheet_is_a_formula(first: str) -> None:
    policy = policies().in_force[PROJECT]
    changed = replace(policy, project=replace(policy.project, title=f"{first}HYPERLINK(1)"))
    view = register(in_force=replace(policies(), in_force={PROJECT: changed}))
    rows = list(csv.reader(io.StringIO(register_csv(view).decode(), newline="")))
    assert len(rows) > 1
    assert {row[1] for row in rows[1:]} == {f"'{first}HYPERLINK(1)"}
    assert not [cell for row in rows for cell in row if cell.startswith(BEGINS_A_FORMULA)]


def test_news_is_newest_first_and_no_more_than_a_reader_takes() -> None:
    kept = tuple(output(place, State.RELEASED, hours=place) for place in range(1, 300))
    news = news_of(register(Record(kept=kept)))
    assert len(news) == MOST_NEWS
    assert [one.at for one in news] == sorted((one.at for one in news), reverse=True)
    assert len({one.key for one in news}) == len(news)


def test_news_has_no_character_that_a_feed_cannot_hold() -> None:
    assert clean("a\x00b\x1fc\x0bd\ufffee\nf") == "abcde\nf"
