"""A researcher over real HTTP, with the commands and the Python client that they install."""

import csv
import json
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from enclave.client import Problem, Query
from enclave.client.service import Service
from enclave.client.sign_in import kept
from synthetic_data.questions import ABSENCE, NAMES, NEEDS
from tests.support.people import Human

People = Callable[[str], Human]
RESEARCHER = "researcher@northbridge.example"
TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")


def read_csv(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


@pytest.fixture
def researcher(human: People) -> Human:
    return human(RESEARCHER)


def test_a_sign_in_is_kept_for_its_owner_alone_and_never_printed(human: People, tmp_path: Path) -> None:
    person = human(RESEARCHER)
    (kept,) = (tmp_path / RESEARCHER).rglob("*.json")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert TOKEN.search(kept.read_text("utf-8"))
    assert not TOKEN.search(person.did("login", person.url, "--as", RESEARCHER))
    assert not TOKEN.search(person.did("outputs", "--json"))


def test_signing_in_says_who_one_is_and_on_which_project(researcher: Human) -> None:
    said = researcher.did("login", researcher.url, "--as", RESEARCHER)
    assert said.startswith("Signed in: Researcher (example). One project: P-2026-014 (ends 31 March 2028).")
    assert "SYNTHETIC DATA" in said


def test_after_signing_out_nothing_can_be_asked(researcher: Human) -> None:
    assert researcher.did("logout") == "Signed out.\n"
    assert researcher.did("logout") == "Nobody was signed in.\n"
    ended = researcher.process("outputs")
    assert ended.returncode == 2
    assert ended.stderr == "not-signed-in: Nobody is signed in. First: enclave login URL\n"


def test_fields_are_listed_without_a_home(researcher: Human) -> None:
    listed = researcher.did("fields", "--find", "absence")
    assert re.search(r"overall_year +group, filter, aggregate +Absence sessions, whole year", listed)
    assert "surname" not in listed


def test_an_ordinary_query_is_released_at_once_and_its_small_cells_are_hidden(
    researcher: Human, tmp_path: Path
) -> None:
    said = researcher.did("query", ABSENCE.sql, "--name", ABSENCE.name)
    found = re.fullmatch(
        r"Checking \.\.\. ok +189 cells at most; automatic_if_clear\n"
        r"Q-\d+ running \.\.\. done\nReleased as (O-\d+)\.\n",
        said,
    )
    assert found, said
    shown = researcher.did("get", found[1])
    assert re.search(r"^ London +[A-Z][a-z].* \([A-Z]{4}\) +\d+ +(\d+\.\d|c)$", shown, re.MULTILINE)
    assert "c = hidden to protect people, or nobody." in shown
    researcher.did("get", found[1], "--to", tmp_path / "tables")
    rows = read_csv(tmp_path / "tables" / f"{found[1]}.csv")
    assert {"region", "ethnic_group_major", "pupils", "absence_rate"} == set(rows[0])
    assert any(row["pupils"] == "c" for row in rows)
    about = json.loads((tmp_path / "tables" / f"{found[1]}.csv-metadata.json").read_text("utf-8"))
    assert about["manifest"]["synthetic"] is True
    assert about["manifest"]["rules"]["min_units"] == 10
    assert found[1] in about["dc:bibliographicCitation"]


def test_every_small_cell_of_a_release_is_hidden_in_every_format(researcher: Human, tmp_path: Path) -> None:
    output = researcher.told("query", ABSENCE.sql)["output"]
    for form in ("csv", "json", "parquet"):
        researcher.did("get", output, "--to", tmp_path, "--format", form)
    rows = read_csv(tmp_path / f"{output}.csv")
    assert [row for row in rows if row["pupils"] != "c" and int(row["pupils"]) < 10] == []
    answer = json.loads((tmp_path / f"{output}.json").read_text("utf-8"))
    assert [row for row in answer["rows"] if row[2] is not None and row[2] < 10] == []
    ended = researcher.in_python(
        "import pandas as pd\n"
        f"frame = pd.read_parquet({str(tmp_path / f'{output}.parquet')!r})\n"
        "assert (frame.pupils.dropna() >= 10).all()\n"
        "assert frame.pupils.isna().equals(frame.pupils_status == 'c')\n"
    )
    assert ended.returncode == 0, ended.stderr


def test_a_text_is_kept_called_otherwise_asked_and_let_go(researcher: Human, tmp_path: Path) -> None:
    (tmp_path / "absence.sql").write_text(ABSENCE.sql)
    said = researcher.did("saved", "keep", tmp_path / "absence.sql", "--name", "Absence")
    found = re.fullmatch(r"(S-\d+) is kept as Absence\.\n", said)
    assert found, said
    assert researcher.did("saved", "rename", found[1], "By region") == f"{found[1]} is kept as By region.\n"
    assert re.search(rf"^ {found[1]} +By region +P-2026-014 ", researcher.did("saved", "list"), re.MULTILINE)
    assert researcher.did("saved", "show", found[1]).rstrip("\n") == ABSENCE.sql.rstrip("\n")
    assert researcher.did("saved", "remove", found[1]) == f"{found[1]} is kept no more.\n"
    assert researcher.did("saved", "list") == "You keep no texts.\n"


def test_a_refused_query_says_where_and_why_and_what_would_do_and_that_does(researcher: Human) -> None:
    refused = researcher.did("query", NAMES.sql, code=3)
    assert refused.startswith("This query cannot run: field-not-granted. Nothing was read")
    line, marks = refused.splitlines()[2:4]
    start = marks.index("^")
    assert line[start : start + marks.count("^")] == "c.surname"
    suggested = re.findall(r"^ +\d+ \| (.*)$", refused.partition("Try:")[2], re.MULTILINE)
    assert "Released as" in researcher.did("query", "\n".join(suggested))


def test_a_refusal_is_json_where_json_is_asked_for(researcher: Human) -> None:
    told = researcher.told("query", NAMES.sql, code=3)
    assert (told["status"], told["problem"]["code"]) == ("refused", "field-not-granted")
    assert told["problem"]["query"].startswith("Q-")


def test_a_check_uses_no_allowance_and_asks_nothing(researcher: Human) -> None:
    before = len(researcher.told("outputs"))
    assert "automatic_if_clear" in researcher.did("check", ABSENCE.sql)
    assert "field-not-granted" in researcher.did("check", NAMES.sql, code=3)
    assert len(researcher.told("outputs")) == before


def test_nothing_of_a_tier_1_answer_is_shown_before_checkers_approve(researcher: Human) -> None:
    said = researcher.did("query", NEEDS.sql, code=4)
    assert "Nothing is shown before checkers have approved it" in said
    (query,) = re.findall(r"^(Q-\d+) running", said, re.MULTILINE)
    output = researcher.told("ask-release", query, "--why", NEEDS.why)["id"]
    ended = researcher.does("get", output)
    assert ended.returncode == 4
    assert ended.stdout == ""
    assert ended.stderr.startswith("not-released: ")
    assert "with checkers" in researcher.did("outputs")
    assert researcher.did("withdraw", output) == f"{output} is withdrawn.\n"


def test_a_researcher_has_no_queue_and_no_review(researcher: Human) -> None:
    assert researcher.does("queue").returncode == 3
    output = researcher.told("query", ABSENCE.sql)["output"]
    ended = researcher.does("review", output)
    assert ended.returncode == 3
    assert ended.stdout == ""


def test_the_outputs_of_one_project_are_nothing_to_people_of_another(
    researcher: Human, human: People
) -> None:
    output = researcher.told("query", ABSENCE.sql)["output"]
    stranger = human("researcher@elsewhere.example")
    ended = stranger.does("get", output)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr.startswith("not-found: ")
    assert ended.stderr.replace(output, "O-999999") == stranger.does("get", "O-999999").stderr
    assert output not in stranger.did("outputs")


def test_python_gives_a_frame_with_missing_cells_a_mask_and_the_rules(researcher: Human) -> None:
    ended = researcher.in_python(
        "from enclave import client\n"
        "from synthetic_data.questions import ABSENCE, NAMES, NEEDS\n"
        "p = client.connect()\n"
        "q = p.query(ABSENCE.sql, name=ABSENCE.name).wait()\n"
        "assert q.status == 'released'\n"
        "table = q.table()\n"
        "assert table.shape == q.hidden.shape == (63, 4)\n"
        "assert q.hidden.pupils.any() and not q.hidden.pupils.all() and not q.hidden.region.any()\n"
        "assert table.pupils.isna().equals(q.hidden.pupils)\n"
        "assert (table.pupils.dropna() >= 10).all()\n"
        "assert table.attrs['enclave']['rules']['min_units'] == 10\n"
        "assert set(p.fields('absence').table) == {'absence'}\n"
        "assert p.check(ABSENCE.sql).route == 'automatic_if_clear'\n"
        "try:\n"
        "    p.query(NAMES.sql)\n"
        "except client.Refused as refused:\n"
        "    assert '<mark' in refused._repr_html_() and 'c.surname' in refused._repr_html_()\n"
        "else:\n"
        "    raise AssertionError\n"
        "held = p.query(NEEDS.sql).wait()\n"
        "try:\n"
        "    held.table()\n"
        "except client.NotReleased as problem:\n"
        "    assert 'ask_release' in str(problem)\n"
        "else:\n"
        "    raise AssertionError\n"
    )
    assert ended.returncode == 0, ended.stderr


SLOW = (
    "SELECT count(*) AS n FROM local_authority a, local_authority b, local_authority c, local_authority d, "
    "local_authority e WHERE a.la_name || b.la_name || c.la_name || d.la_name <> e.la_name"
)


def test_stopping_the_command_cancels_the_query_on_the_service(researcher: Human) -> None:
    command = [sys.executable, "-m", "enclave.cli.main", "query", SLOW]
    with subprocess.Popen(
        command, env=researcher.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        said = ""
        while not said.endswith("running ... "):
            said += process.stdout.read(1)
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=60)
    assert process.returncode == 5
    assert complaint == "enclave: cancelled\n"
    with Service(researcher.url, kept(researcher.folder / "enclave").token) as service:
        query = Query(service, service.query(said.split()[0])[0])
        assert raised(query.wait).code == "cancelled"


def raised(act: Callable[[], object]) -> Problem:
    with pytest.raises(Problem) as found:
        act()
    return found.value
