"""A field's term is over, and somebody looks for what is left of it.

Source: UK GDPR, article 5(1)(e), storage limitation.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from enclave.actions.send_reminders import remind_of_terms
from enclave.audit import Kind
from enclave.cli.main import app
from enclave.loading import open_version, read_secrets
from enclave.loading.emptying import scan_years
from enclave.loading.manifest import VersionBroken
from enclave.loading.retaining import last_days, years_due
from enclave.loading.retracting import scan
from enclave.terms import FieldRef
from enclave.terms.versions import base_of, less, people_less, values_less
from enclave.wiring.data import HomeLoader
from enclave.wiring.gateway_lock import nobody_serves
from enclave.wiring.home import Home, WrongUse, open_home
from enclave.wiring.policies import policies_of
from enclave.wiring.records import open_records
from enclave.wiring.retractions import Retractions, retain
from enclave.wiring.sources import SystemClock
from tests.oracle.policies import VERSION
from tests.support.canary_world import YEARS, canary_home
from tests.support.service import ADMIN, NOW, STEWARD, THIS, Service, edit_yaml

MAIN, APART = FieldRef("patient", "born"), FieldRef("patient", "diagnosis")
TERMS = {MAIN: 4, APART: 5}
MAIN_ENDS = date(max(YEARS) + TERMS[MAIN], 12, 31)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("terms")
    root, _ = canary_home(folder)

    set_terms(root, TERMS)
    return folder


def set_terms(root: Path, terms: Mapping[FieldRef, int]) -> None:
    def edit(catalogue: dict[str, Any]) -> None:
        for field, years in terms.items():
            catalogue["tables"][field.table]["fields"][field.field]["retain_years"] = years

    edit_yaml(root / "policies/catalogue/catalogue.yaml", edit)


@pytest.fixture
def home(tmp_path: Path, made: Path) -> Home:
    return open_home(shutil.copytree(made / "home", tmp_path / "home"))


def values(made: Path, field: FieldRef, *, year: int | None = None) -> list[object]:
    table = pq.read_table(made / f"source/{field.table}.parquet").to_pylist()
    return [row[field.field] for row in table if year in (None, row["year"])]


def held(home: Home, field: FieldRef, version: str = VERSION) -> Iterator[object]:
    """Every value of the field in the files of a version."""
    for path in (home.data / version).rglob("*.parquet"):
        read = pq.ParquetFile(path).read()
        if field.table in path.parts and field.field in read.column_names:
            yield from (one for one in read[field.field].to_pylist() if one is not None)


def test_a_field_goes_the_day_after_its_term_and_no_day_before(home: Home, made: Path) -> None:
    before = open_version(home.data, VERSION)
    rows = {table.name: table.rows for table in before.manifest.tables.values()}
    assert set(map(str, held(home, MAIN))) == set(map(str, values(made, MAIN)))
    assert years_due(home.data, policies_of(home).catalogue, date(MAIN_ENDS.year - 1, 12, 31)) == {}
    (older,) = retain(home, now=noon(MAIN_ENDS))
    assert older.files
    assert set(map(str, held(home, MAIN))) == set(map(str, values(made, MAIN, year=max(YEARS))))
    gone, years = retain(home, now=noon(MAIN_ENDS + timedelta(days=1)))
    assert (gone.field, years.field) == (MAIN, APART)
    assert not list(held(home, MAIN))
    assert scan(home.data, MAIN, read_secrets(home.keys)).holding == ()
    assert list(held(home, APART))  # its term is longer
    after = open_version(home.data, VERSION)
    after.verify()
    assert {table.name: table.rows for table in after.manifest.tables.values()} == rows
    assert retain(home, now=noon(MAIN_ENDS + timedelta(days=1))) == ()
    with open_records(home, clock=SystemClock()) as store, store.read() as reading:
        told = list(reading.entries(kinds=[Kind.FIELD_DESTROYED, Kind.FIELD_RETRACTED], limit=2))
    assert [(entry.kind, entry.actor) for entry in told] == [
        (Kind.FIELD_DESTROYED, None),
        (Kind.FIELD_RETRACTED, None),
    ]
    assert told[1].body is not None
    assert (told[1].body["field"], told[1].body["retain_years"]) == (str(MAIN), TERMS[MAIN])


def test_nobody_can_use_it_from_that_day_on_though_its_bytes_have_not_gone_yet(home: Home) -> None:
    policies = policies_of(home)
    on = noon(MAIN_ENDS)
    assert Retractions(home, lambda: on).less(policies) is policies
    later = Retractions(home, lambda: on + timedelta(days=1)).less(policies)
    assert MAIN.field not in later.catalogue.tables[MAIN.table].fields
    assert MAIN.field not in later.in_force[THIS].grants[MAIN.table].fields
    assert APART.field in later.catalogue.tables[APART.table].fields


def test_a_delivery_is_loaded_without_what_is_out_of_its_term(home: Home, made: Path) -> None:
    """The older of two years: no byte of a value of it is in the version or its vault; the newer is whole."""
    older, newer = YEARS
    loader = HomeLoader(home, lambda: policies_of(home))
    loader(
        made / "source",
        policies_of(home).catalogue,
        version="next",
        synthetic=True,
        min_units=5,
        now=noon(date(older + TERMS[APART] + 1, 1, 1)),
    )
    for field in TERMS:
        out = older if field == APART else None
        found = set(map(str, held(home, field, "next")))
        assert not found & set(map(str, values(made, field, year=older)))
        assert found == (set(map(str, values(made, field, year=newer))) if out else set())
    texts = [str(value).encode() for value in values(made, APART, year=older)]
    for path in (home.data / "next").rglob("*"):
        assert not path.is_file() or not any(text in path.read_bytes() for text in texts)
    open_version(home.data, "next").verify()


def test_a_home_that_is_served_is_not_touched(home: Home) -> None:
    with nobody_serves(home), pytest.raises(WrongUse):
        retain(home, now=noon(MAIN_ENDS + timedelta(days=1)))
    assert list(held(home, MAIN))


def test_stewards_and_admins_are_told_ninety_thirty_and_seven_days_before(tmp_path: Path) -> None:
    ends = NOW.date() + timedelta(days=100)
    with closing(Service(tmp_path)) as service:
        told = []
        for _ in range(110):
            sent = remind_of_terms(service.desk, lambda: {MAIN: ends})
            told += [(ends - service.clock.now().date()).days] * bool(sent)
            assert remind_of_terms(service.desk, lambda: {MAIN: ends}) == 0
            service.clock.move(days=1)
        assert told == [90, 30, 7]
        with service.records.read() as reading:
            (entry, *_) = reading.entries(limit=1)
        assert entry.kind == Kind.REMINDER_SENT
        assert entry.body is not None
        assert entry.body["sent"] == [
            f"{person} retention {MAIN} {ends} 7 days" for person in sorted((ADMIN, STEWARD))
        ]


def test_it_is_one_command_for_a_timer(home: Home) -> None:
    """With a term of one year, which was over long ago."""
    set_terms(home.root, dict.fromkeys(TERMS, 1))
    assert last_days(home.data, policies_of(home).catalogue) == dict.fromkeys(TERMS, date(2023, 12, 31))
    done = CliRunner().invoke(app, ["retain", "--home", str(home.root)])
    assert done.exit_code == 0, done.output
    assert done.output.count("none holds it") == len(TERMS)
    assert (
        "No field is out of its term" in CliRunner().invoke(app, ["retain", "--home", str(home.root)]).output
    )


JUST_OUT = noon(date(min(YEARS) + TERMS[APART] + 1, 1, 1))
"""The first day on which the older year of the longer term is out; the shorter term is over."""


def test_values_of_a_year_that_is_out_leave_every_version_that_is_loaded(home: Home, made: Path) -> None:
    older, newer = YEARS
    rows = stored_rows(home)
    gone = retain(home, now=JUST_OUT)
    assert [(one.field, getattr(one, "years", None)) for one in gone] == [(MAIN, None), (APART, ("2021",))]
    assert set(map(str, held(home, APART))) == set(map(str, values(made, APART, year=newer)))
    texts = [str(value).encode() for value in values(made, APART, year=older)]
    for path in (home.data).rglob("*"):
        assert not path.is_file() or not any(text in path.read_bytes() for text in texts)
    after = open_version(home.data, VERSION)
    after.verify()
    assert after.manifest.emptied == {str(APART): ("2021",)}
    assert APART.field not in after.manifest.tables["patient"].null_free
    assert stored_rows(home) == rows
    assert retain(home, now=JUST_OUT) == ()
    with open_records(home, clock=SystemClock()) as store, store.read() as reading:
        (told,) = reading.entries(limit=1)
    assert (told.kind, told.actor) == (Kind.VALUES_DESTROYED, None)
    assert told.body is not None
    assert (told.body["field"], told.body["years"], told.body["holding"]) == (str(APART), ["2021"], 0)


def stored_rows(home: Home) -> list[dict[str, Any]]:
    """Every row of the table in order, without the fields that have a term."""
    found = []
    for path in sorted((home.data / VERSION / "store/patient/main").glob("*.parquet")):
        table = pq.ParquetFile(path).read()
        found += table.drop_columns([one for one in table.column_names if one == MAIN.field]).to_pylist()
    return found


def test_a_version_that_lost_values_is_another_one_for_the_ledger(home: Home) -> None:
    """So no population is taken for what it was before: the rule over versions holds between the two."""
    retain(home, now=JUST_OUT)
    left = Retractions(home, lambda: JUST_OUT).less(policies_of(home))
    assert left.in_force[THIS].project.data_version == f"{VERSION}~0.1"
    set_terms(home.root, dict.fromkeys(TERMS, 100))  # whatever the catalogue says of terms later
    later = Retractions(home, lambda: JUST_OUT).less(policies_of(home))
    assert later.in_force[THIS].project.data_version == f"{VERSION}~0.1"
    assert base_of(f"{VERSION}~0.1") == VERSION


@pytest.mark.parametrize(("people", "values"), [(0, 0), (3, 0), (0, 2), (3, 2)])
def test_the_name_of_a_version_says_what_it_is_less(people: int, values: int) -> None:
    name = less("npd-1.2", people=people, values=values)
    assert (base_of(name), people_less(name), values_less(name)) == ("npd-1.2", people, values)


def test_emptying_that_was_cut_off_goes_on(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    class Died(Exception):
        """The power went."""

    def dies(*_: object) -> None:
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr("enclave.loading.emptying.replace_manifest", dies)
        with pytest.raises(Died):
            retain(home, now=noon(date(min(YEARS) + TERMS[MAIN] + 1, 1, 1)))
    with pytest.raises(VersionBroken, match="Run `enclave retain` again"):
        open_version(home.data, VERSION)  # nothing is answered from half of it
    (gone,) = retain(home, now=noon(date(min(YEARS) + TERMS[MAIN] + 1, 1, 1)))
    assert (gone.field, gone.scan.holding) == (MAIN, ())
    after = open_version(home.data, VERSION)
    after.verify()
    assert after.manifest.emptied == {str(MAIN): ("2021",)}
    assert not list(home.data.rglob(".emptying"))


def test_a_value_that_somebody_left_in_a_file_is_found_by_the_scan(home: Home) -> None:
    file = next((home.data / VERSION / f"store/patient/apart/{APART.field}").glob("*2021*"))
    kept = file.read_bytes()
    retain(home, now=JUST_OUT)
    (file.parent / "copy.parquet").write_bytes(kept)
    found = scan_years(home.data, APART, ("2021",), read_secrets(home.keys))
    assert [Path(name).name for name in found.holding] == ["copy.parquet"]
    file.chmod(0o600)
    file.write_bytes(kept)
    found = scan_years(home.data, APART, ("2021",), read_secrets(home.keys))
    assert {Path(name).name for name in found.holding} == {"copy.parquet", file.name}
