"""A home whose policy files are under git, as an administrator has it."""

import subprocess
from datetime import datetime
from pathlib import Path

from enclave.actions.check_policy import Policies
from enclave.audit import Kind
from enclave.outputs.records import EntryRecord
from enclave.terms import ProjectId
from enclave.wiring.home import Home
from enclave.wiring.policies import policies_of
from enclave.wiring.policy_apply import Done, apply_commit, confirm_version
from enclave.wiring.records import open_records
from enclave.wiring.sources import SystemClock

ADMIN, SECOND = "admin@enclave.example", "admin-2@enclave.example"
PROJECT = ProjectId("P-2026-014")
FILE = "projects/P-2026-014.yaml"
GENDER = "{ name: gender, use: [group, filter],"
WIDER = "{ name: gender, use: [group, filter, aggregate],"
NARROWER = "{ name: gender, use: [group],"


class PolicyHome:
    """`change` and `commit` as in an editor and with git; `apply` as the command does it."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def change(self, file: str, old: str, new: str) -> "PolicyHome":
        path = self.home.policies / file
        text = path.read_text("utf-8")
        assert old in text, f"{file} has no {old!r}"
        path.write_text(text.replace(old, new, 1), "utf-8")
        return self

    def commit(self, by: str = ADMIN) -> "PolicyHome":
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", "A change", by=by)
        return self

    def git(self, *words: str, by: str = ADMIN) -> None:
        named = ("-c", "user.name=Somebody", "-c", f"user.email={by}", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *named, *words], cwd=self.home.policies, check=True, capture_output=True)

    def apply(self, reason: str = "DSP-26-0117", by: str | None = ADMIN) -> Done:
        return apply_commit(self.home, reason=reason, by=by)

    def confirm(self, number: int, by: str = SECOND) -> Done:
        return confirm_version(self.home, number, by=by)

    def in_force(self, now: datetime | None = None) -> Policies:
        return policies_of(self.home, now=now)

    def gender_uses(self, now: datetime | None = None) -> set[str]:
        grant = self.in_force(now).in_force[PROJECT].grant("school_census_pupil", "gender")
        assert grant is not None
        return {str(use) for use in grant.uses}

    def entries(self, kind: Kind) -> tuple[EntryRecord, ...]:
        with open_records(self.home, clock=SystemClock()) as store, store.read() as reading:
            return reading.entries(kinds=[kind])

    @property
    def files(self) -> Path:
        return self.home.policies
