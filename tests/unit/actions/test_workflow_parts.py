"""Threads, baskets, resubmission, two people to revoke, looks afterwards, figures: through actions and the store."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from enclave.actions.ask_release import withdraw_output
from enclave.actions.comment_output import Cell, add_comment, list_comments
from enclave.actions.figures import read_figures
from enclave.actions.looks import Finding, list_looks, look_at
from enclave.actions.read_outputs import list_outputs, output_table, read_output, read_queue, read_review
from enclave.actions.requests import (
    add_to_request,
    ask_together,
    list_requests,
    read_request,
    withdraw_request,
)
from enclave.actions.review_output import Vote, adjudicate_output, claim_output
from enclave.actions.revocations import list_revocations
from enclave.actions.revoke_output import confirm_revocation, keep_release, revoke_output
from enclave.actions.settle_outputs import settle_output, settle_outputs
from enclave.actions.supersede_output import supersede_output
from enclave.outputs.records import OutputId
from enclave.outputs.states import State, Verdict
from enclave.problems.service import Conflict, Forbidden, NotFound, OwnOutput, Revoked
from tests.support.service import (
    ADMIN,
    ASKS,
    CHECKED,
    CHECKERS,
    COLLEAGUE,
    MEMBER_CHECKER,
    OWN_CHECKER,
    SENIOR,
    STRANGER,
    THIS,
    Files,
    Service,
)

ONE, TWO, THREE = CHECKERS
ANOTHER = CHECKED.replace("63.7", "58.3")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    opened = Service(tmp_path)
    yield opened
    opened.close()


def returned(service: Service, id: OutputId) -> None:
    for checker in (ONE, TWO):
        service.vote(id, checker, Verdict.RETURN)
    assert service.state(id) is State.RETURNED


# threads


def test_a_question_on_a_cell_is_read_without_its_row_when_it_comes_back_and_is_answered(
    service: Service,
) -> None:
    id = service.with_checkers()
    asked = add_comment(service.asker(ONE), id, "Why so few?", service.desk, cell=Cell(0, "n"))
    assert (asked.row, asked.column, asked.by) == (0, "n", ONE)
    assert list_comments(service.asker(ASKS), id, service.desk) == []  # not before it is decided
    assert list_comments(service.asker(TWO), id, service.desk) == []  # blind
    returned(service, id)
    (seen,) = list_comments(service.asker(ASKS), id, service.desk)
    assert (seen.row, seen.column, seen.by, seen.text) == (None, "n", "checker", "Why so few?")
    answer = add_comment(service.asker(ASKS), id, "It is a pilot.", service.desk, reply_to=seen.id)
    assert [one.text for one in list_comments(service.asker(TWO), id, service.desk)] == [
        "Why so few?",
        "It is a pilot.",
    ]
    assert answer.reply_to == asked.id
    with service.records.read() as reading:
        assert next(one.kind for one in reading.letters() if one.person == ONE) == "comment.answered"


def test_nobody_points_where_there_is_nothing_or_where_they_may_not_look(service: Service) -> None:
    id = service.with_checkers()
    for who, cell, reply in (
        (ONE, Cell(99, "n"), None),
        (ONE, Cell(0, "nothing"), None),
        (ONE, None, 12345),
        (ASKS, Cell(0, "n"), None),
    ):
        with pytest.raises(Conflict):
            add_comment(service.asker(who), id, "This", service.desk, cell=cell, reply_to=reply)
    with pytest.raises(NotFound):
        add_comment(service.asker(STRANGER), id, "This", service.desk)
    with pytest.raises(OwnOutput):
        add_comment(service.asker(OWN_CHECKER), id, "This", service.desk)
    mine = add_comment(service.asker(MEMBER_CHECKER), id, "From the project", service.desk)
    assert not mine.by_checker  # whoever is on the project speaks for it, whatever else they are


def test_a_hidden_comment_is_not_replied_to(service: Service) -> None:
    id = service.with_checkers()
    asked = add_comment(service.asker(ONE), id, "Why so few?", service.desk)
    for who in (ASKS, TWO):
        with pytest.raises(Conflict):
            add_comment(service.asker(who), id, "Because", service.desk, reply_to=asked.id)


def test_on_what_is_over_nothing_is_said(service: Service) -> None:
    id = service.with_checkers()
    service.vote(id, ONE)
    service.vote(id, TWO)
    with pytest.raises(Conflict):
        add_comment(service.asker(ONE), id, "Too late", service.desk)


# resubmission


def test_an_approval_of_what_is_untouched_stands_and_whoever_objected_is_waited_for(service: Service) -> None:
    id = service.with_checkers()
    service.vote(id, ONE)
    service.vote(id, TWO, Verdict.RETURN)
    seen = read_review(service.asker(SENIOR), id, service.desk)
    vote = Vote(Verdict.RETURN, "Explain", seen.hashes.as_json())
    adjudicate_output(service.asker(SENIOR), id, vote, service.desk, etag=seen.etag)
    service.ask_again(id)
    again = read_review(service.asker(TWO), id, service.desk)
    assert (again.round, again.votes_in, again.state) == (2, 1, "queued")
    service.vote(id, THREE)  # enough approve, but those who objected may still speak
    assert service.state(id) is State.IN_REVIEW
    service.vote(id, TWO)
    assert service.state(id) is State.IN_REVIEW  # the senior is waited for, too
    service.clock.move(hours=24, minutes=1)
    settle_outputs(service.desk)
    assert service.state(id) is State.RELEASED


def test_kept_approvals_alone_release_nothing(service: Service) -> None:
    """Two approvals and one objection that won: asked for again as it was, somebody has to look anew."""
    id = service.with_checkers()
    for checker in (ONE, TWO):
        claim_output(service.asker(THREE), id, service.desk)
        service.vote(id, checker)
    service.vote(id, THREE, Verdict.RETURN)
    seen = read_review(service.asker(SENIOR), id, service.desk)
    vote = Vote(Verdict.RETURN, "Explain", seen.hashes.as_json())
    adjudicate_output(service.asker(SENIOR), id, vote, service.desk, etag=seen.etag)
    service.ask_again(id)
    for _ in range(3):
        service.clock.move(days=2)
        settle_outputs(service.desk)
        assert service.state(id) is State.QUEUED


def test_a_vote_given_under_another_policy_is_not_kept(service: Service) -> None:
    id = service.with_checkers()
    service.vote(id, ONE)
    withdraw_output(service.asker(ASKS), id, service.desk)
    service.touch_policy()
    service.ask_again(id)
    assert read_review(service.asker(TWO), id, service.desk).votes_in == 0


def test_whoever_works_for_those_who_ask_by_now_has_no_vote_that_stands(service: Service) -> None:
    id = service.with_checkers()
    service.vote(id, ONE)
    withdraw_output(service.asker(ASKS), id, service.desk)

    def moves(person: Files) -> None:
        person["organisation"] = "infirmary"

    before = service.policies.content_hash  # as if nothing else had changed: the vote is bound to it
    service.change_policy(moves, file=f"people/{ONE}.yaml")
    in_force = {id: replace(one, content_hash=before) for id, one in service.policies.in_force.items()}
    service.policies = replace(service.policies, content_hash=before, in_force=in_force)
    service.ask_again(id)
    with service.records.read() as reading:
        assert [one for one in reading.reviews(id) if one.carried] == []


# time


def test_what_came_back_and_nobody_touches_expires_and_an_answer_counts_as_a_touch(service: Service) -> None:
    one, two = service.with_checkers(), ask_more(service)
    for id in (one, two):
        returned(service, id)
    service.clock.move(days=40)
    add_comment(service.asker(ASKS), two, "Soon", service.desk)
    service.clock.move(days=21)
    settle_outputs(service.desk)
    assert (service.state(one), service.state(two)) == (State.EXPIRED, State.RETURNED)


def ask_more(service: Service) -> OutputId:
    (item,) = ask_together(service.asker(ASKS), [service.ran(ANOTHER)], "Too", service.desk).items
    return item.id


# baskets


def test_items_of_a_basket_move_alone(service: Service) -> None:
    queries = [service.ran(CHECKED), service.ran(ANOTHER)]
    made = ask_together(service.asker(ASKS), queries, "Tables 2 and 3", service.desk)
    assert (made.status, {item.status for item in made.items}) == ("with checkers", {"with checkers"})
    first, second = (item.id for item in made.items)
    service.vote(first, ONE)
    service.vote(first, TWO)
    returned(service, second)
    part = read_request(service.asker(COLLEAGUE), made.id, service.desk)
    assert (part.status, [item.status for item in part.items]) == ("in part", ["released", "returned"])
    more = add_to_request(
        service.asker(ASKS), made.id, [service.ran(CHECKED.replace("63.7", "51.9"))], service.desk
    )
    assert [item.status for item in more.items] == ["released", "returned", "with checkers"]
    over = withdraw_request(service.asker(ASKS), made.id, service.desk)
    assert [item.status for item in over.items] == ["released", "withdrawn", "withdrawn"]
    assert [one.id for one in list_requests(service.asker(ASKS), service.desk, limit=5).items] == [made.id]
    assert list_requests(service.asker(STRANGER), service.desk, limit=5).items == []
    with pytest.raises(NotFound):
        read_request(service.asker(STRANGER), made.id, service.desk)


def test_a_basket_is_asked_for_whole_or_not_at_all(service: Service) -> None:
    query = service.ran(CHECKED)
    ask_together(service.asker(ASKS), [query], "One", service.desk)
    new = service.ran(ANOTHER)
    for wrong in ([new, query], [new, new], []):
        with pytest.raises(Conflict):
            ask_together(service.asker(ASKS), wrong, "More", service.desk)
    with service.records.read() as reading:
        assert reading.output_of(new) is None


# releases


def etag(service: Service, id: OutputId) -> str:
    return read_output(service.asker(ADMIN), id, service.desk).etag


def test_a_release_is_given_out_until_a_second_person_agrees(service: Service) -> None:
    id = service.released()
    revoke_output(service.asker(ADMIN), id, "A slip", service.desk, etag=etag(service, id))
    assert read_output(service.asker(ASKS), id, service.desk).tombstone is None
    output_table(service.asker(ASKS), id, service.desk)
    with pytest.raises(Conflict):
        confirm_revocation(service.asker(ADMIN), id, service.desk, etag=etag(service, id))
    confirm_revocation(service.asker(SENIOR), id, service.desk, etag=etag(service, id))
    with pytest.raises(Revoked):
        output_table(service.asker(ASKS), id, service.desk)


def test_an_emergency_works_at_once_and_stays_when_nobody_agrees_in_time(service: Service) -> None:
    id = service.released()
    revoke_output(service.asker(ADMIN), id, "A leak", service.desk, etag=etag(service, id), emergency=True)
    with pytest.raises(Revoked):
        output_table(service.asker(ASKS), id, service.desk)
    with pytest.raises(Conflict):
        keep_release(service.asker(ADMIN), id, "I was wrong", service.desk, etag=etag(service, id))
    service.clock.move(hours=24, minutes=1)
    assert settle_outputs(service.desk)
    assert not settle_outputs(service.desk)  # it is put on record once
    (waits,) = list_revocations(service.asker(SENIOR), service.desk)
    assert (waits.output, waits.emergency, waits.overdue) == (id, True, True)
    with pytest.raises(Revoked):
        output_table(service.asker(ASKS), id, service.desk)
    keep_release(service.asker(SENIOR), id, "A false alarm", service.desk, etag=etag(service, id))
    output_table(service.asker(ASKS), id, service.desk)


def test_a_newer_release_takes_the_place_of_an_older_one_which_can_still_be_revoked(service: Service) -> None:
    old, new = service.released(), service.released()
    for wrong in ((new, old), (old, old)):
        with pytest.raises(Conflict):
            supersede_output(service.asker(ASKS), *wrong, service.desk)
    view = supersede_output(service.asker(ASKS), old, new, service.desk)
    assert (view.status, view.superseded_by) == ("superseded", new)
    output_table(service.asker(ASKS), old, service.desk)
    revoke_output(service.asker(ADMIN), old, "A slip", service.desk, etag=etag(service, old))
    keep_release(service.asker(SENIOR), old, "No", service.desk, etag=etag(service, old))
    settle_output(old, service.desk)
    assert service.state(old) is State.SUPERSEDED


def test_a_share_of_automatic_releases_is_looked_at_afterwards(service: Service) -> None:
    service.desk = replace(service.desk, chance=lambda: 0.0)
    id = service.released()
    service.desk = replace(service.desk, chance=lambda: 0.99)
    service.released()
    (drawn,) = list_looks(service.asker(ONE), service.desk)
    assert drawn.output == id
    assert list_looks(service.asker(OWN_CHECKER), service.desk) == []
    with pytest.raises(OwnOutput):
        look_at(service.asker(OWN_CHECKER), id, Finding.FINE, "", service.desk)
    look_at(service.asker(ONE), id, Finding.CONCERN, "A small school", service.desk)
    with pytest.raises(Conflict):
        look_at(service.asker(ONE), id, Finding.FINE, "", service.desk)
    assert list_looks(service.asker(TWO), service.desk) == []
    assert service.state(id) is State.RELEASED
    with service.records.read() as reading:
        assert {letter.person for letter in reading.letters() if letter.kind == "release.concern"} >= {
            ADMIN,
            SENIOR,
        }


def test_figures_say_how_long_it_took_and_why_it_came_back(service: Service) -> None:
    id = service.with_checkers()
    service.clock.move(hours=3)
    service.vote(id, ONE, Verdict.REJECT)
    service.clock.move(hours=1)
    service.vote(id, TWO, Verdict.REJECT)
    found = read_figures(service.asker(ONE), service.desk).as_json()
    assert found["turn_around"]["decided"] == 1
    assert found["turn_around"]["p50_working_hours"] == 4.0
    assert found["reasons"] == {"other": 2}
    with pytest.raises(Forbidden):
        read_figures(service.asker(ASKS), service.desk)


def test_a_pair_that_decides_too_much_is_stopped_where_the_house_says_so(service: Service) -> None:
    def refuse(house: Files) -> None:
        review = house["review"]
        assert isinstance(review, dict)
        review |= {"pair_rule": "refuse", "pair_percent": 50}

    service.change_policy(refuse, file="house.yaml")
    for weight in ("63.7", "58.3", "51.9"):
        id = asked(service, weight)
        service.vote(id, ONE)
        service.vote(id, TWO)
        assert service.state(id) is State.RELEASED
    id = asked(service, "47.3")
    service.vote(id, ONE)
    with pytest.raises(Conflict):
        service.vote(id, TWO)
    service.vote(id, THREE)
    assert service.state(id) is State.RELEASED


def asked(service: Service, weight: str) -> OutputId:
    query = service.ran(CHECKED.replace("63.7", weight))
    (item,) = ask_together(service.asker(ASKS), [query], "More", service.desk).items
    return item.id


# known-bad items


def seeding(service: Service) -> OutputId:
    """A house that puts a known-bad item beside each, made from a release; the item."""

    def seed(house: Files) -> None:
        review = house["review"]
        assert isinstance(review, dict)
        review |= {"seeded_percent": 20}

    service.change_policy(seed, file="house.yaml")
    model = service.with_checkers()
    for checker in (ONE, TWO):
        service.vote(model, checker)
    service.desk = replace(service.desk, chance=lambda: 0.0)
    ask_more(service)
    waits = [item.output for item in read_queue(service.asker(ONE), service.desk, limit=10).items]
    assert len(waits) == 2
    return waits[0]


def test_a_known_bad_item_is_seen_by_checkers_alone_and_looks_like_any_other(service: Service) -> None:
    bad = seeding(service)
    for person in (ASKS, COLLEAGUE, MEMBER_CHECKER, OWN_CHECKER, STRANGER, ADMIN):
        with pytest.raises(NotFound):
            read_output(service.asker(person), bad, service.desk)
    assert bad not in {one.id for one in list_outputs(service.asker(ASKS), service.desk, limit=9).items}
    seen = read_review(service.asker(ONE), bad, service.desk)
    numbers = [value for row in seen.table["rows"] for value in row if isinstance(value, int)]
    assert 1 in numbers  # too few people, in the open
    assert "seeded" not in str(seen.as_json())
    with service.records.read() as reading:
        kinds = {letter.kind for letter in reading.letters() if str(letter.body["about"]) == bad}
        assert kinds == {"queue.arrived"}
        assert reading.output_totals(THIS).with_checkers == 2


@pytest.mark.parametrize(("verdict", "caught"), [(Verdict.APPROVE, 0), (Verdict.REJECT, 2)])
def test_a_known_bad_item_is_never_released_and_what_was_noticed_is_counted(
    service: Service, verdict: Verdict, caught: int
) -> None:
    bad = seeding(service)
    service.vote(bad, ONE, verdict)
    assert read_figures(service.asker(ONE), service.desk).votes_on_seeded == 0  # not while others look
    service.vote(bad, TWO, verdict)
    settle_outputs(service.desk)
    assert service.state(bad) in (State.EXPIRED, State.REJECTED)
    found = read_figures(service.asker(ONE), service.desk)
    assert (found.votes_on_seeded, found.caught, found.own_votes_on_seeded) == (2, caught, 1)
    with service.records.read() as reading:
        assert [one.kind for one in reading.entries_about(bad) if one.kind == "output.released"] == []
