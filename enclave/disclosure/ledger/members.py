"""What a leaf's *members table* holds: the contract between `query.members` and the ledger.

Beside its cells a leaf can list its members: one row per cell, unit and census, with flags that say in which numbers
the unit counts. The ledger needs it to compare populations. Column names are those of the members table.
"""

from dataclasses import dataclass

from enclave.disclosure.ledger.finer import Finer
from enclave.disclosure.ledger.numbers import Kind

UNIT = "u"


@dataclass(frozen=True, slots=True)
class Counting:
    """Who counts in a number: flags of the members table; None means every row.

    `seen` is the same without the conditions on fields whose zeros are hidden, which `hidden` names canonically. `what`
    names all conditions canonically. `elsewhere`: it depends on what changes and is told by another table than the one
    that says where and when a unit stands, so that the time of that matters too.
    """

    inside: str | None
    seen: str | None
    what: str
    hidden: frozenset[str] = frozenset()
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of a disjunction, or what one takes away: judged as if it were shown. `of` names the measures it is in.

    None in `of`: it is in the leaf's own conditions, so every number of the cell has it.
    """

    counting: Counting
    of: str | None


@dataclass(frozen=True, slots=True)
class MemberKey:
    """A dimension of the leaf: its column in both tables, what it is canonically, and whether its zeros are hidden.

    `kinds` of a dimension whose zeros are hidden are those that a number by it alone is of.
    """

    column: str
    text: str
    hidden: bool
    kinds: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True)
class Lifetime:
    """At most `most` different items of a group are shown over one population, all questions together."""

    group: str
    item: str
    most: int


@dataclass(frozen=True, slots=True)
class Adding:
    """Those who add anything to a sum or mean, or to one of the products in it: whose amount is not 0.

    `like` names the fields of the product: sums of the same are compared, whoever else they are about. `kind` is that
    of its systems; None where no amount is ever 0, so that these are whoever counts. `amount` is the column of the
    members table that says how much they add.
    """

    counting: Counting
    like: str
    kind: Kind | None
    fixed: bool
    amount: str


@dataclass(frozen=True, slots=True)
class MemberNumber:
    """One measure of the leaf. `what` names the statistic canonically, its argument and conditions included.

    `families` is empty for counts. `parts` are the populations that its paths split off, judged with it.
    """

    column: str
    what: str
    families: tuple[str, ...]
    kinds: tuple[Kind, ...]
    counting: Counting
    parts: tuple[Counting, ...] = ()
    lifetimes: tuple[Lifetime, ...] = ()
    adding: tuple[Adding, ...] = ()
    adds_up: bool = True  # the number of a whole is the sum of its parts', or a mean of such a one


@dataclass(frozen=True, slots=True)
class Members:
    """How to read the members table of a leaf. `tables` begin with the one that says where a unit stands.

    `definition` names the population canonically: relation, conditions and keys, without key values. `censuses` are
    the columns whose values name the census of a row; none where all kinds are fixed or there is no census. `finer`:
    hidden fields that follow from others. `standing`: how many of the census columns, the first, say when a unit stands
    where it does; None for all. `pinned`: columns that hold one text in every row, and are not in the table.
    """

    keys: tuple[MemberKey, ...]
    sets: tuple[tuple[int, ...], ...] | None
    definition: str
    unit: str
    tables: tuple[str, ...]
    kinds: tuple[Kind, ...]
    counting: Counting
    numbers: tuple[MemberNumber, ...]
    branches: tuple[Branch, ...]
    cluster: str | None
    part: str | None
    censuses: tuple[str, ...]
    finer: tuple[Finer, ...] = ()
    pinned: tuple[tuple[str, str], ...] = ()
    standing: int | None = None
