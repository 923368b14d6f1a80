"""The outbox: what is told, once, by the ways of the house; retried, dead, and tried anew."""

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from enclave.actions.deliver_letters import Sends, deliver_letters
from enclave.actions.letters import list_letters, retry_letter
from enclave.actions.webhooks import add_hook
from enclave.audit import Entry, Kind
from enclave.outputs.notices import GIVES_UP_AFTER, Channel, LetterRecord, LetterState, Notice
from enclave.outputs.states import Verdict
from enclave.problems.service import Forbidden, NotFound
from enclave.projects import House
from enclave.terms import PersonId
from enclave.wiring.letters import file_send, message_of
from tests.support.service import ADMIN, ASKS, AUDITOR, CHECKERS, STRANGER, THIS, Files, Service


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    opened = Service(tmp_path)
    yield opened
    opened.close()


class Post:
    """A relay that takes letters, or does not while it is `deaf`."""

    def __init__(self) -> None:
        self.deaf = False
        self.letters: list[LetterRecord] = []

    def __call__(self, letter: LetterRecord, house: House) -> bool:
        assert house.name
        if not self.deaf:
            self.letters.append(letter)
        return not self.deaf


def ways(post: Post) -> Sends:
    return dict.fromkeys(Channel, post)


def reminder(to: PersonId = ASKS, key: str = "accreditation 2026-12-01") -> Notice:
    return Notice("accreditation.expires", to, to, "expires", due=date(2026, 12, 1), key=key)


def tell(service: Service, notice: Notice) -> bool:
    return service.desk.write(Entry(Kind.SIGN_IN, None, None), lambda change: change.notify(notice))


def everything(service: Service, post: Post) -> None:
    while deliver_letters(service.desk, ways(post)):
        pass


def states(service: Service) -> set[tuple[Channel, LetterState]]:
    with service.records.read() as reading:
        return {(letter.channel, letter.state) for letter in reading.letters()}


def test_a_notice_is_told_by_the_ways_of_the_house_and_by_no_other(service: Service) -> None:
    post = Post()
    tell(service, reminder())
    everything(service, post)
    assert [letter.channel for letter in post.letters] == [Channel.FILE]
    assert states(service) == {(Channel.FILE, LetterState.SENT), (Channel.SMTP, LetterState.DROPPED)}


def test_a_reminder_with_the_same_key_is_told_once(service: Service) -> None:
    assert tell(service, reminder())
    assert not tell(service, reminder())
    assert tell(service, reminder(key="accreditation 2027-12-01"))
    assert tell(service, reminder(to=STRANGER))


def test_what_is_undone_is_not_told(service: Service) -> None:
    def change_and_fail(change: object) -> None:
        change.notify(reminder())  # type: ignore[attr-defined]
        raise LookupError

    with pytest.raises(LookupError):
        service.desk.write(Entry(Kind.SIGN_IN, None, None), change_and_fail)
    assert states(service) == set()


def test_a_letter_that_is_not_taken_waits_longer_each_time_and_is_dead_after_days(service: Service) -> None:
    post = Post()
    post.deaf = True
    tell(service, reminder())
    began = service.clock.now()
    tries = 0
    while (Channel.FILE, LetterState.WAITING) in states(service):
        tries += deliver_letters(service.desk, ways(post))
        service.clock.move(minutes=5)
        assert service.clock.now() < began + GIVES_UP_AFTER + timedelta(hours=4)
    assert 20 < tries < 40
    assert (Channel.FILE, LetterState.DEAD) in states(service)
    post.deaf = False
    service.clock.move(days=30)
    everything(service, post)
    assert post.letters == []  # dead until somebody says otherwise
    (dead,) = list_letters(service.asker(AUDITOR), service.desk, limit=50, state=LetterState.DEAD).items
    retry_letter(service.asker(ADMIN), f"L-{dead.id}", service.desk)
    everything(service, post)
    assert [letter.id for letter in post.letters] == [dead.id]


