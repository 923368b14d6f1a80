"""Nothing reaches a researcher before its release, and a release stays as it was, until it is taken back."""

import json
from dataclasses import replace

import pytest

from enclave.actions.ask_release import ask_release, withdraw_output
from enclave.actions.asker import Key
from enclave.actions.kept_answers import read_report, read_table
from enclave.actions.read_outputs import list_outputs, output_table, read_output, read_query
from enclave.actions.revoke_output import revoke_output
from enclave.actions.settle_outputs import settle_outputs
from enclave.audit import Kind
from enclave.outputs.records import OutputId, QueryId, ResultRecord
from enclave.outputs.states import State, Verdict
from enclave.outputs.views import OutputView
from enclave.problems import Problem, Refusals
from enclave.problems.service import Conflict, Forbidden, NotFound, NotReleased, PreconditionFailed, Revoked
from tests.support.service import (
    ADMIN,
    ASKS,
    AUTOMATIC,
    CHECKED,
    CHECKERS,
    COLLEAGUE,
    NOW,
    REFUSED,
    SENIOR,
    STRANGER,
    THIS,
    Files,
    Service,
)

ONE, TWO, _ = CHECKERS


def ask(
    service: Service, query: QueryId, *, why: str = "For the paper", key: Key | None = None
) -> OutputView:
    return ask_release(service.asker(ASKS), query, why, service.desk, key=key)


def revoke(service: Service, id: OutputId) -> OutputView:
    etag = read_output(service.asker(ADMIN), id, service.desk).etag
    return revoke_output(service.asker(ADMIN), id, "A slip", service.desk, etag=etag, emergency=True)


def kept(service: Service, id: OutputId) -> ResultRecord:
    with service.records.read() as reading:
        output = reading.output(id)
        assert output is not None
        result = reading.result(output.query_id)
    assert result is not None
    return result


def pause(project: Files) -> None:
    project["status"] = "paused"


def end(project: Files) -> None:
    project["status"] = "closed"


def test_a_release_is_the_table_that_was_protected(service: Service) -> None:
    id = service.released()
    table = output_table(service.asker(ASKS), id, service.desk)
    assert table.kept.as_json()["columns"] == [
        {"name": "sex", "type": "VARCHAR"},
        {"name": "n", "type": "BIGINT"},
    ]
    assert table.kept.table.equals(read_table(kept(service, id)).table)
    with service.records.read() as reading:
        (entry,) = reading.entries(kinds=[Kind.OUTPUT_DOWNLOADED])
    assert entry.body is not None
    assert (entry.actor, entry.body["output"]) == (ASKS, id)


def test_before_its_release_nobody_on_the_project_gets_anything_of_a_table(service: Service) -> None:
    """Not the table, nor a hash of it: small tables can be guessed from their hashes."""
    id = service.with_checkers()
    service.vote(id, ONE)
    result = kept(service, id)
    with service.records.read() as reading:
        output = reading.output(id)
    assert output is not None
    for person in (ASKS, COLLEAGUE):
        view = read_output(service.asker(person), id, service.desk)
        query = read_query(service.asker(person), output.query_id, service.desk)
        told = json.dumps([view.as_json(), view.etag, query.as_json()])
        assert (view.status, query.status, view.manifest) == ("with checkers", "with checkers", None)
        for inside in (result.table_hash, result.report_hash, output.sql_hash, "268", "254"):
            assert inside not in told
        with pytest.raises(NotReleased):
            output_table(service.asker(person), id, service.desk)


def test_a_researcher_is_told_the_same_whatever_checkers_are_at(service: Service) -> None:
    """Queued, voted on or disputed: where it is among checkers is theirs."""
    told = []
    for votes in ((), (Verdict.APPROVE,), (Verdict.APPROVE, Verdict.REJECT)):
        id = service.with_checkers()
        for checker, verdict in zip(CHECKERS, votes, strict=False):
            service.vote(id, checker, verdict)
        view = read_output(service.asker(ASKS), id, service.desk)
        told.append(
            replace(
                view,
                id=OutputId(""),
                query=QueryId(""),
                etag=view.etag.removeprefix(id),
                asked_at=NOW,
            )
        )
    assert told[0] == told[1] == told[2]


