"""What the public sees of an act, and what it does not."""

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

import pytest

from enclave.audit import Entry, Json, Kind
from enclave.audit.canonical import LARGEST, canonical
from enclave.audit.leaves import MOST_BYTES, Sealed, commitment, seal
from enclave.terms import PersonId, ProjectId

AT = datetime(2026, 3, 2, 9, 15, 42, 123456, tzinfo=UTC)
ENTRY = Entry(
    Kind.QUERY_ASKED, PersonId("ann"), ProjectId("P-1"), {"sql": b"SELECT 1"}, {"name": "a secret name"}
)


class Salts(dict[tuple[str, bytes], bytes]):
    """One salt for each thing."""

    def __missing__(self, key: tuple[str, bytes]) -> bytes:
        self[key] = os.urandom(32)
        return self[key]


def sealed(entry: Entry, salts: Salts, *, seq: int = 7, facts: Mapping[str, Json] | None = None) -> Sealed:
    return seal(
        entry,
        facts or {},
        seq=seq,
        at=AT,
        salt_of=lambda name, digest: salts[name, digest],
        body_salt=os.urandom(32),
    )


def public(entry: Entry, salts: Salts) -> dict[str, object]:
    return dict(json.loads(sealed(entry, salts).leaf))


def test_a_leaf_has_its_number_minute_kind_and_project_and_hides_the_rest() -> None:
    leaf = public(ENTRY, Salts())
    assert leaf.keys() == {"seq", "time", "type", "project", "actor", "commitments"}
    assert (leaf["seq"], leaf["time"]) == (7, "2026-03-02T09:15:00Z")
    assert (leaf["type"], leaf["project"]) == ("query.asked", "P-1")


def test_a_time_of_another_zone_is_the_same_minute() -> None:
    there = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    one, two = (
        seal(ENTRY, {}, seq=1, at=at, salt_of=lambda *_: bytes(32), body_salt=bytes(32)) for at in (AT, there)
    )
    assert one == two


def test_no_leaf_holds_what_it_commits_to_or_a_plain_hash_of_it() -> None:
    """Small tables and ordinary SQL can be guessed from their hashes: crt.sh-style enumeration of a public log."""
    leaf = sealed(ENTRY, Salts()).leaf.decode()
    for thing in ("ann", "SELECT 1", "a secret name"):
        assert thing not in leaf
        assert hashlib.sha256(thing.encode()).hexdigest() not in leaf


def test_the_same_thing_under_the_same_name_is_the_same_commitment() -> None:
    salts = Salts()
    one, two = public(ENTRY, salts), public(Entry(Kind.QUERY_FINISHED, None, None, ENTRY.objects), salts)
    assert one["commitments"]["sql"] == two["commitments"]["sql"]  # type: ignore[index]


def test_equal_bytes_under_two_names_are_two_commitments() -> None:
    entry = Entry(Kind.QUERY_FINISHED, None, None, {"sql": b"x", "table": b"x"})
    found = public(entry, Salts())["commitments"]
    assert found["sql"] != found["table"]  # type: ignore[index]


def test_one_person_is_one_pseudonym_and_two_are_two() -> None:
    salts = Salts()
    ann, again = public(ENTRY, salts), public(ENTRY, salts)
    bob = public(Entry(Kind.SIGN_IN, PersonId("bob"), None), salts)
    assert ann["actor"] == again["actor"] != bob["actor"]


def test_the_system_has_no_pseudonym() -> None:
    assert public(Entry(Kind.QUERY_FINISHED, None, None), Salts())["actor"] is None


def test_equal_bodies_are_not_seen_to_be_equal() -> None:
    salts = Salts()
    one, two = public(ENTRY, salts), public(ENTRY, salts)
    assert one["commitments"]["body"] != two["commitments"]["body"]  # type: ignore[index]


def test_a_body_and_its_salt_open_the_commitment() -> None:
    found = sealed(ENTRY, Salts(), facts={"query": "Q-1"})
    committed = json.loads(found.leaf)["commitments"]["body"]
    assert commitment("body", hashlib.sha256(found.body).digest(), found.body_salt) == committed
    assert json.loads(found.body) == {
        "name": "a secret name",
        "query": "Q-1",
        "at": "2026-03-02T09:15:42.123456+00:00",
        "objects": {"sql": hashlib.sha256(b"SELECT 1").hexdigest()},
    }


def test_a_fact_that_only_the_record_adds_cannot_be_said_by_an_action() -> None:
    with pytest.raises(AssertionError):
        sealed(Entry(Kind.SIGN_IN, None, None, body={"things": {"Q-1": "0"}}), Salts())


def test_a_leaf_too_large_for_a_bundle_is_refused() -> None:
    entry = Entry(Kind.SIGN_IN, None, ProjectId("P" * MOST_BYTES))
    with pytest.raises(ValueError, match="too large"):
        sealed(entry, Salts())


def test_canonical_json_is_that_of_the_rfc() -> None:
    """RFC 8785, sections 3.2.2 and 3.2.3, without its floats."""
    value: Json = {
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    assert canonical(value).decode() == (
        '{"\\r":"Carriage Return","1":"One","literals":[null,true,false],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/","\u0080":"Control",'
        '"ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign",'
        '"😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}'
    )


@pytest.mark.parametrize("value", [1.0, {"a": float("nan")}, LARGEST + 1, {1: 2}, {"a": b""}, ["\ud800"]])
def test_what_has_no_one_spelling_is_refused(value: Json) -> None:
    with pytest.raises(ValueError, match=r"spelling|text|surrogates"):
        canonical(value)
