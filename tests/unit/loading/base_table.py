"""A small table of people with an authority and its region."""

from enclave.catalogue.model import AnnexB, Field, FieldClass, Grain, Table, YearField, YearForm
from enclave.terms import Zeros


def _field(name: str, kind: FieldClass = FieldClass.DIMENSION) -> Field:
    return Field("pupils", name, "VARCHAR", kind, 4, AnnexB.NONE, 5, "E", Zeros.HIDDEN, frozenset())


TABLE = Table(
    name="pupils",
    description="",
    fields={
        "pmr": _field("pmr", FieldClass.KEY),
        "year": _field("year"),
        "la": _field("la"),
        "region": _field("region"),
    },
    grain=(Grain(("pmr", "year")),),
    unit="pupil",
    key="pmr",
    year=YearField("year", YearForm.ACADEMIC),
)