def test_a_release_has_no_hash_of_the_report_that_counts_what_was_hidden(service: Service) -> None:
    id = service.released()
    view = read_output(service.asker(ASKS), id, service.desk)
    assert view.manifest is not None
    assert kept(service, id).report_hash not in json.dumps(view.as_json())
    assert view.manifest["synthetic"] is True
    assert view.manifest["table_sha256"] == kept(service, id).table_hash


def test_asking_twice_is_asking_once(service: Service) -> None:
    query = service.ran(CHECKED)
    assert {ask(service, query).id, ask(service, query, why="Else").id} == {"O-1"}
    key = Key("mine", b"body")
    assert ask(service, service.ran(CHECKED), key=key).id == ask(service, query, key=key).id == "O-2"
    with service.records.read() as reading:
        assert len(reading.outputs()) == 2


def test_an_automatic_release_needs_no_asking(service: Service) -> None:
    query = service.ran(AUTOMATIC)
    assert ask(service, query).status == "released"


def test_only_an_answer_can_be_released(service: Service) -> None:
    with pytest.raises(Conflict):
        ask(service, service.ask(CHECKED).id)
    with pytest.raises(Refusals):
        service.ask(REFUSED)
    with pytest.raises(Conflict):
        ask(service, QueryId("Q-2"))
    with pytest.raises(NotFound):
        ask(service, QueryId("Q-99"))


def test_a_stranger_asks_for_nothing_of_others(service: Service) -> None:
    query = service.ran(CHECKED)
    with pytest.raises(NotFound):
        ask_release(service.asker(STRANGER), query, "", service.desk)


def test_what_came_back_goes_to_checkers_in_a_new_round_with_what_was_written(service: Service) -> None:
    id = service.with_checkers()
    for checker, comment in ((ONE, "Say what column 2 is"), (TWO, "What is it for?")):
        service.vote(id, checker, Verdict.RETURN, comment)
    view = read_output(service.asker(ASKS), id, service.desk)
    assert (view.status, view.notes) == ("returned", ("Say what column 2 is", "What is it for?"))
    assert ONE not in json.dumps(view.as_json())
    again = ask(service, view.query, why="It is the count of patients")
    assert (again.id, again.status, again.notes) == (id, "with checkers", ())
    for checker in (ONE, TWO):
        service.vote(id, checker)
    assert service.state(id) is State.RELEASED


def test_what_was_rejected_is_not_asked_for_again(service: Service) -> None:
    id = service.with_checkers()
    for checker in (ONE, TWO):
        service.vote(id, checker, Verdict.REJECT)
    view = read_output(service.asker(ASKS), id, service.desk)
    assert view.status == "rejected"
    with pytest.raises(Conflict):
        ask(service, view.query)


def test_an_output_is_withdrawn_before_its_release_and_not_after(service: Service) -> None:
    id = service.with_checkers()
    service.vote(id, ONE)
    with pytest.raises(Forbidden):
        withdraw_output(service.asker(COLLEAGUE), id, service.desk)
    for _ in range(2):
        assert withdraw_output(service.asker(ASKS), id, service.desk).status == "withdrawn"
    with pytest.raises(Conflict):
        service.vote(id, TWO)
    with pytest.raises(Conflict):
        withdraw_output(service.asker(ASKS), service.released(), service.desk)


def test_a_revoked_release_is_no_longer_given_out_and_says_why(service: Service) -> None:
    id = service.released()
    assert revoke(service, id).status == "revoked"
    with pytest.raises(Revoked):
        output_table(service.asker(ASKS), id, service.desk)
    view = read_output(service.asker(ASKS), id, service.desk)
    assert view.tombstone is not None
    assert view.tombstone["reason"] == "A slip"
    assert ADMIN not in json.dumps(view.as_json())
    assert view.manifest is not None  # a release that was made stays one that was made
    assert kept(service, id).table


def test_a_release_is_revoked_once_and_as_it_was_seen(service: Service) -> None:
    id = service.released()
    with pytest.raises(PreconditionFailed):
        revoke_output(service.asker(ADMIN), id, "A slip", service.desk, etag="another")
    etag, key = read_output(service.asker(SENIOR), id, service.desk).etag, Key("mine", b"body")
    for _ in range(2):
        told = revoke_output(
            service.asker(SENIOR), id, "A slip", service.desk, etag=etag, emergency=True, key=key
        )
        assert told.status == "revoked"
    with pytest.raises(Conflict):
        revoke(service, id)


