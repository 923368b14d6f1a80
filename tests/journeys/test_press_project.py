"""A project of the press over real HTTP: nobody, then who has consented, then without those who withdrew."""

import re
import shutil
from pathlib import Path

import duckdb
import pytest

from enclave.wiring.demo import gateway_process, verify_process
from tests.support.people import Human
from tests.support.service import edit_yaml

LEAD = "lead-researcher@northbridge.example"
STEWARD = "data-steward@enclave.example"
SQL = "SELECT count(DISTINCT pmr_anon) AS pupils FROM ks4_pupil WHERE academic_year = '2023/24'"


@pytest.fixture(scope="module")
def press_home(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny deployment, and its first project's university is a newspaper."""
    copied = tmp_path_factory.mktemp("press") / "home"
    shutil.copytree(home, copied)
    edit_yaml(
        copied / "policies/organisations/northbridge-university.yaml", lambda one: one.update(type="press")
    )
    for other in ("P-2026-021", "P-2026-030"):
        (copied / f"policies/projects/{other}.yaml").unlink()
    return copied


def keys_of(home: Path, year: str) -> list[str]:
    """Who is in the source, in the order of their keys: the same every time."""
    files = home.parent / "source/ks4_pupil/**/*.parquet"
    wanted = "SELECT DISTINCT pmr_anon FROM read_parquet(?) WHERE academic_year = ? ORDER BY 1"
    return [str(key) for (key,) in duckdb.execute(wanted, [str(files), year]).fetchall()]


def consents(steward: Human, keys: list[str], *words: str) -> str:
    listed = steward.folder / "keys.txt"
    listed.parent.mkdir(exist_ok=True)
    listed.write_text("\n".join(keys), "utf-8")
    return steward.did("consents", *words, listed, "--unit", "pupil")


def counted(lead: Human, checker: Human) -> int:
    """What a checker lets go of the count, and the lead reads."""
    query = lead.told("query", SQL, code=4)["id"]
    output = lead.told("ask-release", query, "--why", "For an article")["id"]
    (seal,) = re.findall(r"--approve --seen (\w+)", checker.did("review", output))
    checker.did("review", output, "--approve", "--seen", seal)
    (row,) = lead.told("get", output)["rows"]
    return int(row[0] if isinstance(row, list) else row["pupils"])


def test_the_press_counts_who_has_consented_and_nobody_else(
    home: Path, press_home: Path, tmp_path: Path
) -> None:
    given = {year: keys_of(home, year)[:130] for year in ("2022/23", "2023/24")}
    about = (
        *("record", "--purpose", "education_research", "--recipient", "press"),
        *("--evidence", "Form 12", "--given", "2026-01-05"),
    )
    with gateway_process(press_home) as process:
        lead, steward, checker = (
            Human(process.url, persona, tmp_path / persona).signs_in()
            for persona in (LEAD, STEWARD, "checker-1@checking.example")
        )
        query = lead.told("query", SQL, code=4)["id"]
        output = lead.told("ask-release", query, "--why", "For an article")["id"]
        assert "blocked" in checker.did("review", output)  # nobody has consented: there is nothing to show
        first = given["2022/23"][:60] + given["2023/24"][:60]
        assert consents(steward, first, *about).startswith(f"{len(set(first))} recorded: G-1 to G-")
        assert "consent-base" in str(lead.told("query", SQL, code=5))
        consents(steward, given["2022/23"] + given["2023/24"], *about)
        assert counted(lead, checker) == 130
        gone = consents(steward, given["2023/24"][:15], "withdraw")
        assert "30 withdrawn." in gone  # who consented twice withdraws both
        assert counted(lead, checker) == 115
        assert lead.does("consents", "list").returncode == 3
        register = steward.did("consents", "list")
    assert "withdrawn" in register
    assert not any(key in register for key in given["2023/24"])
    assert verify_process(press_home)[0] == 0
