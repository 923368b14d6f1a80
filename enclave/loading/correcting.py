"""Corrections that people were granted, put into the staged rows before anything is checked or written.

So a corrected value keeps the catalogue's promises like every other, or the load is refused. What a source still has
wrong is corrected again at each load.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from enclave.loading.stored_types import stored_type
from enclave.loading.work import PERSON, Load, Stage
from enclave.loading.workshop import quoted


@dataclass(frozen=True, slots=True, repr=False)
class Corrected:
    """One value of one person, by their number over all versions."""

    person: int
    table: str
    field: str
    where: Mapping[str, str]
    value: str | None


def correct(stage: Stage, load: Load) -> int:
    """Correct what is to be corrected in the staged rows. Returns how many values were other before."""
    changed = 0
    for one in load.corrections:
        if one.table == stage.table.name and one.field in stage.table.fields:
            changed += _corrected(one, stage, load)
    return changed


def _corrected(one: Corrected, stage: Stage, load: Load) -> int:
    column = quoted(one.field)
    value = f"CAST(? AS {stored_type(stage.table.fields[one.field].type).sql})"
    fits = "".join(f" AND {quoted(name)}::VARCHAR = ?" for name in one.where)
    wrong = f"{PERSON} = ? AND {column} IS DISTINCT FROM {value}{fits}"
    values = [one.person, one.value, *one.where.values()]
    (count,) = load.workshop.whole_numbers(f"SELECT count(*) FROM stage WHERE {wrong}", values)
    if count:
        load.workshop.run(f"UPDATE stage SET {column} = {value} WHERE {wrong}", [one.value, *values])
    return count
