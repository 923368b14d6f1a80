"""The cases that policies must satisfy, as their files have them. No part of a policy: a slip here stops no service."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from enclave.actions.policy_checks.fingerprint import TESTS
from enclave.documents import Parsed, Report, did_you_mean, parse_what_can_be, read_document
from enclave.problems.codes import problem_codes
from enclave.projects.case_files import ProjectTestsFile, TableCase

Cases = Parsed[ProjectTestsFile]


@dataclass(frozen=True, slots=True)
class Known:
    """What cases may name: the ids of projects and people."""

    projects: frozenset[str]
    people: frozenset[str]


def read_cases(folder: Path, known: Known, report: Report) -> Mapping[str, Cases]:
    """The cases of each project in a folder of policy files, without those that are reported as faulty."""
    found: dict[str, Cases] = {}
    for path in sorted((folder / "projects").glob(f"*{TESTS}")):
        document = read_document(path, file=f"projects/{path.name}", report=report)
        parsed = parse_what_can_be(document, ProjectTestsFile, report) if document is not None else None
        if parsed is not None and _about_its_project(parsed, path, known, report):
            found[parsed.entry.project] = parsed
            _check(parsed, report)
    return found


def _about_its_project(parsed: Cases, path: Path, known: Known, report: Report) -> bool:
    project, place = parsed.entry.project, parsed.place("project")
    named = path.name.removesuffix(TESTS)
    if project != named:
        fix = f"rename the file to {project}{TESTS}, or correct the id"
        report.error(
            place, "file-name", f"the file is called {path.name}, but the project is {project}", fix=fix
        )
        return False
    if project not in known.projects:
        message = f'there is no project "{project}".{did_you_mean(project, known.projects)}'
        report.error(place, "unknown-project", message, fix="correct the id, or remove the file")
        return False
    return True


def _check(parsed: Cases, report: Report) -> None:
    names: set[str] = set()
    for at, case in enumerate(parsed.entry.queries):
        _named_once(parsed, ("queries", at), case.name, names, report)
        codes = problem_codes()
        if case.expect.refused is not None and case.expect.refused not in codes:
            code = case.expect.refused
            message = f'"{code}" is not a code of a problem.{did_you_mean(code, codes)}'
            place = parsed.place("queries", at, "expect", "refused")
            report.error(place, "unknown-problem", message, fix="the pages of docs/problems list them")
    for at, table in enumerate(parsed.entry.tables):
        _named_once(parsed, ("tables", at), table.name, names, report)
        _table(parsed, at, table, report)


def _named_once(
    parsed: Cases, path: tuple[str | int, ...], name: str, names: set[str], report: Report
) -> None:
    if name in names:
        fix = "give it another name"
        report.error(parsed.place(*path, "name"), "duplicate", f'there is another case "{name}"', fix=fix)
    names.add(name)


def _table(parsed: Cases, at: int, case: TableCase, report: Report) -> None:
    rows = len(case.rows)
    for name, count in (("companions", len(case.companions)), ("expect", len(case.expect.cells))):
        if count != rows:
            message = f"there are {rows} rows and {count} in {name}"
            fix = "write one for each row"
            report.error(parsed.key("tables", at, name), "not-one-a-row", message, fix=fix)
    for index, row in enumerate(case.rows):
        place = parsed.place("tables", at, "rows", index)
        if len(row) != len(case.columns):
            fix = "write one for each column"
            message = f"this row has {len(row)} values, and there are {len(case.columns)} columns"
            report.error(place, "not-one-a-column", message, fix=fix)
        elif type(row[-1]) is not int:
            message = "the last column of a row is the count that may be shown"
            report.error(place, "wrong-kind", message, fix="write a whole number last")
