"""The register of uses, over the product's own policies and a record of a few acts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

from enclave.actions.check_policy import Policies, load_policies
from enclave.audit.entries import Kind
from enclave.outputs.records import EntryRecord, OutputId, OutputRecord, QueryId, QueryStatus
from enclave.outputs.states import State
from enclave.projects.model import Status
from enclave.terms import OrganisationId, PersonId, ProjectId
from enclave.transparency import (
    STYLESHEET,
    Register,
    project_json,
    project_page,
    register_json,
    register_of,
    register_page,
)

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

    def outputs(
        self, *, projects: Iterable[ProjectId] | None = None, before: int | None = None
    ) -> tuple[OutputRecord, ...]:
        wanted = [
            one for one in self.kept if one.project in (projects or ()) and number(one) < (before or 10**9)
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
            if one.project == project
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
    record: Record | None = None, *, in_force: Policies | None = None, now: datetime = NOW
) -> Register:
    return register_of(in_force or policies(), record or Record(), now=now)


def with_status(status: Status) -> Policies:
    policy = policies().in_force[PROJECT]
    changed = replace(policy, project=replace(policy.project, status=status))
    return replace(policies(), in_force={**policies().in_force, PROJECT: changed})


class Reader(HTMLParser):
    """Reads a page as a browser does: its tags, and what its links and sources name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names += [(name, value or "") for name, value in attrs]
        if tag not in {"meta", "link", "input", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


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
    assert "Unseen by anybody" not in register_page(view) + str(project_page(view, PROJECT))
    assert "Unseen by anybody" not in str(register_json(view))


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
    page = project_page(view, PROJECT)
    assert page is not None
    for words in ("SEN type by region", "by 2 checkers", "entry 41", "5 hours or less"):
        assert words in page


def test_a_revoked_release_stays_on_the_register_and_says_so() -> None:
    view = register(Record(kept=(output(3, State.REVOKED),)))
    assert "; revoked" in str(project_page(view, PROJECT))
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
    ]
    assert register_page(register()).count("0 requests, 0 records given") == 3


@pytest.mark.parametrize(
    ("status", "total", "words"),
    [
        (Status.DRAFT, "applications_waiting", "Application, waiting for a decision"),
        (Status.REJECTED, "applications_rejected", "Application, rejected"),
    ],
)
def test_applications_are_on_the_register_waiting_and_rejected_ones_too(
    status: Status, total: str, words: str
) -> None:
    before, view = register(), register(in_force=with_status(status))
    assert register_json(view)["totals"][total] == register_json(before)["totals"][total] + 1
    assert words in str(project_page(view, PROJECT))


@pytest.mark.parametrize(
    ("day", "stage"), [((2026, 1, 1), "not begun"), ((2026, 11, 26), "active"), ((2028, 4, 1), "ended")]
)
def test_a_project_is_what_its_dates_make_it(day: tuple[int, int, int], stage: str) -> None:
    entry = project_json(register(now=datetime(*day, 12, tzinfo=UTC)), PROJECT)
    assert entry is not None
    assert entry["stage"] == stage


def test_a_search_finds_topics_organisations_and_fields_whatever_the_case() -> None:
    found = register_page(register(), search="PLACEMENT")
    assert "School moves and results" in found
    assert "Absence and attainment" not in found


def test_there_is_no_entry_for_a_reference_that_is_not_there() -> None:
    assert project_json(register(), "P-0") is None
    assert project_page(register(), "P-0") is None


def test_the_pages_say_that_the_data_are_synthetic_where_they_are() -> None:
    real = replace(policies(), house=replace(policies().house, synthetic=False))
    assert "are made up" in register_page(register())
    assert "are made up" not in register_page(register(in_force=real))


def test_only_the_lead_is_named_and_the_others_are_counted() -> None:
    told = str(project_page(register(), PROJECT)) + str(project_json(register(), PROJECT))
    assert "Lead researcher (example)" in told
    assert "researcher@northbridge.example" not in told


def test_whatever_people_write_is_text_on_the_page() -> None:
    hostile = "<script>alert(1)</script>\" onmouseover='x' {name}"
    view = register(Record(kept=(output(4, State.RELEASED, name=hostile),)))
    for page in (str(project_page(view, PROJECT)), register_page(view, search=hostile)):
        assert "script" not in Reader(page).tags
        assert "onmouseover" not in dict(Reader(page).names)


def pages() -> list[str]:
    view = register(Record({QueryStatus.REFUSED: 1}, (output(5, State.RELEASED),)))
    return [register_page(view), *(str(project_page(view, id)) for id in policies().in_force)]


def test_the_pages_are_whole_html_without_script_style_or_anything_from_elsewhere() -> None:
    for page in pages():
        read = Reader(page)
        assert read.open == []
        assert {"script", "style", "img", "iframe"} & set(read.tags) == set()
        named = [value for name, value in read.names if name in {"href", "src", "action"}]
        assert named
        assert [value for value in named if not value.startswith(("/", "#main"))] == []
        assert "style" not in dict(read.names)
    assert "url(" not in STYLESHEET
    assert "@import" not in STYLESHEET


def test_the_pages_have_a_language_a_title_one_heading_and_named_regions() -> None:
    for page in pages():
        read = Reader(page)
        assert ("lang", "en-GB") in read.names
        assert (read.tags.count("title"), read.tags.count("h1"), read.tags.count("main")) == (1, 1, 1)
        assert read.tags.count("caption") == read.tags.count("table")
        scrolled = [value for name, value in read.names if (name, value) == ("tabindex", "0")]
        assert len(scrolled) == read.tags.count("table")
