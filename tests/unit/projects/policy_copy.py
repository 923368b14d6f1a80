"""Policy files that a test may change."""

from datetime import date
from pathlib import Path

from enclave.actions.check_policy import Checked, Policies, check_policies, load_policies
from enclave.projects import Policy
from enclave.terms import ProjectId

TODAY = date(2026, 11, 26)


class Copy:
    """A copy of the product's policies; files that were parsed before are not parsed again."""

    def __init__(self, folder: Path, parsed: Path) -> None:
        self.folder = folder
        self.parsed = parsed

    def change(self, file: str, old: str, new: str) -> "Copy":
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} has no {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return self

    def check(self, today: date = TODAY) -> Checked:
        return check_policies(self.folder, today=today, cache=self.parsed)

    def codes(self, today: date = TODAY) -> list[str]:
        return [finding.code for finding in self.check(today).findings]

    def load(self) -> Policies:
        return load_policies(self.folder, today=TODAY, cache=self.parsed)

    def policy(self, project: ProjectId) -> Policy:
        return self.load().in_force[project]
