"""Cases over a real home whose every value is a canary, and the people who handle them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from enclave.actions.answer_cases import Act, CaseView, NewRequest, act_on_case, open_request, read_case
from enclave.actions.check_policy import load_policies
from enclave.rights.cases import CaseId, CaseKind, Command, Outcome
from enclave.rights.desk import RightsDesk
from enclave.terms import PersonId
from enclave.wiring.data import load_source
from enclave.wiring.home import Home, make_home, open_home
from enclave.wiring.records import open_records
from enclave.wiring.rights import rights_desk
from tests.oracle.policies import VERSION
from tests.support.canary_world import canary_home
from tests.support.service import ADMIN, OFFICER, STEWARD, Service, edit_yaml

HOSPITAL_OF_OFFICER = "1"
Record = Mapping[str, Any]


@dataclass
class Cases:
    """One house with its cases."""

    home: Home
    source: Path
    service: Service
    rights: RightsDesk

    def open(
        self,
        kind: CaseKind = CaseKind.ACCESS,
        *,
        person: PersonId = STEWARD,
        through: str = "",
        on_behalf: bool = False,
        days_ago: int = 0,
    ) -> CaseId:
        today = self.rights.today()
        received = today.fromordinal(today.toordinal() - days_ago)
        new = NewRequest(kind, received, "a letter", "all that you hold", through, on_behalf)
        return open_request(self.service.asker(person), new, self.service.desk, self.rights).case.id

    def act(self, id: CaseId, command: Command, person: PersonId, **more: Any) -> CaseView:
        if command in (Command.ALLOW_LOOKUP, Command.CONFIRM):
            more.setdefault("seen", self.read(id).case.version)
        return act_on_case(
            self.service.asker(person), id, Act(command, **more), self.service.desk, self.rights
        )

    def read(self, id: CaseId, person: PersonId = STEWARD) -> CaseView:
        return read_case(self.service.asker(person), id, self.service.desk, self.rights)

    def verified(self, **more: Any) -> CaseId:
        id = self.open(**more)
        self.act(id, Command.VERIFY, ADMIN, texts={"identity": "passport seen"})
        return id

    def looked_up(self, criteria: Mapping[str, str], **more: Any) -> CaseId:
        id = self.verified(**more)
        self.act(id, Command.ASK_LOOKUP, more.get("person", STEWARD), criteria=criteria)
        self.act(id, Command.ALLOW_LOOKUP, ADMIN)
        return id

    def decided(self, criteria: Mapping[str, str], outcome: Outcome = Outcome.GRANTED, **more: Any) -> CaseId:
        withheld = more.pop("withheld", {})
        id = self.looked_up(criteria, **more)
        self.act(id, Command.PROPOSE, STEWARD, outcome=outcome, texts={"reason": "theirs"}, withheld=withheld)
        self.act(id, Command.CONFIRM, ADMIN)
        return id

    def person(self, number: int) -> Record:
        """A row of the source of the table of people."""
        return pq.read_table(self.source / "patient.parquet").slice(number, 1).to_pylist()[0]

    def rows_about(self, record: Record) -> list[dict[str, Any]]:
        """All rows of the source about the person of a row, whatever table."""
        found = []
        for name in ("patient", "visit"):
            table = pq.read_table(self.source / f"{name}.parquet").to_pylist()
            found += [row for row in table if row["person"] == record["person"]]
        return found

    def everything(self) -> list[dict[str, Any]]:
        return [
            row
            for name in ("patient", "visit")
            for row in pq.read_table(self.source / f"{name}.parquet").to_pylist()
        ]


def open_cases(folder: Path, *, own_record: bool = False) -> Cases:
    """A house without cases; close its service. `own_record`: cases are on the home's own record, not one beside it."""
    root, _ = canary_home(folder)
    edit_yaml(
        root / f"policies/people/{OFFICER}.yaml", lambda file: file.update(clusters=[HOSPITAL_OF_OFFICER])
    )
    (folder / "record").mkdir()
    service = Service(folder / "record")
    home = open_home(root)
    service.policies = load_policies(home.policies, today=service.clock.now().date())
    records = open_records(home, clock=service.clock) if own_record else service.records
    desk = rights_desk(home, records, lambda: service.policies, service.clock.now)
    return Cases(home, folder / "source", service, desk)


def home_without(cases: Cases, folder: Path, record: Record) -> Home:
    """Another home of the same policies and data, whose source never had the person of a row."""
    source = folder / "source"
    source.mkdir(parents=True)
    for path in cases.source.glob("*.parquet"):
        table = pq.read_table(path)
        if "person" in table.column_names:
            table = table.filter(pc.not_equal(table.column("person"), pa.scalar(record["person"])))
        pq.write_table(table, source / path.name)
    home = make_home(folder / "home", policies=cases.home.policies)
    load_source(home, source, version=VERSION)
    return home
