"""Reminders: 90, 30 and 7 days before something ends, to whom it concerns, once, in the outbox and on record."""

from datetime import UTC, date, datetime, timedelta

import pytest

from enclave.actions.send_reminders import reminders, send_reminders
from enclave.audit import Kind
from enclave.terms import PersonId
from tests.support.service import ASKS, COLLEAGUE, MEMBER_CHECKER, Files, Service

LAST = date(2027, 6, 30)
PROJECT_FILE = "projects/P-WORLD-1.yaml"


@pytest.fixture
def ending(service: Service) -> Service:
    """The project ends in summer, and nothing else does."""

    def edit(project: Files) -> None:
        dates = project["dates"]
        assert isinstance(dates, dict)
        dates |= {
            "ends": LAST,
            "review_by": LAST + timedelta(days=400),
            "destroy_by": LAST + timedelta(days=400),
        }

    service.change_policy(edit, file=PROJECT_FILE)
    return service


def told(service: Service, day: date) -> int:
    service.clock.time = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    return send_reminders(service.desk)


@pytest.mark.parametrize("days", [90, 30, 7])
def test_each_person_on_a_project_is_told_at_each_of_the_three_times_and_once(
    ending: Service, days: int
) -> None:
    day = LAST - timedelta(days=days)
    told(ending, day - timedelta(days=1))
    assert told(ending, day) == 3
    assert told(ending, day) == 0
    assert told(ending, day + timedelta(days=1)) == 0
    with ending.records.read() as reading:
        entry = reading.entries(kinds=[Kind.REMINDER_SENT])[0]
        letters = reading.letters()
    assert entry.body is not None
    assert sorted(str(entry.body["sent"]).split("'")[1::2]) == [
        f"{person} project P-WORLD-1 2027-06-30 {days} days"
        for person in sorted((ASKS, COLLEAGUE, MEMBER_CHECKER))
    ]
    assert {letter.person for letter in letters} >= {ASKS, COLLEAGUE, MEMBER_CHECKER}


def test_whoever_comes_late_is_told_of_what_is_due_and_not_of_what_was(ending: Service) -> None:
    assert told(ending, LAST - timedelta(days=20)) == 3
    with ending.records.read() as reading:
        (entry,) = reading.entries(kinds=[Kind.REMINDER_SENT])
    assert "30 days" in str(entry.body)
    assert "90 days" not in str(entry.body)


def test_nothing_is_sent_long_before_on_the_last_days_alone_or_when_it_is_over(ending: Service) -> None:
    assert told(ending, LAST - timedelta(days=91)) == 0
    assert told(ending, LAST + timedelta(days=1)) == 0
    with ending.records.read() as reading:
        assert reading.entries(kinds=[Kind.REMINDER_SENT]) == ()


@pytest.mark.parametrize(
    ("file", "part", "what"),
    [
        (f"people/{ASKS}.yaml", "accreditation", "accreditation"),
        (f"people/{ASKS}.yaml", "training", "training"),
        ("organisations/infirmary.yaml", "agreement", "agreement"),
    ],
)
def test_a_person_is_told_of_their_own_accreditation_training_and_agreement(
    service: Service, file: str, part: str, what: str
) -> None:
    def edit(content: Files) -> None:
        found = content[part]
        one = found[0] if isinstance(found, list) else found
        assert isinstance(one, dict)
        one |= {"expires_on": LAST}

    service.change_policy(edit, file=file)
    found = [
        one for one in reminders(service.policies, LAST - timedelta(days=7)) if one.kind == f"{what}.ends"
    ]
    assert PersonId(ASKS) in {one.to for one in found}
    assert {one.due for one in found} == {LAST}


def test_the_review_is_for_whoever_leads(service: Service) -> None:
    def edit(project: Files) -> None:
        dates = project["dates"]
        assert isinstance(dates, dict)
        dates |= {"review_by": LAST}

    service.change_policy(edit, file=PROJECT_FILE)
    found = [one for one in reminders(service.policies, LAST) if one.kind == "review.ends"]
    assert [one.to for one in found] == [ASKS]


def test_a_later_end_is_reminded_of_anew(ending: Service) -> None:
    assert told(ending, LAST - timedelta(days=7)) == 3

    def longer(project: Files) -> None:
        dates = project["dates"]
        assert isinstance(dates, dict)
        dates |= {"ends": LAST + timedelta(days=1), "destroy_by": LAST + timedelta(days=400)}

    ending.change_policy(longer, file=PROJECT_FILE)
    assert told(ending, LAST - timedelta(days=6)) == 3
