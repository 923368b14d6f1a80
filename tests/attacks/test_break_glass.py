"""An authority demands rows about somebody, and nobody is to hear of it.

Source: access of the Home Office and the police to pupils' records in England, which became known by questions in
Parliament years after it began.
"""

import ast
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from enclave.actions.answer_cases import NewRequest, demands, open_request
from enclave.cli import serve
from enclave.problems.service import Conflict, Forbidden
from enclave.rights.cases import CaseId, CaseKind, CaseState, Command, Outcome
from tests.support.rights import Cases, open_cases
from tests.support.service import ADMIN, OFFICER, STEWARD

ROOT = Path(__file__).parents[2]
WHOSE = {"authority": "A county court", "basis": "an order of the court"}


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cases]:
    opened = open_cases(tmp_path_factory.mktemp("demands"))
    yield opened
    opened.service.close()


def demanded(cases: Cases, public: dict[str, str] | None = None, kind: CaseKind = CaseKind.DEMAND) -> CaseId:
    new = NewRequest(
        kind, cases.rights.today(), "a letter", "his record", public=WHOSE if public is None else public
    )
    return open_request(cases.service.asker(STEWARD), new, cases.service.desk, cases.rights).case.id


@pytest.mark.parametrize("public", [{}, {"authority": "A county court"}, {"basis": "an order"}])
def test_no_demand_is_put_on_record_without_saying_whose_it_is(cases: Cases, public: dict[str, str]) -> None:
    with pytest.raises(Conflict):
        demanded(cases, public)


def test_no_demand_passes_for_a_request_of_the_person(cases: Cases) -> None:
    with pytest.raises(Conflict):
        demanded(cases, WHOSE, CaseKind.ACCESS)


def test_everybody_reads_of_it_from_the_first_day_and_for_ever(cases: Cases) -> None:
    id = demanded(cases)
    (one,) = [one for one in demands(cases.rights) if one["id"] == id]
    assert (one["authority"], one["basis"], one["outcome"]) == (*WHOSE.values(), None)
    cases.act(id, Command.PROPOSE, STEWARD, outcome=Outcome.GRANTED, texts={"reason": "by law"})
    cases.act(id, Command.CONFIRM, ADMIN)
    cases.act(id, Command.CLOSE, STEWARD)
    (one,) = [one for one in demands(cases.rights) if one["id"] == id]
    assert (one["authority"], one["outcome"]) == (WHOSE["authority"], "granted")


def test_nobody_decides_about_it_alone(cases: Cases) -> None:
    id = demanded(cases)
    cases.act(id, Command.PROPOSE, STEWARD, outcome=Outcome.GRANTED, texts={"reason": "by law"})
    with pytest.raises(Forbidden):
        cases.act(id, Command.CONFIRM, STEWARD)


@pytest.mark.parametrize(
    "command", [Command.VERIFY, Command.ASK_LOOKUP, Command.ALLOW_LOOKUP, Command.EXTEND]
)
def test_the_vault_is_opened_for_no_demand(cases: Cases, command: Command) -> None:
    """Nor once it was granted: what follows happens outside."""
    texts = {"identity": "a warrant", "reason": "by law"}
    id = demanded(cases)
    for state in (CaseState.RECEIVED, CaseState.PROPOSED, CaseState.DECIDED):
        assert cases.read(id).case.state is state
        for person in (STEWARD, ADMIN):
            with pytest.raises(Conflict):
                cases.act(id, command, person, texts=texts, criteria={"full_name": "somebody"})
        if state is CaseState.RECEIVED:
            cases.act(id, Command.PROPOSE, STEWARD, outcome=Outcome.GRANTED, texts=texts)
        elif state is CaseState.PROPOSED:
            cases.act(id, Command.CONFIRM, ADMIN)
    with cases.rights.records.read() as reading:
        assert reading.lookups(id) == ()


def test_a_school_receives_no_demand(cases: Cases) -> None:
    new = NewRequest(CaseKind.DEMAND, cases.rights.today(), "a letter", "his record", "1", public=WHOSE)
    with pytest.raises(Forbidden):
        open_request(cases.service.asker(OFFICER), new, cases.service.desk, cases.rights)


def test_the_database_takes_none_off_the_list_nor_makes_it_another(cases: Cases) -> None:
    number = int(demanded(cases)[2:])
    with closing(sqlite3.connect(cases.service.records._engine.url.database or "")) as database:
        for statement in (
            "DELETE FROM rights_cases WHERE id = ?",
            "UPDATE rights_cases SET kind = 'access' WHERE id = ?",
            "UPDATE rights_cases SET public = '{}' WHERE id = ?",
            "UPDATE rights_cases SET received_on = '2020-01-01' WHERE id = ?",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                database.execute(statement, (number,))


def test_no_setting_says_anything_about_demands() -> None:
    """Neither a policy file nor an option of the service: there is nothing by which to make one quiet."""
    schemas = (ROOT / "policies/schemas").glob("*.json")
    texts = [path.read_text("utf-8") for path in schemas] + [Path(serve.__file__).read_text("utf-8")]
    assert len(texts) > 5
    assert not [text for text in texts if "demand" in text.lower()]


def test_the_list_is_asked_for_in_one_place_without_a_condition() -> None:
    """`demands` reads every case of the kind: what it is given is the record, and no policy or setting."""
    tree = ast.parse((ROOT / "enclave/actions/answer_cases.py").read_text("utf-8"))
    (found,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "demands"]
    assert [argument.arg for argument in found.args.args] == ["rights"]
    assert not [node for node in ast.walk(found) if isinstance(node, ast.If)]
