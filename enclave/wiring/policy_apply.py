"""Put a commit of the policy files in force, or agree to one that waits. What may be is decided by `apply_policy`.

The order of the steps is the promise: the record is durable before anything is in force, and what is in force changes
in one step, in every process that serves the home.

A version that widens takes two people. The first applies it where the home is, and names themselves (`--as`, or git's
author); the second agrees to it signed in, over HTTP, or there too. The log has both names, and how the second agreed.
The database holds that they are two: what it refuses is on no record, and so never in force.

Limit: on the machine of the home whoever runs the command says who they are; who may run it there is for the machine.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from enclave.actions.apply_policy import (
    Applied,
    applied_entry,
    confirmed_entry,
    in_force_from,
    judge_version,
    not_an_admin,
    proposed_entry,
    second_admin,
)
from enclave.actions.base_checks import alike_bases
from enclave.actions.check_policy import Policies, load_policies
from enclave.audit import Entry
from enclave.documents import Finding, Findings, Severity
from enclave.loading import loaded_versions, open_version
from enclave.loading.bases import Base, least_difference
from enclave.outputs.agreements import Agreement, Matter
from enclave.outputs.keeping import Change
from enclave.projects import Policy, TableGrant
from enclave.terms import PersonId
from enclave.wiring.home import Home, WrongUse
from enclave.wiring.policies import CACHE, policies_of, policies_of_version
from enclave.wiring.policy_cases import run_beside
from enclave.wiring.policy_git import clean_commit, unpack
from enclave.wiring.policy_versions import (
    Version,
    alone,
    confirmed,
    files_of_version,
    new_files,
    next_number,
    numbered,
    version_in_force,
    versions,
    write_version,
)
from enclave.wiring.records import open_records
from enclave.wiring.sources import SystemClock

Write = Callable[[Entry, Callable[[Change], None]], None]


@dataclass(frozen=True, slots=True)
class Now:
    """What is in force at the moment of a call. `policies` is None where nothing is that was ever reviewed."""

    at: datetime
    version: Version | None
    policies: Policies | None


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a call. `findings` say what is still to be done, if anything."""

    version: Version
    applied: Applied | None
    findings: tuple[Finding, ...] = ()


def apply_commit(home: Home, *, reason: str, by: str | None) -> Done:
    """Apply the commit that the home's policy files are.

    A version that widens nothing is in force when the call returns. Another is kept, and waits.

    Raises:
        WrongUse: nothing to apply, no clean commit, no reason, or whoever applies is no administrator.
        Findings: what is wrong with the files, with the cases, or with the bases.
    """
    if not reason.strip():
        raise WrongUse('say why, for the record: --reason "..."')
    commit = clean_commit(home.policies)
    with alone(home):
        now = _now(home)
        number = next_number(home)
        with _new_files(home, number) as files:
            unpack(home.policies, commit, files)
            after = load_policies(files, today=now.at.date(), cache=home.state / CACHE)
            person = _admin(by or commit.email, now.policies or after, now.at)
            _worth_it(after, now, home)
            applied = judge_version(now.policies, after)
            failed = _good(home, files, now, after, widens=applied.waits)
            version = Version(
                number=number,
                commit=commit.id,
                author=commit.email,
                reason=reason.strip(),
                content_hash=after.content_hash,
                against=None if now.policies is None else now.policies.content_hash,
                widened=applied.widened,
                proposed_by=person,
                proposed_at=now.at,
                in_force_from=None if applied.waits else now.at,
            )
            _record(home, version)
            write_version(home, version)
    asked = (second_admin(applied.comparison, number, now.policies),) if applied.waits else ()
    return Done(version, applied, (*failed, *asked))


class How(StrEnum):
    """By what somebody is known who agrees to a version."""

    NAMED = "named on the machine of the home"
    SIGNED_IN = "signed in"


def confirm_version(
    home: Home, number: int, *, by: str | None, how: How = How.NAMED, write: Write | None = None
) -> Done:
    """Agree to a version that waits. It is in force when the notice is over.

    `write` puts an entry on record, where a service has the record open.

    Raises:
        WrongUse: there is none, it does not wait, it was overtaken, or this is no second administrator.
        Findings: its bases are too like those of what is in force.
    """
    with alone(home):
        now = _now(home)
        version = numbered(home, number)
        _still_waits(home, version, now)
        after = policies_of_version(home, version, today=now.at.date())
        person = _admin(by or "", now.policies or after, now.at)
        if person in {version.proposed_by, version.author}:
            raise WrongUse(f"{person} proposed version {number}; a widening needs a second administrator")
        _good(home, files_of_version(home, version), now, after, widens=True)
        version = confirmed(version, by=person, from_=in_force_from(now.policies, now.at))
        _record(home, version, how=how, write=write)
        write_version(home, version)
    return Done(version, None)


def admin_now(home: Home, named: str) -> PersonId:
    """The administrator of this id, by what is in force now.

    Raises:
        WrongUse: there is none, or nothing is in force that could be read.
    """
    now = _now(home)
    if now.policies is None:
        raise WrongUse("no policy is in force by which anybody is an administrator")
    return _admin(named, now.policies, now.at)


