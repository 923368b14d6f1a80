"""What checkers do: blind votes bound to what was seen, dissent that blocks, claims that are waited for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from enclave.actions.asker import Key
from enclave.actions.read_outputs import read_output, read_queue, read_review
from enclave.actions.review_output import Vote, adjudicate_output, claim_output, review_output
from enclave.actions.settle_outputs import settle_outputs
from enclave.outputs import permissions
from enclave.outputs.permissions import YES
from enclave.outputs.reasons import Reason
from enclave.outputs.records import OutputId
from enclave.outputs.review import ReviewView
from enclave.outputs.states import State, Verdict
from enclave.outputs.views import OutputView
from enclave.problems import OutOfMemory, Problem
from enclave.problems.service import Conflict, OwnOutput, PreconditionFailed, SignInAgain
from enclave.terms import PersonId
from tests.support.service import (
    ASKS,
    AUDITOR,
    CHECKED,
    CHECKERS,
    CONFLICTED,
    MEMBER_CHECKER,
    OWN_CHECKER,
    SENIOR,
    THIS,
    Files,
    Service,
)

ONE, TWO, THREE = CHECKERS
APPROVE, RETURN, REJECT = Verdict


def look(service: Service, id: OutputId, who: PersonId) -> ReviewView:
    return read_review(service.asker(who), id, service.desk)


def vote_on(
    service: Service, seen: ReviewView, who: PersonId, verdict: Verdict = APPROVE, **changed: str
) -> OutputView:
    """A vote on what was seen, or on something else where `changed` says so."""
    hashes = {**seen.hashes.as_json(), **changed}
    vote = Vote(verdict, "", hashes, Reason.OTHER)
    return review_output(service.asker(who), seen.output, vote, service.desk, etag=seen.etag)


def adjudicate(service: Service, id: OutputId, who: PersonId, verdict: Verdict) -> OutputView:
    seen = look(service, id, who)
    vote = Vote(verdict, "I decide", seen.hashes.as_json(), Reason.OTHER)
    return adjudicate_output(service.asker(who), id, vote, service.desk, etag=seen.etag)


def kinds_about(service: Service, id: OutputId) -> list[str]:
    with service.records.read() as reading:
        return [entry.kind for entry in reading.entries_about(id)]


def test_two_approvals_release(service: Service) -> None:
    id = service.with_checkers()
    assert service.vote(id, ONE).status == "with checkers"
    assert service.vote(id, TWO).status == "released"
    assert kinds_about(service, id) == [
        "release.asked",
        "review.given",
        "review.given",
        "output.approved",
        "output.released",
    ]


def test_nobody_reads_a_vote_before_all_are_in(service: Service) -> None:
    id = service.with_checkers()
    service.vote(id, ONE, APPROVE, "I see nothing wrong")
    seen = look(service, id, TWO)
    assert (seen.votes_in, seen.votes) == (1, ())
    assert "I see nothing wrong" not in str(seen.as_json())
    assert look(service, id, AUDITOR).votes == ()
    (own,) = look(service, id, ONE).votes
    assert (own.reviewer, own.verdict) == (ONE, "approve")
    service.vote(id, TWO, RETURN, "Row 3")
    assert [vote.reviewer for vote in look(service, id, THREE).votes] == [ONE, TWO]


def test_a_returned_round_stays_unread_while_the_next_one_votes(service: Service) -> None:
    """What an earlier checker thought would colour what the next one thinks."""
    id = service.with_checkers()
    for checker in (ONE, TWO):
        service.vote(id, checker, RETURN, "Say what column 2 is")
    service.ask_again(id)
    assert look(service, id, THREE).votes == ()


@pytest.mark.parametrize(
    ("verdicts", "state"),
    [
        ((APPROVE, RETURN), State.DISPUTED),
        ((RETURN, REJECT), State.DISPUTED),
        ((RETURN, RETURN), State.RETURNED),
        ((REJECT, REJECT), State.REJECTED),
    ],
)
def test_a_round_comes_to(service: Service, verdicts: tuple[Verdict, Verdict], state: State) -> None:
    id = service.with_checkers()
    for checker, verdict in zip((ONE, TWO), verdicts, strict=True):
        service.vote(id, checker, verdict)
    assert service.state(id) is state


@pytest.mark.parametrize(
    ("verdict", "state"), [(APPROVE, State.RELEASED), (RETURN, State.RETURNED), (REJECT, State.REJECTED)]
)
def test_a_dispute_blocks_until_a_senior_checker_decides(
    service: Service, verdict: Verdict, state: State
) -> None:
    id = service.with_checkers()
    service.vote(id, ONE, APPROVE)
    service.vote(id, TWO, REJECT)
    service.run()
    settle_outputs(service.desk)
    assert read_output(service.asker(ASKS), id, service.desk).status == "with checkers"
    with pytest.raises(Conflict):
        service.vote(id, THREE)
    adjudicate(service, id, SENIOR, verdict)
    assert service.state(id) is state
    assert "output.adjudicated" in kinds_about(service, id)


def test_one_of_those_who_differ_does_not_decide(service: Service) -> None:
    id = service.with_checkers()
    service.vote(id, ONE, APPROVE)
    service.vote(id, SENIOR, REJECT)
    with pytest.raises(OwnOutput, match="votes differ"):
        adjudicate(service, id, SENIOR, REJECT)


def test_whoever_took_the_item_is_waited_for_and_may_object(service: Service) -> None:
    """Two approvals do not outvote a third checker who is still looking."""
    id = service.with_checkers()
    claim_output(service.asker(THREE), id, service.desk)
    service.vote(id, ONE)
    service.vote(id, TWO)
    assert service.state(id) is State.IN_REVIEW
    service.vote(id, THREE, REJECT)
    assert service.state(id) is State.DISPUTED


def test_a_claim_that_lapsed_is_not_waited_for(service: Service) -> None:
    id = service.with_checkers()
    claim_output(service.asker(THREE), id, service.desk)
    service.vote(id, ONE)
    service.vote(id, TWO)
    service.clock.move(hours=23)
    settle_outputs(service.desk)
    assert service.state(id) is State.IN_REVIEW
    service.clock.move(hours=2)
    settle_outputs(service.desk)
    assert service.state(id) is State.RELEASED


def test_a_vote_is_given_once(service: Service) -> None:
    id = service.with_checkers()
    service.vote(id, ONE, REJECT)
    with pytest.raises(Conflict, match="have voted"):
        service.vote(id, ONE, APPROVE)
    with pytest.raises(Conflict, match="have voted"):
        claim_output(service.asker(ONE), id, service.desk)


def test_the_same_vote_sent_twice_is_one_vote(service: Service) -> None:
    id = service.with_checkers()
    seen, key = look(service, id, ONE), Key("mine", b"body")
    vote = Vote(APPROVE, "", seen.hashes.as_json())
    for _ in range(2):
        told = review_output(service.asker(ONE), id, vote, service.desk, etag=seen.etag, key=key)
        assert told.status == "with checkers"
    with service.records.read() as reading:
        assert len(reading.reviews(id)) == 1


def test_two_who_opened_the_item_together_both_vote(service: Service) -> None:
    id = service.with_checkers()
    first, second = look(service, id, ONE), look(service, id, TWO)
    vote_on(service, first, ONE)
    assert vote_on(service, second, TWO).status == "released"


@pytest.mark.parametrize("name", ["table", "sql", "policy", "data_version", "report"])
def test_a_vote_counts_for_exactly_what_was_seen(service: Service, name: str) -> None:
    id = service.with_checkers()
    seen = look(service, id, ONE)
    with pytest.raises(PreconditionFailed, match=name.replace("_", " ")):
        vote_on(service, seen, ONE, APPROVE, **{name: "0" * 64})
    hashes = {key: value for key, value in seen.hashes.as_json().items() if key != name}
    with pytest.raises(PreconditionFailed, match=name.replace("_", " ")):
        review_output(service.asker(ONE), id, Vote(APPROVE, "", hashes), service.desk, etag=seen.etag)
    with service.records.read() as reading:
        assert reading.reviews(id) == ()


def test_a_change_of_the_policy_voids_the_votes_before_it(service: Service) -> None:
    id = service.with_checkers()
    service.vote(id, ONE)
    seen = look(service, id, TWO)
    service.touch_policy()
    with pytest.raises(PreconditionFailed):
        vote_on(service, seen, TWO)
    assert service.state(id) is State.QUEUED
    assert "reviews.voided" in kinds_about(service, id)
    service.vote(id, TWO)
    assert service.state(id) is State.IN_REVIEW
    service.vote(id, ONE)
    assert service.state(id) is State.RELEASED


def test_a_policy_that_changes_after_the_last_vote_stops_the_release(service: Service) -> None:
    """The process died between the vote and the release; before it was back the policy had changed."""
    id = service.with_checkers()
    service.vote(id, ONE)
    seen = look(service, id, TWO)
    with pytest.raises(PowerFails):
        vote_on(replace_desk(service, "output.released:before"), seen, TWO)
    assert service.state(id) is State.APPROVED
    service.touch_policy()
    service.run()
    assert service.state(id) is State.QUEUED


def test_a_release_that_was_approved_is_made_when_the_process_is_back(service: Service) -> None:
    id = service.with_checkers()
    service.vote(id, ONE)
    seen = look(service, id, TWO)
    with pytest.raises(PowerFails):
        vote_on(replace_desk(service, "output.released:before"), seen, TWO)
    service.run()
    assert service.state(id) is State.RELEASED
    assert kinds_about(service, id).count("output.released") == 1


def test_what_is_kept_and_was_changed_is_held(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    id = service.with_checkers()
    monkeypatch.setattr("enclave.actions.cases.intact", lambda _: False)
    with pytest.raises(Conflict):
        service.vote(id, ONE)
    assert service.state(id) is State.ON_HOLD


def test_a_stricter_policy_asks_for_more_checkers(service: Service) -> None:
    id = service.with_checkers()
    service.vote(id, ONE)

    def three(house: Files) -> None:
        defaults = house["defaults"]
        assert isinstance(defaults, dict)
        defaults["release"]["off_cut_points_route"] = {"checkers": 3}

    service.change_policy(three, file="house.yaml")
    for checker in (ONE, TWO):
        service.vote(id, checker)
    assert service.state(id) is State.IN_REVIEW
    service.vote(id, THREE)
    assert service.state(id) is State.RELEASED


def test_a_sign_in_of_this_morning_is_not_fresh_enough(service: Service) -> None:
    id = service.with_checkers()
    seen = look(service, id, ONE)
    asker = service.asker(ONE, signed_in_minutes_ago=16)
    vote = Vote(APPROVE, "", seen.hashes.as_json())
    with pytest.raises(SignInAgain):
        review_output(asker, id, vote, service.desk, etag=seen.etag)
    never = replace(asker, authenticated_at=None)
    with pytest.raises(SignInAgain):
        review_output(never, id, vote, service.desk, etag=seen.etag)


def test_a_token_may_cap_the_roles_that_the_policy_gives_and_add_none(service: Service) -> None:
    id = service.with_checkers()
    seen = look(service, id, ONE)
    vote = Vote(APPROVE, "", seen.hashes.as_json())
    capped = replace(service.asker(ONE), roles=frozenset())
    with pytest.raises(Problem, match="not-found"):
        review_output(capped, id, vote, service.desk, etag=seen.etag)
    raised = replace(service.asker(ASKS), roles=frozenset(permissions.CHECKERS))
    with pytest.raises(Problem, match="forbidden"):
        review_output(raised, id, vote, service.desk, etag=seen.etag)


@pytest.mark.parametrize("who", [OWN_CHECKER, MEMBER_CHECKER, CONFLICTED])
def test_whoever_has_an_interest_sees_no_table_and_no_item(service: Service, who: PersonId) -> None:
    id = service.with_checkers()
    with pytest.raises(OwnOutput):
        look(service, id, who)
    assert list(read_queue(service.asker(who), service.desk, limit=10).items) == []


@pytest.mark.parametrize("who", [OWN_CHECKER, MEMBER_CHECKER])
@pytest.mark.parametrize("act", [review_output, claim_output])
def test_the_database_refuses_an_interested_vote_that_the_code_lets_through(
    service: Service, monkeypatch: pytest.MonkeyPatch, who: PersonId, act: Callable[..., OutputView]
) -> None:
    id = service.with_checkers()
    seen = look(service, id, ONE)
    vote = Vote(APPROVE, "", seen.hashes.as_json())
    monkeypatch.setattr(permissions, "RULES", dict.fromkeys(permissions.RULES, lambda *_: YES))
    words: dict[str, Any] = {"etag": seen.etag} if act is review_output else {}
    more = [vote] if act is review_output else []
    with pytest.raises(OwnOutput):
        act(service.asker(who), id, *more, service.desk, **words)
    with service.records.read() as reading:
        assert reading.reviews(id) == ()
        assert reading.claims(id) == ()


def test_who_left_the_project_still_has_an_interest(service: Service) -> None:
    id = service.with_checkers()

    def leaves(project: Files) -> None:
        people = project["people"]
        assert isinstance(people, list)
        project["people"] = [one for one in people if one["id"] != MEMBER_CHECKER]

    service.change_policy(leaves, file=f"projects/{THIS}.yaml")
    with pytest.raises(OwnOutput):
        service.vote(id, MEMBER_CHECKER)


def test_the_queue_shows_what_is_to_do_and_no_verdicts(service: Service) -> None:
    first, second = service.with_checkers(), service.with_checkers()
    service.vote(first, ONE)
    page = read_queue(service.asker(ONE), service.desk, limit=10)
    assert [(item.output, item.votes, item.voted) for item in page.items] == [
        (second, 0, False),
        (first, 1, True),
    ]
    assert [item.to_look_at for item in page.items] == [1, 1]
    assert page.items[0].due_on.isoformat() == "2026-11-27"
    short = read_queue(service.asker(ONE), service.desk, limit=1)
    assert [item.output for item in short.items] == [second]
    rest = read_queue(service.asker(ONE), service.desk, limit=1, after=short.next)
    assert [item.output for item in rest.items] == [first]
    assert rest.next is None


def test_a_checker_sees_how_runs_of_the_project_ended(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An end that depends on the data is an answer too, so such ends are counted."""
    id = service.with_checkers()
    with monkeypatch.context() as patched:
        patched.setattr(service.engine, "run", _out_of_memory)
        service.ran(CHECKED)
    assert look(service, id, ONE).ends == {"out-of-memory": 1}


def _out_of_memory(*_: object, **__: object) -> None:
    raise OutOfMemory(detail="Too much.")


class PowerFails(BaseException):
    """As far as this process goes."""


def replace_desk(service: Service, point: str) -> Service:
    """The same service, whose process is lost at a step."""

    def at(step: str) -> None:
        if step == point:
            raise PowerFails

    lost = object.__new__(Service)
    lost.__dict__ |= service.__dict__ | {"desk": replace(service.desk, at=at)}
    return lost
