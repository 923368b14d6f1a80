"""A gateway: one process that serves a home. Everything the web needs, put together, and taken apart in order."""

import json
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

from enclave.actions.asker import Asker
from enclave.actions.check_policy import Policies
from enclave.actions.record_uses import ReachDesk
from enclave.actions.service_desk import ServiceDesk
from enclave.engines.duckdb.engine import DuckDBEngine
from enclave.identity.callers import Directory, asker_of, directory_of
from enclave.identity.development import NAME as DEVELOPMENT
from enclave.identity.development import DevelopmentIssuer
from enclave.identity.providers import BrowserSignIn, Provider, device_sign_in
from enclave.identity.sessions import about, id_hash
from enclave.identity.tokens import NOT_ACCEPTED, TokenRules, Verified, verify
from enclave.people.sessions import worth_a_note
from enclave.problems.http import Unauthenticated
from enclave.rights.desk import RightsDesk
from enclave.store import Store
from enclave.wiring.bell import Bell
from enclave.wiring.consents import numbers_in
from enclave.wiring.gateway_lock import nobody_serves
from enclave.wiring.home import Home, open_home
from enclave.wiring.policy_versions import must_be_reviewed
from enclave.wiring.questions import strong_enough
from enclave.wiring.reach import reach_of
from enclave.wiring.records import audit_folder, open_records
from enclave.wiring.rights import rights_desk, uses_through
from enclave.wiring.service_key import ServiceKey, service_key
from enclave.wiring.serving import (
    SILENT_SECONDS,
    Tools,
    announce,
    public_counts,
    served_policies,
    service_desk_of,
    workers_of,
)
from enclave.wiring.sign_in import sign_in_of
from enclave.wiring.sources import (
    SystemClock,
    new_key,
    new_request_id,
    new_session_id,
)
from enclave.wiring.workers import Workers

DEFAULT_WORKERS: Final = 8
"""Queries at one time. A worker is held until its query's time step, so there are more of them than processors."""
MOST_FINDINGS: Final = 10
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
    write_line, stopping, bell = log or _log_to_stderr, threading.Event(), Bell()
    with ExitStack() as opened:
        if database is None:
            opened.enter_context(nobody_serves(home))
        store = opened.enter_context(open_records(home, clock=now, url=database))
        policies = served_policies(home, store, now, write_line)
        sign_in = sign_in_of(home, policies(), loopback=loopback)
        must_be_reviewed(home, now.now(), synthetic=policies().house.synthetic)
        engine = opened.enter_context(DuckDBEngine(folder=home.state / "workers", max_workers=2 * workers))
        level, key = strong_enough(engine, policies()), service_key(home.keys, new_key=new_key)
        tools = Tools(store, engine, key, now, bell.ring, stopping, loopback, at)
        desk = service_desk_of(home, policies, tools)
        announce(policies(), store)
        silent = timedelta(seconds=0 if database is None else SILENT_SECONDS)
        store.fail_orphans(heard_before=now.now() - silent)
        reach = reach_of(home, store, engine, policies())
        uses = uses_through(reach, policies, policies.exclusions.keys, store.read)
        rights = rights_desk(home, store, policies, now.now, uses)
        counts = public_counts(home, store, engine, policies, desk)
        opened.callback(counts.stop)
        running = workers_of(home, desk, rights, counts, threads=workers)
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
            visas_shown=policies.visas.look_again,
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


def _log_to_stderr(line: Line) -> None:
    """One write for a line, so that lines of many threads do not mix."""
    sys.stderr.write(json.dumps({"at": SystemClock().now().isoformat(), **line}) + "\n")
    sys.stderr.flush()
