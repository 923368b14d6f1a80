"""What another version of the catalogue lets through that this one does not. Pure.

What the data mean decides how they are protected, so nearly every change of it widens: only what is known to narrow, or
to be for readers, is not called so.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from enclave.catalogue.model import Catalogue, Field, Presence, Table
from enclave.terms import Zeros
from enclave.terms.changes import (
    Change,
    Effect,
    Judge,
    appears,
    changes,
    elsewhere,
    longer_widens,
    more_widens,
    widens,
    words,
)


def compare_catalogues(before: Catalogue, after: Catalogue) -> Iterator[Change]:
    """Every change of what the data mean."""
    yield from changes("catalogue", before, after, _CATALOGUE)
    for name in dict.fromkeys((*before.code_sets, *after.code_sets)):
        was, now = before.code_sets.get(name), after.code_sets.get(name)
        if was is None or now is None:
            yield appears(f"codes {name}", "codes", was, now)
        elif was != now:
            yield Change(f"codes {name}", "codes", "as they were", "others", widens(was, now))
    for name in dict.fromkeys((*before.tables, *after.tables)):
        yield from _table(name, before.tables.get(name), after.tables.get(name))


def _table(name: str, before: Table | None, after: Table | None) -> Iterator[Change]:
    if before is None or after is None:
        yield appears(f"table {name}", "table", before, after)
        return
    yield from changes(f"table {name}", before, after, _TABLE)
    for field in dict.fromkeys((*before.fields, *after.fields)):
        was, now = before.fields.get(field), after.fields.get(field)
        if was is None or now is None:
            yield appears(f"field {name}.{field}", "field", was, now)
        else:
            yield from changes(f"field {name}.{field}", was, now, _FIELD)


def _zeros(before: Zeros, after: Zeros) -> Effect:
    return more_widens(before is Zeros.SHOWN, after is Zeros.SHOWN)


def _presence(before: Presence | None, after: Presence | None) -> Effect:
    """That a row reveals something makes every use of the table a more sensitive one."""
    if before is None or after is None:
        return Effect.WIDENS if after is None else Effect.NARROWS
    return more_widens(before.tier, after.tier)


def _kept(before: int | None, after: int | None) -> Effect:
    """To keep values longer, or without a term, lets more be asked."""
    never = 10_000
    return more_widens(before or never, after or never)


def _usual(before: Decimal | None, after: Decimal | None) -> Effect:
    """Sums are judged beside a usual value as well; of two, nobody can say which hides more."""
    return Effect.NARROWS if before is None and after is not None else widens(before, after)


_CATALOGUE: Final[Mapping[str, Judge]] = {
    "title": words,
    "units": words,
    "clusters": words,
    "listings": words,
    "plain": words,
    "code_sets": elsewhere,
    "tables": elsewhere,
    "alias_index": elsewhere,
}
_TABLE: Final[Mapping[str, Judge]] = {
    "description": words,
    "source": words,
    "fields": elsewhere,
    "presence": _presence,
}
_FIELD: Final[Mapping[str, Judge]] = {
    "description": words,
    "note": words,
    "instead": words,
    "ascribed": words,
    "aliases": words,
    "tier": more_widens,
    "purposes": longer_widens,
    "cuts": longer_widens,
    "usual": _usual,
    "zeros": _zeros,
    "retain_years": _kept,
}
COMPARED: Final[Mapping[type, Mapping[str, Judge]]] = {Catalogue: _CATALOGUE, Table: _TABLE, Field: _FIELD}
"""The rules by the value that they are about, for a test that no name in them is misspelt."""