def test_a_project_that_pauses_holds_its_items_and_lets_them_go_on_in_a_new_round(service: Service) -> None:
    id = service.with_checkers()
    service.vote(id, ONE)
    before = service.policies
    service.change_policy(pause, file=f"projects/{THIS}.yaml")
    settle_outputs(service.desk)
    assert service.state(id) is State.ON_HOLD
    with pytest.raises(Conflict):
        service.vote(id, TWO)
    assert read_output(service.asker(ASKS), id, service.desk).status == "with checkers"
    service.policies = before
    settle_outputs(service.desk)
    assert service.state(id) is State.QUEUED
    service.vote(id, ONE)
    service.vote(id, TWO)
    assert service.state(id) is State.RELEASED


@pytest.mark.parametrize("how", ["closed", "its last day"])
def test_what_is_not_released_when_its_project_ends_expires(service: Service, how: str) -> None:
    id, released = service.with_checkers(), service.released()
    if how == "closed":
        service.change_policy(end, file=f"projects/{THIS}.yaml")
    else:
        service.clock.move(days=1_000)
    settle_outputs(service.desk)
    assert service.state(id) is State.EXPIRED
    assert service.state(released) is State.RELEASED
    assert output_table(service.asker(ASKS), released, service.desk).output.id == released


def test_an_answer_made_under_looser_rules_is_not_sent_to_checkers(service: Service) -> None:
    query = service.ran(CHECKED)

    def stricter(project: Files) -> None:
        rules = project["disclosure"]
        assert isinstance(rules, dict)
        rules["min_units"] = 50

    service.change_policy(stricter, file=f"projects/{THIS}.yaml")
    with pytest.raises(Conflict, match="rules have changed"):
        ask(service, query)


def test_an_asker_whose_project_is_at_its_end_is_told_so(service: Service) -> None:
    query = service.ran(CHECKED)
    service.change_policy(end, file=f"projects/{THIS}.yaml")
    with pytest.raises(Problem, match="may not leave"):
        ask(service, query)


def test_outputs_are_listed_for_the_people_of_the_project_alone(service: Service) -> None:
    ids = [service.with_checkers(), service.released()]
    page = list_outputs(service.asker(COLLEAGUE), service.desk, limit=1)
    assert [output.id for output in page.items] == [ids[1]]
    rest = list_outputs(service.asker(COLLEAGUE), service.desk, limit=1, after=page.next)
    assert [output.id for output in rest.items] == [ids[0]]
    assert rest.next is None
    assert list(list_outputs(service.asker(STRANGER), service.desk, limit=5).items) == []
    assert list(list_outputs(service.asker(ADMIN), service.desk, limit=5).items) == []


def test_formats_are_offered_of_a_release_only(service: Service) -> None:
    assert read_output(service.asker(ASKS), service.released(), service.desk).formats == ("csv",)
    assert read_output(service.asker(ASKS), service.with_checkers(), service.desk).formats == ()


def test_a_report_counts_what_was_hidden_and_names_none_of_it(service: Service) -> None:
    """A hidden cell's key says that somebody is there; checkers get the rule and the number of cells."""
    sql = "SELECT diagnosis, hospital_id, count(*) AS n FROM patient WHERE weight > 63.7 GROUP BY 1, 2"
    query = service.ran(sql)
    with service.records.read() as reading:
        result = reading.result(query)
    assert result is not None
    (leaf,) = read_report(result)["leaves"]
    assert read_report(result)["verdict"] == "suppressed"
    assert leaf["hidden_cells"] == sum(rule.get("cells", 0) for rule in leaf["outcomes"]) > 0
    assert leaf["cells"] - leaf["hidden_cells"] == read_table(result).table.num_rows
    assert 0 < leaf["share_hidden"] < 1
    assert {way["way"] for way in leaf["coarser"]} <= {"leave out diagnosis", "leave out hospital_id"}
    assert leaf["coarser"]
    assert b"RARE" not in result.report
