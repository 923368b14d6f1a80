"""What is wrong with policy files, for the person who writes them: where, what, why, and a way to mend it.

The `code` of a finding is part of the interface and does not change.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from enclave.documents.places import Place, Where

COMMENT: Final = re.compile(r"""^((?:"[^"]*"|'[^']*'|[^"'])*?)\s+#.*$""")


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong at one place."""

    place: Place
    code: str
    message: str
    fix: str
    why: str | None = None
    severity: Severity = Severity.ERROR

    @property
    def file(self) -> str:
        return self.place.file

    @property
    def line(self) -> int:
        return self.place.line

    @property
    def column(self) -> int:
        return self.place.column

    @property
    def length(self) -> int:
        return self.place.length

    def as_dict(self) -> dict[str, str | int | None]:
        """The finding for `--json`."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "length": self.length,
            "severity": self.severity.value,
            "code": self.code,
            "message": self.message,
            "why": self.why,
            "fix": self.fix,
        }


class Findings(Exception):
    """Policy files with at least one error; `findings` has every error and warning of every file."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = in_order(findings)
        super().__init__(rendered(self.findings))


@dataclass(slots=True)
class Report:
    """Collects findings while files are read, so that all are reported at once."""

    found: list[Finding] = field(default_factory=list)

    def error(self, where: Where, code: str, message: str, *, fix: str, why: str | None = None) -> None:
        self.found.append(Finding(where.found(), code, message, fix, why))

    def warning(self, where: Where, code: str, message: str, *, fix: str, why: str | None = None) -> None:
        self.found.append(Finding(where.found(), code, message, fix, why, Severity.WARNING))

    @property
    def errors(self) -> int:
        return sum(finding.severity is Severity.ERROR for finding in self.found)

    def errors_in(self, file: str) -> int:
        """How many errors one file has so far."""
        return sum(finding.file == file and finding.severity is Severity.ERROR for finding in self.found)

    def findings(self) -> tuple[Finding, ...]:
        """Every finding once, in the order of the files."""
        return in_order(dict.fromkeys(self.found))

    def raise_errors(self) -> None:
        """Raise `Findings` when there is an error; warnings alone pass."""
        if self.errors:
            raise Findings(self.found)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(
        sorted(findings, key=lambda finding: (finding.file, finding.line, finding.column, finding.code))
    )


def render(finding: Finding) -> str:
    """The finding as text: the head, the line with the words underlined, why, and a fix."""
    return "\n".join([_head(finding), *_excerpt(finding.place), *_advice(finding)])


def rendered(findings: Iterable[Finding]) -> str:
    """Several findings, an empty line between them."""
    return "\n\n".join(render(finding) for finding in findings)


def _head(finding: Finding) -> str:
    place = f"{finding.file}:{finding.line}:{finding.column}" if finding.line else finding.file
    return f"{place}: {finding.severity}[{finding.code}] {finding.message}"


def _excerpt(place: Place) -> list[str]:
    """The line and the words underlined; a comment at the end of the line is left away."""
    if not place.line:
        return []
    underline = " " * (place.column - 1) + "^" * max(place.length, 1)
    source = COMMENT.sub(r"\1", place.source).rstrip()
    return [f"{place.line:5} | {source}", f"      | {underline}"]


def _advice(finding: Finding) -> list[str]:
    why = [f"      = why: {finding.why}"] if finding.why else []
    return [*why, f"      = fix: {finding.fix}"]