def test_a_letter_in_the_hands_of_a_dead_process_comes_again(service: Service) -> None:
    post = Post()
    tell(service, reminder())
    assert len(service.records.take_due_letters(limit=20)) == 2  # and then the process died
    assert not deliver_letters(service.desk, ways(post))
    service.clock.move(minutes=2, seconds=1)
    everything(service, post)
    assert len(post.letters) == 1


def test_who_is_no_longer_in_the_policy_is_not_written_to(service: Service) -> None:
    post = Post()
    tell(service, reminder(to=PersonId("gone@nowhere.example")))
    everything(service, post)
    assert post.letters == []


def test_only_overseers_read_the_outbox_and_only_admins_retry(service: Service) -> None:
    with pytest.raises(Forbidden):
        list_letters(service.asker(ASKS), service.desk, limit=1)
    with pytest.raises(Forbidden):
        retry_letter(service.asker(AUDITOR), "L-1", service.desk)
    for id in ("L-1", "L-0", "L-99999999999999999999", "x"):
        with pytest.raises(NotFound):
            retry_letter(service.asker(ADMIN), id, service.desk)


def test_whoever_asked_is_told_where_their_output_is_and_nothing_of_it(service: Service) -> None:
    post = Post()
    id = service.with_checkers()
    for checker in CHECKERS[:2]:
        service.vote(id, checker, Verdict.RETURN, comment="Cell 63.7 of sex is too small: 4 people")
    everything(service, post)
    told = [letter for letter in post.letters if letter.person == ASKS]
    assert [(letter.body["about"], letter.body["state"]) for letter in told] == [(id, "returned")]
    words = json.dumps([dict(letter.body) for letter in post.letters])
    assert not re.search("63.7|people|sex|Cell|checker-", words.replace("queue", ""))


def test_a_notice_has_no_place_for_content() -> None:
    for wrong in (
        {"about": "O-1 has 4 people"},
        {"state": "4 pupils in Ärmel"},
        {"kind": "Output Changed"},
        {"state": "x" * 61},
    ):
        with pytest.raises(AssertionError):
            Notice(**{"kind": "output.changed", "to": ASKS, "about": "O-1", **wrong})  # type: ignore[arg-type]


def test_webhooks_of_the_person_are_told_too_once(service: Service) -> None:
    hook, _ = add_hook(service.asker(ASKS), "https://hooks.infirmary.example/x", THIS, service.desk)
    tell(service, reminder())
    tell(service, reminder())
    with service.records.read() as reading:
        assert reading.waiting_events(hook.id) == 1


def test_a_letter_as_a_file_is_whole_and_written_over_when_it_comes_again(
    service: Service, tmp_path: Path
) -> None:
    tell(service, reminder())
    with service.records.read() as reading:
        letter = reading.letters()[0]
    send = file_send(tmp_path / "outbox")
    assert send(letter, service.policies.house)
    assert send(letter, service.policies.house)
    (file,) = (tmp_path / "outbox").iterdir()
    assert json.loads(file.read_text()) == {"to": ASKS, **letter.body}
    (tmp_path / "file").touch()
    assert not file_send(tmp_path / "file" / "outbox")(letter, service.policies.house)


def test_a_mail_says_what_where_and_by_when(service: Service) -> None:
    def with_mail(house: Files) -> None:
        house["notifications"] = {"smtp": {"host": "127.0.0.1", "sender": "enclave@keeper.example"}}

    service.change_policy(with_mail, file="house.yaml")
    tell(service, reminder())
    with service.records.read() as reading:
        letter = reading.letters()[0]
    message = message_of(letter, service.policies.house, sender="enclave@keeper.example")
    assert message["To"] == ASKS
    assert message["Subject"].endswith(f"{ASKS} expires")
    assert "due: 2026-12-01" in message.get_content()
    post = Post()
    everything(service, post)
    assert {letter.channel for letter in post.letters} == set(Channel)
