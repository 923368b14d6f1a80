"""A worker is started with the files of its project and no other: years, tables and tier-1 fields it was not granted
are not there for any SQL to find.
"""

from pathlib import Path

import pytest

from enclave.engines.duckdb.spec import WorkerSpec
from enclave.projects import Policy
from enclave.query.standard_margins import margins_step
from enclave.wiring.session import session_of

AT = "2026-11-26T12:00:00Z"


def reach(home: Path, project: str) -> tuple[Policy, WorkerSpec]:
    session = session_of(home, project=project, person="nobody@northbridge.example", at=AT)
    policy = session.policies.policy(session.project)
    assert policy is not None
    return policy, session.store.worker_spec(policy)


@pytest.mark.parametrize("project", ["P-2026-014", "P-2026-021", "P-2026-030"])
def test_a_worker_has_no_column_that_its_project_lacks_but_keys_clusters_marks_and_row_numbers(
    home: Path, project: str
) -> None:
    policy, spec = reach(home, project)
    for table in spec.tables:
        grant = policy.table(table.name.partition("__")[0])
        assert grant is not None
        beyond = {name for name in table.columns if grant.grant(name) is None}
        assert beyond <= {
            "pmr_anon",
            "cla_child_id",
            "urn",
            "laestab",
            "nc_year",  # the part of its cluster
            "academic_year",
            "reporting_year",
            "_once",  # marks of the loader: whether the unit has another row
            "_alone",
            "_row",
        }


@pytest.mark.parametrize("project", ["P-2026-014", "P-2026-021", "P-2026-030"])
def test_a_worker_has_the_files_of_its_own_tier_1_fields_alone(home: Path, project: str) -> None:
    policy, spec = reach(home, project)
    for table in spec.tables:
        name, _, field = table.name.partition("__")
        grant = policy.table(name)
        assert grant is not None
        if field:
            assert grant.grant(field) is not None
            assert table.columns == (field, "_row")
            assert all(field in file.parts for file in table.files)


def test_the_ledgers_own_worker_has_the_columns_of_its_margins_alone(home: Path) -> None:
    """It counts by fields that this project was not granted, and sees nobody's score."""
    policy, _ = reach(home, "P-2026-014")
    session = session_of(home, project="P-2026-014", person="nobody@northbridge.example", at=AT)
    name = "school_census_pupil"
    stored = session.store.stored(policy, name)
    step = margins_step(name, session.policies.catalogue, policy.house.standard_margins, stored=stored)
    assert step is not None
    (seen,) = session.store.ledger_spec(policy, name, step.reads).tables
    assert set(seen.columns) == {
        *("pmr_anon", "urn", "la_code", "academic_year", "term", "record_status"),
        *("nc_year", "gender", "fsm_eligible", "sen_provision_major"),
    }


def test_a_worker_has_no_file_of_a_year_that_its_project_lacks(home: Path) -> None:
    policy, spec = reach(home, "P-2026-014")
    session = session_of(home, project="P-2026-014", person="nobody@northbridge.example", at=AT)
    grant = policy.table("ks4_pupil")
    assert grant is not None
    assert grant.years == ("2022/23", "2023/24")
    (table,) = (table for table in spec.tables if table.name == "ks4_pupil")
    stored = session.store.version(policy).table("ks4_pupil")
    years = {file.year for file in stored.manifest.main if stored.root / file.path in table.files}
    assert years == {"2022/23", "2023/24"}
    assert "2024/25" in {file.year for file in stored.manifest.main}
