"""The fields that a query uses, beside what the project said it needs them for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from enclave.catalogue import Catalogue
from enclave.projects import Policy
from enclave.query.uses import FieldUse
from enclave.terms import FieldRef, Use


@dataclass(frozen=True, slots=True)
class JustifiedField:
    """One field of a query. `uses` are what the query puts it to; it may be granted others, too."""

    field: FieldRef
    meaning: str
    uses: tuple[Use, ...]
    tier: int
    why: str
    less_sensitive_alternative: str | None


def justified(uses: Iterable[FieldUse], policy: Policy, catalogue: Catalogue) -> tuple[JustifiedField, ...]:
    """Every field about people, the most sensitive first. What is public needs no reason and is left out."""
    return tuple(sorted(_justified(uses, policy, catalogue), key=lambda one: (one.tier, one.field)))


def _justified(uses: Iterable[FieldUse], policy: Policy, catalogue: Catalogue) -> Iterator[JustifiedField]:
    put_to: dict[FieldRef, set[Use]] = {}
    fields = {}
    for one in uses:
        ref = FieldRef(one.field.table, one.field.name)
        fields[ref] = one.field
        put_to.setdefault(ref, set()).update({one.use} if one.use is not None else ())
    for ref, field in fields.items():
        if catalogue.tables[ref.table].public:
            continue
        grant = policy.grant(ref.table, ref.field)
        yield JustifiedField(
            ref,
            field.description,
            tuple(sorted(put_to[ref])),
            field.tier,
            grant.why if grant is not None else "",
            grant.less_sensitive_alternative if grant is not None else None,
        )
