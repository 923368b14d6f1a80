"""A gateway: one process that serves a home. Everything the web needs, put together, and taken apart in order."""

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

from enclave.actions.asker import Asker
from enclave.actions.case_alarms import send_case_alarms, tidy_copies
from enclave.actions.check_policy import Policies
from enclave.actions.destroy_drafts import destroy_drafts
from enclave.actions.ledger_books import Books
from enclave.actions.ledger_desk import scopes_of
from enclave.actions.record_uses import ReachDesk
from enclave.actions.send_reminders import remind_of_terms
from enclave.actions.service_desk import HookDesk, ServiceDesk
from enclave.audit import Entry, Kind, RecordChanged
from enclave.documents import Findings
from enclave.engines.duckdb.engine import DuckDBEngine
from enclave.identity.callers import Directory, asker_of, directory_of
from enclave.identity.development import NAME as DEVELOPMENT
from enclave.identity.development import DevelopmentIssuer
from enclave.identity.providers import BrowserSignIn, Provider, device_sign_in
from enclave.identity.sessions import about, id_hash
from enclave.identity.tokens import NOT_ACCEPTED, TokenRules, Verified, verify
from enclave.loading.retaining import last_days
from enclave.outputs.keeping import Change
from enclave.people.consents import Consent
from enclave.people.sessions import worth_a_note
from enclave.problems.http import Unauthenticated
from enclave.rights.desk import RightsDesk
from enclave.store import Store
from enclave.wiring.bell import Bell
from enclave.wiring.consents import numbers_in
from enclave.wiring.exclusions import Exclusions
from enclave.wiring.fault_points import fault_point
from enclave.wiring.faults import record_fault
from enclave.wiring.gateway_lock import nobody_serves
from enclave.wiring.home import Home, open_home
from enclave.wiring.in_force import PoliciesInForce
from enclave.wiring.letters import sends_of
from enclave.wiring.policy_versions import must_be_reviewed
from enclave.wiring.posting import Poster
from enclave.wiring.public_reach import PublicCounts
from enclave.wiring.questions import QuestionDesks, strong_enough
from enclave.wiring.reach import count_desk_of, reach_of
from enclave.wiring.records import audit_folder, open_records
from enclave.wiring.retractions import Retractions
from enclave.wiring.rights import rights_desk, uses_through
from enclave.wiring.service_key import ServiceKey, service_key
from enclave.wiring.sign_in import sign_in_of
from enclave.wiring.sources import (
    SystemClock,
    chance,
    new_fault_id,
    new_key,
    new_request_id,
    new_session_id,
    new_token_id,
)
from enclave.wiring.visas import PoliciesWithVisas
from enclave.wiring.workers import Workers

DEFAULT_WORKERS: Final = 8
"""Queries at one time. A worker is held until its query's time step, so there are more of them than processors."""
MOST_FINDINGS: Final = 10
SILENT_SECONDS: Final = 60
"""A process that shares the database and was not heard for so long is dead."""
Line = Mapping[str, object]


class Clock(Protocol):
    def now(self) -> datetime: ...
    def sleep(self, seconds: float) -> None: ...


