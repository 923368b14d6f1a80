"""Webhooks: what is told, to whom, until when; nothing is lost, and nothing is told that could not be seen."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from enclave.actions.ask_release import ask_release, withdraw_output
from enclave.actions.asker import Key
from enclave.actions.cancel_query import cancel_query
from enclave.actions.deliver_hooks import Letter, close_hooks, deliver_due, signature
from enclave.actions.read_outputs import read_query
from enclave.actions.webhooks import add_hook, list_hooks, own_hook, ping_hook, remove_hook
from enclave.audit import Kind
from enclave.outputs.hooks import GIVES_UP_AFTER, LEASE, MOST_HOOKS, HookRecord, HookState
from enclave.outputs.states import State, Verdict
from enclave.problems import NotOnProject, Refusals
from enclave.problems.service import Conflict, Forbidden, HookAddress, NotFound
from tests.support.service import (
    ADMIN,
    ASKS,
    AUTOMATIC,
    CHECKED,
    CHECKERS,
    COLLEAGUE,
    KEY,
    MEMBER_CHECKER,
    OTHER,
    OWN_CHECKER,
    REFUSED,
    STRANGER,
    THIS,
    Files,
    Service,
)

URL = "https://hooks.northbridge.example/enclave"


@dataclass
class Mailbox:
    """The other side: takes what comes, or does not while it is `deaf`."""

    deaf: bool = False
    letters: list[Letter] = field(default_factory=list)

    def __call__(self, letters: Sequence[Letter]) -> Sequence[bool]:
        if self.deaf:
            return [False] * len(letters)
        self.letters += letters
        return [True] * len(letters)

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(letter.body) for letter in self.letters]

    @property
    def words(self) -> list[tuple[str, str]]:
        return [(event["type"], event["status"]) for event in self.told]


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


def deliver(service: Service, mailbox: Mailbox) -> None:
    while deliver_due(service.desk, mailbox):
        pass


def hooked(service: Service, person: Any = ASKS, project: Any = THIS) -> HookRecord:
    return add_hook(service.asker(person), URL, project, service.desk)[0]


def seen(service: Service, hook: HookRecord) -> HookRecord:
    with service.records.read() as reading:
        found = reading.hook(hook.id)
    assert found is not None
    return found


def kinds(service: Service) -> list[str]:
    with service.records.read() as reading:
        return [entry.kind for entry in reading.entries() if entry.kind.startswith("webhook")]


def leaves(service: Service) -> None:
    def without(project: Files) -> None:
        people = project["people"]
        assert isinstance(people, list)
        project["people"] = [one for one in people if one["id"] != COLLEAGUE]

    service.change_policy(without, file=f"projects/{THIS}.yaml")


def test_a_project_is_told_of_ids_and_states_and_nothing_else(service: Service, mailbox: Mailbox) -> None:
    hooked(service)
    service.ran(AUTOMATIC)
    deliver(service, mailbox)
    at = service.clock.now().isoformat(timespec="seconds")
    common = {"project": "P-WORLD-1", "query": "Q-1", "output": "O-1", "status": "released", "at": at}
    assert mailbox.told == [
        {"event": "E-1", "type": "query.finished", **common},
        {"event": "E-2", "type": "output.changed", **common},
    ]


def test_every_end_of_a_query_is_told(service: Service, mailbox: Mailbox) -> None:
    hooked(service)
    with pytest.raises(Refusals):
        service.ask(REFUSED)
    cancel_query(service.asker(ASKS), service.ask(AUTOMATIC).id, service.desk)
    service.engine.close()
    service.ran(AUTOMATIC)
    deliver(service, mailbox)
    assert mailbox.words == [
        ("query.refused", "refused"),
        ("query.cancelled", "cancelled"),
        ("query.failed", "failed"),
    ]


def test_an_output_is_told_in_the_words_of_its_people_and_votes_are_not(
    service: Service, mailbox: Mailbox
) -> None:
    hooked(service)
    output = service.with_checkers()
    service.vote(output, CHECKERS[0])
    service.vote(output, CHECKERS[1], Verdict.RETURN)
    deliver(service, mailbox)
    assert mailbox.words == [("query.finished", "done"), ("output.changed", "with checkers")]


def test_nothing_is_told_that_the_api_does_not_show_when_it_is_told(service: Service) -> None:
    hooked(service)
    asker = service.asker(ASKS)
    differing: list[str] = []

    def compare(letters: Sequence[Letter]) -> Sequence[bool]:
        for event in (json.loads(letter.body) for letter in letters):
            shown = read_query(asker, event["query"], service.desk).status
            differing.extend([] if shown == event["status"] else [event["event"]])
        return [True] * len(letters)

    def tell() -> None:
        while deliver_due(service.desk, compare):
            pass

    query = service.ask(CHECKED)
    tell()
    service.run()
    tell()
    output = ask_release(asker, query.id, "For the paper", service.desk).id
    tell()
    service.vote(output, CHECKERS[0])
    tell()
    service.vote(output, CHECKERS[1])
    tell()
    assert differing == []
    assert service.state(output) is State.RELEASED


def test_the_queue_is_told_to_checkers_of_what_is_theirs_to_look_at(
    service: Service, mailbox: Mailbox
) -> None:
    own = hooked(service, OWN_CHECKER, None)
    hooked(service, CHECKERS[0], None)
    output = service.with_checkers()
    withdraw_output(service.asker(ASKS), output, service.desk)
    deliver(service, mailbox)
    assert mailbox.words == [("queue.arrived", "with checkers"), ("queue.left", "withdrawn")]
    assert seen(service, own).delivered_at is None


def test_what_happens_to_another_project_is_not_told(service: Service, mailbox: Mailbox) -> None:
    hooked(service)
    service.ask(AUTOMATIC, person=STRANGER, project=OTHER)
    service.run()
    deliver(service, mailbox)
    assert mailbox.told == []


@pytest.mark.parametrize(
    ("person", "project", "problem"),
    [
        (STRANGER, THIS, NotOnProject),
        (ADMIN, THIS, NotOnProject),
        (ASKS, "P-NONE", NotOnProject),
        (ASKS, None, Forbidden),
        (ADMIN, None, Forbidden),
    ],
)
def test_a_hook_is_of_ones_own_project_or_of_a_checkers_queue(
    service: Service, person: Any, project: Any, problem: type[Exception]
) -> None:
    with pytest.raises(problem):
        add_hook(service.asker(person), URL, project, service.desk)
    assert kinds(service) == []


def test_an_address_that_may_not_be_called_is_refused(service: Service) -> None:
    with pytest.raises(HookAddress):
        add_hook(service.asker(ASKS), "https://10.0.0.1/", THIS, service.desk)


def test_each_act_has_its_entry(service: Service, mailbox: Mailbox) -> None:
    hook = hooked(service)
    ping_hook(service.asker(ASKS), hook.id, service.desk)
    deliver(service, mailbox)
    remove_hook(service.asker(ASKS), hook.id, service.desk)
    assert kinds(service) == ["webhook.removed", "webhook.pinged", "webhook.added"]
    with service.records.read() as reading:
        entries = reading.entries(kinds=[Kind.WEBHOOK_ADDED, Kind.WEBHOOK_REMOVED])
    assert [(entry.actor, (entry.body or {})["hook"]) for entry in entries] == [(ASKS, "W-1")] * 2
    assert mailbox.words == [("ping", "active")]


def test_a_hook_is_its_persons_alone(service: Service) -> None:
    hook = hooked(service)
    for act in (own_hook, remove_hook, ping_hook):
        with pytest.raises(NotFound):
            act(service.asker(COLLEAGUE), hook.id, service.desk)
    assert list_hooks(service.asker(COLLEAGUE), service.desk) == []


def test_the_same_call_makes_one_hook_and_tells_its_secret_again(service: Service) -> None:
    asker, key = service.asker(ASKS), Key("one", bytes(32))
    first = add_hook(asker, URL, THIS, service.desk, key=key)
    assert add_hook(asker, URL, THIS, service.desk, key=key) == first
    assert len(list_hooks(asker, service.desk)) == 1


def test_one_person_has_so_many_hooks_and_no_more(service: Service) -> None:
    hooks = [hooked(service) for _ in range(MOST_HOOKS)]
    assert len({KEY.hook_secret(hook) for hook in hooks}) == MOST_HOOKS
    with pytest.raises(Conflict):
        hooked(service)
    remove_hook(service.asker(ASKS), hooks[0].id, service.desk)
    hooked(service)


def test_a_letter_is_signed_over_its_time_and_its_body(service: Service, mailbox: Mailbox) -> None:
    hook = hooked(service)
    service.ran(AUTOMATIC)
    deliver(service, mailbox)
    letter, seconds = mailbox.letters[0], int(service.clock.now().timestamp())
    assert letter.headers["Enclave-Event"] == "E-1"
    assert letter.headers["Enclave-Signature"] == signature(
        KEY.hook_secret(hook), letter.body, seconds=seconds
    )
    others = [
        signature(KEY.hook_secret(hook), letter.body + b" ", seconds=seconds),
        signature(KEY.hook_secret(hook), letter.body, seconds=seconds + 1),
        signature("whsec_other", letter.body, seconds=seconds),
    ]
    assert letter.headers["Enclave-Signature"] not in others


def test_a_hook_of_somebody_who_leaves_the_project_stops_at_once(service: Service, mailbox: Mailbox) -> None:
    hook = hooked(service, COLLEAGUE)
    service.ran(AUTOMATIC)
    leaves(service)
    deliver(service, mailbox)
    assert mailbox.letters == []
    assert (seen(service, hook).state, kinds(service)[0]) == (HookState.OFF, "webhook.off")
    service.ran(AUTOMATIC)
    assert not deliver_due(service.desk, mailbox)


def test_a_hook_that_nothing_waits_for_is_closed_too_and_once(service: Service) -> None:
    hook = hooked(service, COLLEAGUE)
    leaves(service)
    close_hooks(service.desk)
    close_hooks(service.desk)
    assert seen(service, hook).reason == "its person may not hear of this any more"
    assert kinds(service) == ["webhook.off", "webhook.added"]
    with pytest.raises(Conflict):
        ping_hook(service.asker(COLLEAGUE), hook.id, service.desk)


def test_somebody_who_is_no_checker_any_more_is_told_nothing(service: Service, mailbox: Mailbox) -> None:
    hook = hooked(service, CHECKERS[0], None)
    service.with_checkers()
    service.change_policy(
        lambda person: person.update(roles=["researcher"]), file=f"people/{CHECKERS[0]}.yaml"
    )
    deliver(service, mailbox)
    assert (mailbox.letters, seen(service, hook).state) == ([], HookState.OFF)


def test_a_member_who_is_a_checker_too_hears_nothing_of_their_own_in_the_queue(
    service: Service, mailbox: Mailbox
) -> None:
    hooked(service, MEMBER_CHECKER, None)
    service.with_checkers()
    deliver(service, mailbox)
    assert mailbox.letters == []


def tries(service: Service, mailbox: Mailbox, hook: HookRecord) -> list[timedelta]:
    """The waits between tries, until there are none."""
    at: list[datetime] = []
    while seen(service, hook).state is HookState.ACTIVE:
        at.append(service.clock.now())
        assert deliver_due(service.desk, mailbox)
        assert not deliver_due(service.desk, mailbox)
        service.clock.time = max(seen(service, hook).next_at, service.clock.now())
    return [after - before for before, after in itertools.pairwise(at)]


def test_tries_come_after_growing_waits_and_a_dead_hook_is_switched_off(
    service: Service, mailbox: Mailbox
) -> None:
    hook = hooked(service)
    service.ran(AUTOMATIC)
    mailbox.deaf = True
    assert deliver_due(service.desk, mailbox)
    assert own_hook(service.asker(ASKS), hook.id, service.desk).as_json()["status"] == "failing"
    service.clock.time = seen(service, hook).next_at
    waits = tries(service, mailbox, hook)
    assert waits == sorted(waits)
    assert GIVES_UP_AFTER <= sum(waits, timedelta(seconds=10)) <= GIVES_UP_AFTER + timedelta(hours=3)
    shown = list_hooks(service.asker(ASKS), service.desk)[0].as_json()
    assert (shown["status"], shown["reason"]) == ("off", "it did not answer for 24 hours")
    assert kinds(service)[0] == "webhook.off"


def test_what_was_not_taken_comes_again_in_its_order_and_under_its_name(
    service: Service, mailbox: Mailbox
) -> None:
    hook = hooked(service)
    service.ran(AUTOMATIC)
    mailbox.deaf = True
    deliver_due(service.desk, mailbox)
    mailbox.deaf = False
    service.clock.move(seconds=10)
    deliver(service, mailbox)
    assert [event["event"] for event in mailbox.told] == ["E-1", "E-2"]
    assert seen(service, hook).failures == 0


class Died(Exception):
    """The process is gone."""


@pytest.mark.parametrize(("step", "times"), [("webhook:taken", 1), ("webhook:posted", 2)])
def test_an_event_outlives_the_process_that_was_sending_it(
    service: Service, mailbox: Mailbox, step: str, times: int
) -> None:
    """At least once: whoever dies after a call and before its record makes it again, with the id of the event."""

    def die(at: str) -> None:
        if at == step:
            raise Died

    hooked(service)
    ping_hook(service.asker(ASKS), list_hooks(service.asker(ASKS), service.desk)[0].id, service.desk)
    desk = service.desk
    dying = type(desk)(**{name: getattr(desk, name) for name in desk.__slots__} | {"at": die})
    with pytest.raises(Died):
        deliver_due(dying, mailbox)
    assert not deliver_due(desk, mailbox)
    service.clock.time += LEASE
    deliver(service, mailbox)
    assert [event["event"] for event in mailbox.told] == ["E-1"] * times


def test_an_event_is_there_exactly_when_what_it_tells_of_happened(tmp_path: Any, mailbox: Mailbox) -> None:
    def die(at: str) -> None:
        if at == "query.finished:inside" and armed:
            raise Died

    armed: list[bool] = []
    service = Service(tmp_path, at=die)
    hooked(service)
    service.ask(AUTOMATIC)
    armed.append(True)
    with pytest.raises(Died):
        service.run()
    deliver(service, mailbox)
    assert mailbox.letters == []
    service.close()


def test_a_hook_that_too_much_waits_for_is_switched_off(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("enclave.store.telling.MOST_EVENTS", 2)
    hook = hooked(service)
    service.ran(AUTOMATIC)
    assert seen(service, hook).state is HookState.ACTIVE
    service.ran(AUTOMATIC)
    assert seen(service, hook).state is HookState.OFF
    assert kinds(service)[0] == "webhook.off"
