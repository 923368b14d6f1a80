"""Run the cases that stand beside policy files: `enclave policy test`, and before anything is applied."""

from dataclasses import dataclass
from pathlib import Path

from enclave.actions.check_policy import Policies, check_cases, load_policies
from enclave.actions.run_cases import case_count, run_cases
from enclave.documents import Finding
from enclave.wiring.catalogue_view import CatalogueView
from enclave.wiring.policies import cache_of
from enclave.wiring.sources import SystemClock


@dataclass(frozen=True, slots=True)
class CasesRun:
    """How many cases there are, and a finding for each that fails or cannot be read."""

    cases: int
    findings: tuple[Finding, ...]


def cases_of(folder: Path, home: Path | None = None) -> CasesRun:
    """Run the cases of a folder of policy files.

    Raises:
        Findings: the policies have an error, so there is nothing to hold the cases against.
    """
    policies = load_policies(folder, today=SystemClock().now().date(), cache=cache_of(home))
    return run_beside(folder, policies)


def run_beside(folder: Path, policies: Policies) -> CasesRun:
    """Run the cases of a folder against policies that were loaded from it. They never depend on the data."""
    cases, mistakes = check_cases(folder, policies)
    view = CatalogueView(policies.catalogue)
    try:
        return CasesRun(case_count(cases), (*mistakes, *run_cases(cases, policies, view)))
    finally:
        view.close()