def _now(home: Home) -> Now:
    """What is in force: a version, or the files of a synthetic home in which nothing was applied.

    Files that nobody can read are nothing in force: the commit may be their repair.
    """
    at = SystemClock().now()
    version = version_in_force(home, at)
    if version is not None:
        return Now(at, version, policies_of_version(home, version, today=at.date()))
    try:
        found = policies_of(home, now=at)
    except Findings:
        return Now(at, None, None)
    return Now(at, None, found if found.house.synthetic else None)


@contextmanager
def _new_files(home: Home, number: int) -> Iterator[Path]:
    """The place for the files of a version; gone again if it comes to nothing."""
    files = new_files(home, number)
    try:
        yield files
    except BaseException:
        shutil.rmtree(files.parent)
        raise


def _admin(named: str, policies: Policies, now: datetime) -> PersonId:
    """Whoever acts, who is an administrator by what is in force."""
    if not named:
        raise WrongUse("name yourself: --as PERSON")
    wrong = not_an_admin(PersonId(named), policies, now)
    if wrong is not None:
        raise WrongUse(f"only an administrator can do this: {wrong}. Name one with --as PERSON")
    return PersonId(named)


def _worth_it(after: Policies, now: Now, home: Home) -> None:
    if now.version is not None and after.content_hash == now.version.content_hash:
        raise WrongUse(f"nothing to apply: version {now.version.number} is in force and says the same")
    waiting = [one for one in versions(home) if one.waits and one.content_hash == after.content_hash]
    if waiting and (now.version is None or waiting[-1].number > now.version.number):
        number = waiting[-1].number
        raise WrongUse(f"version {number} says the same and waits: enclave policy apply --confirm {number}")


def _still_waits(home: Home, version: Version, now: Now) -> None:
    """What was compared with something that is no longer in force was not compared."""
    if not version.waits:
        raise WrongUse(f"version {version.number} waits for nobody")
    against = None if now.policies is None else now.policies.content_hash
    if version.number != versions(home)[-1].number or version.against != against:
        raise WrongUse(f"version {version.number} was overtaken by another; apply its commit again")


def _good(home: Home, files: Path, now: Now, after: Policies, *, widens: bool) -> tuple[Finding, ...]:
    """Its cases hold, and no base of it comes too near another.

    A version that lets nothing more through does not wait for its cases: whoever is taken off a project is off it at
    once, and the cases that were about them are told of as warnings.

    Raises:
        Findings
    """
    failed = [one for one in run_beside(files, after).findings if one.severity is Severity.ERROR]
    number = None if now.version is None else now.version.number
    alike = alike_bases(now.policies, after, lambda *pair: _differ(home, after, *pair), version=number)
    if alike or (failed and widens):
        raise Findings([*failed, *alike])
    return tuple(replace(one, severity=Severity.WARNING) for one in failed)


def _differ(
    home: Home, policies: Policies, policy: Policy, grant: TableGrant, other: TableGrant
) -> int | None:
    """How few units two bases tell apart in the data that the project is pinned to; loading compares those to come."""
    name = policy.project.data_version
    if name not in loaded_versions(home.data):
        return None
    bases = (Base(one.years, one.rows) for one in (grant, other))
    return least_difference(open_version(home.data, name), policies.catalogue.tables[grant.table], *bases)


def _record(home: Home, version: Version, *, how: How = How.NAMED, write: Write | None = None) -> None:
    """One entry: proposed, confirmed, or applied at once."""
    facts: dict[str, str | int | list[str]] = {
        "version": version.number,
        "commit": version.commit,
        "author": version.author,
        "reason": version.reason,
        "hash": version.content_hash,
        "widens": list(version.widened),
    }
    if version.in_force_from is not None:
        facts["in_force_from"] = version.in_force_from.isoformat()
    entry = applied_entry(PersonId(version.proposed_by), version.content_hash, **facts)
    if version.waits:
        entry = proposed_entry(PersonId(version.proposed_by), version.content_hash, **facts)
    elif version.confirmed_by is not None:
        entry = confirmed_entry(PersonId(version.confirmed_by), version.content_hash, **facts, how=how.value)

    def change(opened: Change) -> None:
        _two_people(opened, version)

    if write is not None:
        write(entry, change)
        return
    with open_records(home, clock=SystemClock()) as store:
        store.write(entry, change)


def _two_people(change: Change, version: Version) -> None:
    """The first person of a version that waits, or the second of one that waited."""
    if not version.waits and version.confirmed_by is None:
        return
    asked = next(iter(change.agreements(Matter.POLICY, about=str(version.number))), None)
    if asked is None:
        asked = Agreement(
            change.new_agreement_id(),
            Matter.POLICY,
            str(version.number),
            version.reason,
            PersonId(version.proposed_by),
            version.proposed_at,
            version.author,
        )
        change.add_agreement(asked)
    if version.confirmed_by is not None:
        change.agree(asked.id, by=PersonId(version.confirmed_by), at=change.at)
