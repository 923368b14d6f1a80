"""The policies that a home has kept, by hash and by time, for who judges what was done under them."""

from datetime import datetime
from functools import cache

from enclave.actions.check_policy import Policies
from enclave.actions.inside_rules import Inside, check_inside
from enclave.wiring.home import Home
from enclave.wiring.policies import policies_of, policies_of_version
from enclave.wiring.policy_versions import Version, version_in_force, versions
from enclave.wiring.records import open_records
from enclave.wiring.sources import SystemClock


def check_home_inside(home: Home) -> Inside:
    """Judge everything that was done in a home by the policy of its time (`check_inside`).

    A home in which nothing was applied has the policy files as they stand, and no others: what was done under others
    is counted as unknown. With real data there is no such home, so there it is a finding.

    Raises:
        RecordChanged: the database is not what the log has signed.
        Findings: a version that was applied is not what it was.
    """
    now = SystemClock().now()
    current = policies_of(home, now=now)

    @cache
    def read(version: Version) -> Policies:
        begun = version.in_force_from or version.proposed_at
        return policies_of_version(home, version, today=begun.date())

    kept = {version.content_hash: version for version in versions(home)}

    def named(content_hash: str) -> Policies | None:
        if content_hash == current.content_hash:
            return current
        version = kept.get(content_hash)
        return None if version is None else read(version)

    def in_force(at: datetime) -> Policies | None:
        version = version_in_force(home, at)
        if version is not None:
            return read(version)
        return current if not kept else None

    with open_records(home, clock=SystemClock()) as store, store.read() as reading:
        found = check_inside(reading, named, in_force)
    if found.unknown and not current.house.synthetic:
        found.add(f"{found.unknown} acts name a policy that is not kept, so nobody can judge them")
    return found
