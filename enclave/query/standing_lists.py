"""Lists of people that lie below everything a project asks: who has consented to being counted for it.

A list is an input of each statement that reads a table of people, by the units' dense keys. It is made anew for each
run, so a consent that was withdrawn acts on every run that begins after it. It holds at the scan, where row
restrictions do: nothing that a researcher writes is below it. Who stands where in a whole table, and the standard
margins, are not restricted: an answer is held against what everybody knows of everybody.
"""

from sqlglot import exp

from enclave.query.relations import Scalar

CONSENTING = "step_consenting_"
UNIT = "unit"
COLUMNS = ((UNIT, "INTEGER"),)


def consenting(unit: str) -> str:
    """The input with the keys of those who have consented."""
    return f"{CONSENTING}{unit}"


def is_list(name: str) -> bool:
    return name.startswith(CONSENTING)


def has_consented(unit: str, key: exp.Column) -> Scalar:
    """The condition over a row: whoever it is about stands on the list."""
    column = exp.Column(this=exp.Identifier(this=UNIT, quoted=True))
    names = exp.Table(this=exp.Identifier(this=consenting(unit), quoted=True))
    select = exp.Select(expressions=[column], from_=exp.From(this=names))
    return exp.In(this=key, query=exp.Subquery(this=select))
