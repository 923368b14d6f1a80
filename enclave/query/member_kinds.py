"""What a number tells of people, as kinds for the ledger: measures, bands and codes with hidden zeros."""

from collections.abc import Iterable

from enclave.catalogue.model import Field, FieldClass
from enclave.disclosure.ledger.numbers import Kind
from enclave.terms import Zeros


def is_measured(found: Field) -> bool:
    return found.kind is FieldClass.MEASURE


def family_of(found: Field) -> str:
    return found.family or f"{found.table}.{found.name}"


def kinds_of(fields: Iterable[Field], *, measured: bool) -> tuple[Kind, ...]:
    """What is learnt: families of measures that are added up, bands of those in conditions, codes with hidden zeros."""
    kinds: dict[str, Kind] = {}
    for one in fields:
        if is_measured(one):
            name = f"{'measure' if measured else 'band'}:{family_of(one)}"
        elif one.zeros is Zeros.HIDDEN:
            name = f"code:{family_of(one)}"
        else:
            continue
        before = kinds.get(name)
        kinds[name] = Kind(name, one.fixed and (before is None or before.fixed))
    return tuple(kinds[name] for name in sorted(kinds))


def joined_kinds(one: tuple[Kind, ...], other: tuple[Kind, ...]) -> tuple[Kind, ...]:
    kinds = {kind.name: kind for kind in (*one, *other)}
    return tuple(kinds[name] for name in sorted(kinds))
