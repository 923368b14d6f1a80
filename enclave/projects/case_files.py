"""`projects/ID.tests.yaml`: cases that a project's policy must satisfy, as people write them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, StringConstraints, model_validator
from pydantic import Field as Setting

from enclave.documents import Entry
from enclave.projects.files import Name, RouteEntry, Sentence

Query = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
MOST_CASES = 500


class QueryExpectation(Entry):
    """Allowed, with the route if it is named; or refused, with a code and, if they are named, fields and a place."""

    allowed: Literal[True] | None = None
    route: RouteEntry | None = None
    refused: Name | None = None
    field: Name | list[Name] | None = None
    line: Annotated[int, Setting(ge=1)] | None = None
    column: Annotated[int, Setting(ge=1)] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "QueryExpectation":
        if (self.allowed is None) is (self.refused is None):
            raise ValueError("either allowed: true or refused: CODE is needed")
        if self.refused is not None and self.route is not None:
            raise ValueError("what is refused has no route")
        if self.allowed and (self.field, self.line, self.column) != (None, None, None):
            raise ValueError("field, line and column say where something was refused")
        return self


class QueryCase(Entry):
    """One query of one person. `now` is another time than that of the file."""

    name: Sentence
    now: AwareDatetime | None = None
    asked_by: Name = Setting(alias="as")
    sql: Query
    expect: QueryExpectation


class CompanionsEntry(Entry):
    """What stands behind one cell."""

    units: Annotated[int, Setting(ge=0)]
    clusters: Annotated[int, Setting(ge=0)]


class TableExpectation(Entry):
    """`ok`: shown, `c`: hidden; one for each row."""

    cells: list[Literal["ok", "c"]]


class TableCase(Entry):
    """A small table of counts, and what disclosure control makes of it."""

    name: Sentence
    columns: Annotated[list[Name], Setting(min_length=1)]
    rows: Annotated[list[list[str | int]], Setting(min_length=1)]
    companions: list[CompanionsEntry]
    expect: TableExpectation


class ProjectTestsFile(Entry):
    """`projects/ID.tests.yaml`. `now` is fixed, so that a case never depends on today's date."""

    api_version: Literal["enclave/v1"] = Setting(alias="apiVersion")
    kind: Literal["ProjectTests"]
    project: Name
    now: AwareDatetime
    queries: Annotated[list[QueryCase], Setting(default_factory=list, max_length=MOST_CASES)]
    tables: Annotated[list[TableCase], Setting(default_factory=list, max_length=MOST_CASES)]

    def at(self, case: QueryCase) -> datetime:
        """The time at which a case is asked."""
        return case.now or self.now
