"""The register of a service on which things were done: every count is what the log says, and no more is told."""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from enclave.audit import Entry
from enclave.audit.entries import Json, Kind
from enclave.outputs.records import OutputId
from enclave.outputs.states import Verdict
from enclave.transparency.recorded import entries_of
from tests.support.service import ADMIN, ASKS, CHECKED, CHECKERS, REFUSED, SENIOR, STEWARD, THIS
from tests.support.web import Web

SCHEMA = Path(__file__).parents[3] / "docs/reference/register.schema.json"
PAPER = {"kind": "publication", "about": THIS, "title": "A paper of ours", "text": "What we found"}
INCIDENT = {"kind": "incident", "about": THIS, "title": "A slip", "text": "It was taken back in an hour"}
DEMAND = {
    "kind": "demand",
    "received_on": "2026-11-24",
    "contact": "Inspector Unseen, by post",
    "about": "Somebody in particular",
    "authority": "Northshire Police",
    "basis": "A court order",
}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A release by rule, one that was taken back; of checkers one each approved, rejected, sent back and waiting."""
    with Web(tmp_path_factory.mktemp("web")) as web:
        service = web.service
        web.released()
        take_back(web, service.released())
        for _ in range(3):
            web.ask(REFUSED)
        for number, verdict in enumerate((Verdict.APPROVE, Verdict.REJECT, Verdict.RETURN)):
            query = service.ran(CHECKED.replace("63.7", f"6{number}.2"))
            asked = web.call("POST", "/outputs", body={"query": query, "why": "An unseen reason"})
            for checker in CHECKERS[:2]:
                service.vote(OutputId(asked.json()["id"]), checker, verdict)
        service.with_checkers()
        for note, person in ((PAPER, ASKS), (INCIDENT, ADMIN)):
            signed = {"Authorization": f"Bearer {web.token(person)}"}
            assert web.client.post("/api/v1/register/notes", json=note, headers=signed).status_code == 201
        assert web.call("POST", "/cases", STEWARD, body=DEMAND).status_code == 201
        yield web


def take_back(web: Web, output: OutputId) -> None:
    for act, person, body in (("revoke", ADMIN, {"reason": "A slip"}), ("revocation/confirm", SENIOR, None)):
        tag = web.call("GET", f"/outputs/{output}", ADMIN).headers["ETag"]
        answer = web.call("POST", f"/outputs/{output}/{act}", person, body=body, headers={"If-Match": tag})
        assert answer.status_code == 200, answer.text


def register(web: Web, below: str = "") -> dict[str, Any]:
    answer = web.client.get(f"/api/v1/register{below}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def logged(web: Web) -> Mapping[Kind, set[str]]:
    """By kind of entry, the queries or outputs that the log names."""
    found: defaultdict[Kind, set[str]] = defaultdict(set)
    with web.service.records.read() as reading:
        for entry in entries_of(reading, Kind):
            things = (entry.body or {}).get("things")
            prefix = "Q-" if entry.kind.startswith("query.") else "O-"
            names = things if isinstance(things, Mapping) else {}
            found[Kind(entry.kind)] |= {name for name in names if name.startswith(prefix)}
    return found


def test_counts_are_what_the_log_says(done: Web) -> None:
    log = logged(done)
    activity = register(done, f"/{THIS}")["activity"]
    told = {name: value for name, value in activity.items() if isinstance(value, int)}
    assert told == {
        "queries_run": len(log[Kind.QUERY_ASKED]),
        "queries_refused": len(log[Kind.QUERY_REFUSED]),
        "outputs_asked": len(log[Kind.RELEASE_ASKED] | log[Kind.OUTPUT_RELEASED]),
        "outputs_approved": len(log[Kind.OUTPUT_APPROVED] | log[Kind.OUTPUT_RELEASED]),
        "outputs_refused": len(log[Kind.OUTPUT_REJECTED]),
        "outputs_released": len(log[Kind.OUTPUT_RELEASED]),
        "outputs_with_checkers": len(log[Kind.RELEASE_ASKED]),
        "outputs_sent_back": len(log[Kind.OUTPUT_REJECTED] | log[Kind.OUTPUT_RETURNED]),
        "outputs_revoked": len(log[Kind.OUTPUT_REVOKED]),
        "median_hours_with_checkers": 0,
    }
    counted = [told[name] for name in ("queries_run", "queries_refused", "outputs_asked", "outputs_released")]
    assert counted == [6, 3, 6, 3], "things were done"
    assert (told["outputs_refused"], told["outputs_sent_back"], told["outputs_revoked"]) == (1, 2, 1)


def test_totals_are_sums_over_projects(done: Web) -> None:
    found = register(done)
    for name, total in found["totals"].items():
        if name.startswith(("queries", "outputs")):
            assert total == sum(project["activity"][name] for project in found["projects"]), name


def test_what_people_added_and_what_authorities_demanded_is_told(done: Web) -> None:
    found = register(done)
    (project,) = [one for one in found["projects"] if one["id"] == THIS]
    assert [note["title"] for note in project["publications"]] == ["A paper of ours"]
    assert [note["title"] for note in project["incidents"]] == ["A slip"]
    rows = {row["who"]: (row["requests"], row["waiting"]) for row in found["access_by_authorities"]}
    assert rows == {"police": (1, 1), "home_office": (0, 0), "courts": (0, 0), "others": (0, 0)}


def test_each_event_of_the_history_is_the_log_s_at_that_place(done: Web) -> None:
    history = register(done)["history"]
    with done.service.records.read() as reading:
        entries = {entry.seq: entry for entry in entries_of(reading, Kind)}
    assert {event["kind"] for event in history} >= {"output.released", "output.revoked", "register.noted"}
    for event in history:
        entry = entries[event["audit_leaf"]]
        assert (event["kind"], event["project"]) == (entry.kind, entry.project)
        assert not event["kind"].startswith(("query.", "check.", "vault.", "copy."))


def test_the_register_is_what_its_schema_says_and_has_nothing_else(done: Web) -> None:
    schema = register(done, "/schema")
    jsonschema_rs.validator_for(schema).validate(register(done))
    assert json.loads(SCHEMA.read_text("utf-8")) == schema
    for broken in ({"sql": "SELECT 1"}, {"history": None}, {"projects": [{"id": "P-1"}]}):
        assert not jsonschema_rs.validator_for(schema).is_valid(register(done) | broken)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/register",
        f"/api/v1/register/{THIS}",
        "/register",
        f"/register/{THIS}",
        "/register.csv",
        "/register.atom",
    ],
)
def test_nothing_of_one_query_one_person_or_a_hidden_number_is_told(done: Web, path: str) -> None:
    told = done.client.get(path, headers={"Accept": "*/*"})
    assert told.status_code == 200
    people = [str(id) for id in done.service.policies.people]
    inside = [
        "SELECT",
        "Q-",
        "weight >",
        "An unseen reason",
        "As I see it",
        "Inspector Unseen",
        "Somebody in particular",
    ]
    assert [word for word in (*people, *inside) if word in told.text] == []


@pytest.mark.parametrize("path", [f"/register/{THIS}", "/register.csv", "/register.atom"])
def test_publications_and_incidents_are_told_everywhere(done: Web, path: str) -> None:
    told = done.client.get(path, headers={"Accept": "*/*"}).text
    assert "A paper of ours" in told
    assert "A slip" in told


def test_the_spreadsheet_has_the_same_counts(done: Web) -> None:
    rows = csv.DictReader(io.StringIO(done.client.get("/register.csv").text, newline=""))
    (line, *_) = [row for row in rows if row["reference"] == THIS]
    activity = register(done, f"/{THIS}")["activity"]
    for name, value in activity.items():
        if name.startswith(("queries", "outputs")) and name in line:
            assert line[name] == str(value), name
    assert (line["outputs_asked"], line["tables_released"]) == ("6", "3")


def test_a_retracted_field_is_told_with_its_proof(tmp_path: Path) -> None:
    with Web(tmp_path) as web:
        store = web.service.records
        said: tuple[tuple[Kind, dict[str, Json]], ...] = (
            (
                Kind.FIELD_RETRACTED,
                {"field": "patient.weight", "reason": "An inside reason", "second": ADMIN},
            ),
            (Kind.FIELD_DESTROYED, {"field": "patient.weight", "files": [["a", "b", "c"]], "holding": 0}),
        )
        for kind, body in said:
            store.write(Entry(kind, None, None, {}, body), lambda _: None)
        (told,) = register(web)["retracted_fields"]
        assert (told["field"], told["files_rewritten"]) == ("patient.weight", 1)
        assert told["proof_leaf"] == told["audit_leaf"] + 1
        for path in ("/register", "/register.atom", "/api/v1/register"):
            text = web.client.get(path, headers={"Accept": "*/*"}).text
            assert "patient.weight" in text
            assert "An inside reason" not in text


def test_people_reached_are_told_by_year_once_there_is_a_date(done: Web) -> None:
    assert register(done, f"/{THIS}/reach") == {"counted_on": None, "years": [], "clusters": {}}