def nothing_to_do() -> None:
    """Where no visas are read."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """An open gateway. `loopback`: it is for this machine alone. `stopping`: it is to end."""

    home: Home
    desk: ServiceDesk
    store: Store
    reach: ReachDesk
    tokens: TokenRules
    development: DevelopmentIssuer | None
    rights: RightsDesk
    workers: Workers
    bell: Bell
    key: ServiceKey
    loopback: bool
    sandbox_level: int
    log: Callable[[Line], None]
    stopping: threading.Event = field(default_factory=threading.Event)
    new_request_id: Callable[[], str] = new_request_id
    browser: BrowserSignIn | None = None
    device: Provider | None = None
    new_session_id: Callable[[], str] = new_session_id
    visas_shown: Callable[[], None] = nothing_to_do
    seconds_now: Callable[[], float] = time.monotonic
    _directories: dict[str, Directory] = field(default_factory=dict)

    @property
    def audit_folder(self) -> Path:
        """The public files of the log."""
        return audit_folder(self.home)

    def verified(self, token: str) -> Verified:
        """Whom a token is about.

        Raises:
            Unauthenticated, SignInUnavailable
        """
        found = verify(token, self.tokens, now=self.desk.clock.now())
        if not self._counts(found.issuer):
            raise Unauthenticated(detail=NOT_ACCEPTED, reason="development issuer, and the data are real")
        return found

    def session(self, id: str) -> Verified | None:
        """Whom the session of a browser is about, if it is one and is not over."""
        now, hashed = self.desk.clock.now(), id_hash(id)
        with self.desk.records.read() as reading:
            kept = reading.session(hashed)
        found = None if kept is None else about(kept, seal=self.key, now=now)
        if kept is None or found is None or not self._counts(found.issuer):
            return None
        if worth_a_note(kept, now):
            self.desk.records.touch_session(hashed)
        return found

    def numbers_of(self, unit: str, keys: Collection[str]) -> Mapping[str, int]:
        """The person numbers of keys by which the source names units."""
        return numbers_in(self.home, unit, keys)

    def how_to_sign_in(self) -> dict[str, Any]:
        """For programs.

        Raises:
            SignInUnavailable: the sign-in service does not say where.
        """
        now, names = self.desk.clock.now(), sorted(self.tokens.by_name)
        device = None if self.device is None else device_sign_in(self.device, now)
        return {"audience": self.tokens.audience, "issuers": names, "device": device}

    def _counts(self, issuer: str) -> bool:
        """Whether an issuer's word is taken now: the development issuer's is not, once the data are real."""
        synthetic = self.desk.policies().house.synthetic
        return issuer in self.tokens.by_name and (issuer != DEVELOPMENT or synthetic)

    def asker(self, verified: Verified) -> Asker:
        """The person, as the policy has them now.

        Raises:
            UnknownPerson
        """
        return asker_of(verified, self._directory(self.desk.policies()))

    def _directory(self, policies: Policies) -> Directory:
        found = self._directories.get(policies.content_hash)
        if found is None:
            found = directory_of(policies.people.values())
            self._directories.clear()
            self._directories[policies.content_hash] = found
        return found


@contextmanager
def open_gateway(
    folder: Path,
    *,
    workers: int = DEFAULT_WORKERS,
    clock: Clock | None = None,
    loopback: bool = True,
    database: str | None = None,
    log: Callable[[Line], None] | None = None,
    at: Callable[[str], None] | None = None,
) -> Iterator[Gateway]:
    """The gateway of the home `folder`, with its workers running; all of it ends with the context.

    Args:
        loopback: it will listen to this machine alone. The development issuer is there for no other.
        database: where the state is, if several gateways share one.
        at: called with the name of each step of a write, for tests.
    Raises:
        Findings: what is wrong with the policy files.
        SandboxTooWeak: this machine does not hold what the house requires.
        WrongUse: this is no home, another gateway serves it, or nobody could sign in.
    """
    home, now = open_home(folder), clock or SystemClock()
    write_line, stopping = log or _log_to_stderr, threading.Event()
    with ExitStack() as opened:
        if database is None:
            opened.enter_context(nobody_serves(home))
        store = opened.enter_context(open_records(home, clock=now, url=database))
        on_file = PoliciesInForce(
            home,
            seconds_now=time.monotonic,
            announce=lambda found: _announce(found, store),
            broken=lambda findings: write_line(_refused(findings)),
            clock=now.now,
        )
        visas = PoliciesWithVisas(on_file, store, now.now, time.monotonic)
        exclusions, retractions = Exclusions(home, store.read), Retractions(home, now.now)

        def policies() -> Policies:
            """What is in force, over the data less those who objected up to now."""
            return exclusions.less(retractions.less(visas()))

        sign_in = sign_in_of(home, policies(), loopback=loopback)
        must_be_reviewed(home, now.now(), synthetic=policies().house.synthetic)
        engine = opened.enter_context(DuckDBEngine(folder=home.state / "workers", max_workers=2 * workers))
        level = strong_enough(engine, policies())
        minimum = policies().house.sandbox.minimum_level
        bell, key, books = Bell(), service_key(home.keys, new_key=new_key), Books()
        desk = ServiceDesk(
            records=store,
            policies=policies,
            question_desk=QuestionDesks(
                home,
                engine,
                store.ledger,
                books,
                minimum_level=minimum,
                reach=store.reach,
                left_out=exclusions.keys,
                consents=partial(_standing_consents, store),
            ),
            judge=lambda meeting, policy: books.may_all_be_shown(meeting, policy, policies().catalogue),
            clock=now,
            fault=lambda error: _fault(error, home, stopping),
            worker=_process_name(),
            at=at or fault_point(os.environ),
            ended=bell.ring,
            chance=chance,
            hooks=HookDesk(key.hook_secret, new_salt=new_token_id, local=loopback),
        )
        _announce(policies(), store)
        silent = timedelta(seconds=0 if database is None else SILENT_SECONDS)
        store.fail_orphans(heard_before=now.now() - silent)
        reach = reach_of(home, store, engine, policies())
        rights = rights_desk(
            home, store, policies, now.now, uses_through(reach, policies, exclusions.keys, store.read)
        )
        counts = PublicCounts(
            home,
            lambda: count_desk_of(home, store, engine, policies()),
            lambda: policies().house,
            now.now,
            desk.fault,
        )
        opened.callback(counts.stop)
        running = Workers(
            desk,
            threads=workers,
            post=Poster(),
            sends=sends_of(home),
            tends=(
                lambda: send_case_alarms(desk, rights),
                lambda: tidy_copies(rights),
                lambda: destroy_drafts(desk, rights),
                lambda: remind_of_terms(desk, lambda: last_days(home.data, policies().catalogue)),
                counts.tend,
            ),
        )
        running.start()
        opened.callback(running.stop)
        yield Gateway(
            home=home,
            desk=desk,
            store=store,
            reach=reach,
            tokens=sign_in.rules,
            development=sign_in.development,
            browser=sign_in.browser,
            visas_shown=visas.look_again,
            device=sign_in.device,
            rights=rights,
            workers=running,
            bell=bell,
            key=key,
            loopback=loopback,
            sandbox_level=level,
            log=write_line,
            stopping=stopping,
        )


def _standing_consents(store: Store) -> tuple[Consent, ...]:
    """Those that were not withdrawn, at this moment."""
    with store.read() as reading:
        return reading.consents(standing=True)


def _announce(policies: Policies, store: Store) -> None:
    """On record before anybody acts under it."""
    entry = Entry(Kind.POLICY_IN_FORCE, None, None, {"policy": policies.content_hash.encode()})
    store.write(entry, _nothing_more)
    store.ledger.remember(scopes_of(policies))


def _nothing_more(_change: Change) -> None:
    """The entry is all there is to write."""


def _refused(findings: Findings) -> Line:
    """Which policy files have an error, so that what was in force before them stays."""
    places = [f"{finding.file}:{finding.line} {finding.code}" for finding in findings.findings]
    return {"event": "policy files refused", "findings": places[:MOST_FINDINGS]}


def _fault(error: Exception, home: Home, stopping: threading.Event) -> str:
    """Keep what is wrong and name it. A record that is not what was signed ends the service."""
    if isinstance(error, RecordChanged):
        stopping.set()
    fault_id = new_fault_id()
    record_fault(error, log=home.faults, fault_id=fault_id, at=SystemClock().now())
    return fault_id


def _process_name() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


def _log_to_stderr(line: Line) -> None:
    """One write for a line, so that lines of many threads do not mix."""
    sys.stderr.write(json.dumps({"at": SystemClock().now().isoformat(), **line}) + "\n")
    sys.stderr.flush()
