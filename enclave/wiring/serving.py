"""The parts that a gateway is put together from: what is in force, the desk that answers, what is tended beside it."""

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from enclave.actions.case_alarms import send_case_alarms, tidy_copies
from enclave.actions.check_policy import Policies
from enclave.actions.destroy_drafts import destroy_drafts
from enclave.actions.ledger_books import Books
from enclave.actions.ledger_desk import scopes_of
from enclave.actions.send_reminders import remind_of_terms
from enclave.actions.service_desk import Clock, HookDesk, ServiceDesk
from enclave.audit import Entry, Kind, RecordChanged
from enclave.documents import Findings
from enclave.engines.duckdb.engine import DuckDBEngine
from enclave.loading.retaining import last_days
from enclave.outputs.keeping import Change
from enclave.people.consents import Consent
from enclave.rights.desk import RightsDesk
from enclave.store import Store
from enclave.store.orphans import fail_orphans
from enclave.wiring.exclusions import Exclusions
from enclave.wiring.fault_points import fault_point
from enclave.wiring.faults import record_fault
from enclave.wiring.home import Home
from enclave.wiring.in_force import PoliciesInForce
from enclave.wiring.letters import sends_of
from enclave.wiring.posting import Poster
from enclave.wiring.public_reach import PublicCounts
from enclave.wiring.questions import QuestionDesks
from enclave.wiring.reach import count_desk_of
from enclave.wiring.retractions import Retractions
from enclave.wiring.service_key import ServiceKey
from enclave.wiring.sources import SystemClock, chance, new_fault_id, new_token_id
from enclave.wiring.visas import PoliciesWithVisas
from enclave.wiring.workers import Workers

MOST_FINDINGS = 10
SILENT_SECONDS = 60
"""Whoever runs a query and was not heard of it for so long is dead, or could not record how it ended."""
Line = Mapping[str, object]
Log = Callable[[Line], None]


@dataclass(frozen=True, slots=True)
class Served:
    """What is in force: the files, with visas that were shown, over the data less what and whom it lost up to now."""

    visas: PoliciesWithVisas
    retractions: Retractions
    exclusions: Exclusions

    def __call__(self) -> Policies:
        return self.exclusions.less(self.retractions.less(self.visas()))


def served_policies(home: Home, store: Store, clock: Clock, log: Log) -> Served:
    """Read anew when a file changes; each policy is on record before anybody acts under it."""
    on_file = PoliciesInForce(
        home,
        seconds_now=time.monotonic,
        announce=lambda found: announce(found, store),
        broken=lambda findings: log(_refused(findings)),
        clock=clock.now,
    )
    visas = PoliciesWithVisas(on_file, store, clock.now, time.monotonic)
    return Served(visas, Retractions(home, clock.now), Exclusions(home, store.read))


@dataclass(frozen=True, slots=True)
class Tools:
    """What a service desk is made with, beside the home and its policies."""

    store: Store
    engine: DuckDBEngine
    key: ServiceKey
    clock: Clock
    ended: Callable[[str], None]
    stopping: threading.Event
    loopback: bool
    at: Callable[[str], None] | None


def service_desk_of(home: Home, policies: Served, tools: Tools) -> ServiceDesk:
    """The desk that everything people ask for is answered at."""
    store, books = tools.store, Books()
    questions = QuestionDesks(
        home,
        tools.engine,
        store.ledger,
        books,
        minimum_level=policies().house.sandbox.minimum_level,
        reach=store.reach,
        left_out=policies.exclusions.keys,
        consents=partial(_standing_consents, store),
    )
    return ServiceDesk(
        records=store,
        policies=policies,
        question_desk=questions,
        judge=lambda meeting, policy: books.may_all_be_shown(meeting, policy, policies().catalogue),
        clock=tools.clock,
        fault=lambda error: fault(error, home, tools.stopping),
        worker=_process_name(),
        at=tools.at or fault_point(os.environ),
        ended=tools.ended,
        chance=chance,
        hooks=HookDesk(tools.key.hook_secret, new_salt=new_token_id, local=tools.loopback),
    )


def public_counts(
    home: Home, store: Store, engine: DuckDBEngine, policies: Served, desk: ServiceDesk
) -> PublicCounts:
    """What counts the public numbers of reach when their date has come."""
    return PublicCounts(
        home,
        lambda: count_desk_of(home, store, engine, policies()),
        lambda: policies().house,
        desk.clock.now,
        desk.fault,
    )


def workers_of(
    home: Home, desk: ServiceDesk, rights: RightsDesk, counts: PublicCounts, *, threads: int
) -> Workers:
    """Those who run queries, and look after whatever has its time."""
    return Workers(
        desk,
        threads=threads,
        post=Poster(),
        sends=sends_of(home),
        tends=(
            lambda: send_case_alarms(desk, rights),
            lambda: tidy_copies(rights),
            lambda: destroy_drafts(desk, rights),
            lambda: remind_of_terms(desk, lambda: last_days(home.data, desk.policies().catalogue)),
            counts.tend,
            lambda: fail_orphans(
                desk.records, heard_before=desk.clock.now() - timedelta(seconds=SILENT_SECONDS)
            ),
        ),
    )


def announce(policies: Policies, store: Store) -> None:
    """On record before anybody acts under it."""
    entry = Entry(Kind.POLICY_IN_FORCE, None, None, {"policy": policies.content_hash.encode()})
    store.write(entry, _nothing_more)
    store.ledger.remember(scopes_of(policies))


def fault(error: Exception, home: Home, stopping: threading.Event) -> str:
    """Keep what is wrong and name it. A record that is not what was signed ends the service."""
    if isinstance(error, RecordChanged):
        stopping.set()
    fault_id = new_fault_id()
    record_fault(error, log=home.faults, fault_id=fault_id, at=SystemClock().now())
    return fault_id


def _standing_consents(store: Store) -> tuple[Consent, ...]:
    """Those that were not withdrawn, at this moment."""
    with store.read() as reading:
        return reading.consents(standing=True)


def _refused(findings: Findings) -> Line:
    """Which policy files have an error, so that what was in force before them stays."""
    places = [f"{finding.file}:{finding.line} {finding.code}" for finding in findings.findings]
    return {"event": "policy files refused", "findings": places[:MOST_FINDINGS]}


def _process_name() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


def _nothing_more(_change: Change) -> None:
    """The entry is all there is to write."""
