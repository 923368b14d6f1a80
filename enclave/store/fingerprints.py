"""What is kept of one thing, as a hash. Each entry holds it for what it touched: no row can be edited behind the log.

Left out are what changes without an entry (a query's progress, when its worker was last heard, what became of tries to
deliver) and fields that are as they are when nothing was said: so a field which is added later changes no hash from
before.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import MISSING, fields
from functools import cache
from typing import Any

from enclave.outputs.agreements import AgreementId
from enclave.outputs.hooks import HookId
from enclave.outputs.records import OutputId, QueryId, RequestId
from enclave.people.consents import ConsentId
from enclave.rights.cases import CaseId
from enclave.store.reading import StoreReading

UNTOLD = {"progress", "heartbeat", "next_at", "failures", "failing_since", "delivered_at"}


def fingerprint(reading: StoreReading, thing: str) -> str | None:
    """The hash of all that is kept of the query, output or hook with this id; None when there is no such thing."""
    kept = _kept(reading, thing)
    if kept is None:
        return None
    spelled = json.dumps(kept, sort_keys=True, ensure_ascii=False, default=_spelled)
    return hashlib.sha256(spelled.encode()).hexdigest()


def _kept(reading: StoreReading, thing: str) -> list[Any] | None:
    match thing[:2]:
        case "Q-":
            return _query(reading, QueryId(thing))
        case "W-":
            hook = reading.hook(HookId(thing))
            return None if hook is None else [_said(hook)]
        case "C-":
            case = reading.case(CaseId(thing))
            if case is None:
                return None
            kept: list[Any] = [*reading.exclusions(), *reading.corrections()]
            mine = [one for one in kept if one.case_id == case.id]
            return [_said(case), *_all(reading.lookups(case.id)), *_all(mine)]
        case "G-":
            consent = reading.consent(ConsentId(thing))
            return None if consent is None else [_said(consent)]
        case "A-":
            agreement = reading.agreement(AgreementId(thing))
            return None if agreement is None else [_said(agreement)]
        case "R-":
            request = reading.request(RequestId(thing))
            return None if request is None else [_said(request)]
        case _:
            return _output(reading, OutputId(thing))


def _query(reading: StoreReading, id: QueryId) -> list[Any] | None:
    query = reading.query(id)
    if query is None:
        return None
    rest = (reading.job_of(id), reading.result(id))
    return [_said(query), *(None if record is None else _said(record) for record in rest)]


def _output(reading: StoreReading, id: OutputId) -> list[Any] | None:
    output = reading.output(id)
    if output is None:
        return None
    parties = sorted(reading.parties(id), key=lambda party: (party.person, party.organisation))
    kept = [_said(output), *map(_all, (parties, reading.reviews(id), reading.claims(id)))]
    later: dict[str, Iterable[Any]] = {
        "moves": reading.moves(id),
        "comments": reading.comments(id),
        "looks": reading.looks(id),
    }
    later["seeded"] = () if (seeded := reading.seeded_result(id)) is None else (seeded,)
    told = {name: _all(records) for name, records in later.items() if records}
    drawn_at = reading.drawn_at(id)
    return [*kept, *([told] if told else []), *([] if drawn_at is None else ["drawn", drawn_at])]


def _all(records: Iterable[Any]) -> list[dict[str, Any]]:
    return [_said(record) for record in records]


def _said(record: Any) -> dict[str, Any]:
    """The fields of a record that are not as they are when nothing was said."""
    values = ((name, getattr(record, name), default) for name, default in _told(record.__class__))
    return {name: value for name, value, default in values if default is MISSING or value != default}


@cache
def _told(kind: Any) -> tuple[tuple[str, object], ...]:
    """The fields of a kind of record that are told, each with its default."""
    return tuple((field.name, field.default) for field in fields(kind) if field.name not in UNTOLD)


def _spelled(value: object) -> str:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else str(value)
