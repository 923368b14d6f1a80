"""GROUP BY: positions, aliases, ALL, ROLLUP, CUBE and GROUPING SETS as one list of keys and of sets of them."""

from dataclasses import dataclass
from itertools import combinations, product

from sqlglot import exp

from enclave.problems import SyntaxProblem, TooComplex
from enclave.query.expressions import Binder
from enclave.query.lifting import has_aggregate, has_window
from enclave.query.relations import Scalar
from enclave.query.scopes import Work
from enclave.query.stars import Item

MOST_SETS = 64


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The keys, bound; `sets` are positions of keys per grouping set, None for one set of all keys."""

    keys: tuple[Scalar, ...]
    sets: tuple[tuple[int, ...], ...] | None
    grouped: bool


def read_groups(
    tree: exp.Select, items: list[Item], bound: list[Scalar], binder: Binder, work: Work
) -> Groups | None:
    """The groups of a SELECT, or None without GROUP BY."""
    clause = tree.args.get("group")
    if clause is None:
        return None
    if clause.args.get("all"):
        plain = [scalar for scalar in bound if not has_aggregate(scalar) and not has_window(scalar)]
        return Groups(tuple(_unique(plain)), None, grouped=True)
    reader = _Reader(items, bound, binder, work, [])
    choices = [reader.element(element) for element in clause.expressions]
    simple = all(len(choice) == 1 for choice in choices)
    sets = tuple(_merged(chosen) for chosen in product(*choices)) if not simple else None
    if sets is not None and len(sets) > MOST_SETS:
        raise TooComplex(detail=f"The query has more than {MOST_SETS} grouping sets.")
    if sets is not None and len({frozenset(one) for one in sets}) < len(sets):
        raise SyntaxProblem(
            detail="GROUP BY has the same grouping set twice, which would give every row of it twice.",
            spans=(work.span(clause),),
        )
    _only_rows(reader.keys, work)
    if simple and any(isinstance(element, exp.GroupingSets) for element in clause.expressions):
        sets = (_merged(tuple(choice[0] for choice in choices)),)
    return Groups(tuple(reader.keys), sets, grouped=True)


@dataclass(slots=True)
class _Reader:
    items: list[Item]
    bound: list[Scalar]
    binder: Binder
    work: Work
    keys: list[Scalar]

    def element(self, node: exp.Expr) -> list[tuple[int, ...]]:
        """The sets that one element of GROUP BY stands for."""
        match node:
            case exp.Rollup():
                parts = [self._composite(part) for part in node.expressions]
                return [_merged(tuple(parts[:length])) for length in range(len(parts), -1, -1)]
            case exp.Cube():
                parts = [self._composite(part) for part in node.expressions]
                return [
                    _merged(chosen)
                    for size in range(len(parts), -1, -1)
                    for chosen in combinations(parts, size)
                ]
            case exp.GroupingSets():
                return [one for part in node.expressions for one in self._set(part)]
            case exp.Tuple():
                return [self._composite(node)]
            case _:
                return [(self._key(node),)]

    def _set(self, node: exp.Expr) -> list[tuple[int, ...]]:
        if isinstance(node, exp.Rollup | exp.Cube | exp.GroupingSets):
            return self.element(node)
        return [self._composite(node)]

    def _composite(self, node: exp.Expr) -> tuple[int, ...]:
        if isinstance(node, exp.Tuple):
            return _merged(tuple((self._key(part),) for part in node.expressions))
        return (self._key(node),)

    def _key(self, node: exp.Expr) -> int:
        scalar = self._bound(node.this if isinstance(node, exp.Paren) else node)
        if scalar in self.keys:
            return self.keys.index(scalar)
        self.keys.append(scalar)
        return len(self.keys) - 1

    def _bound(self, node: exp.Expr) -> Scalar:
        if isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit():
            position = int(node.name)
            if 1 <= position <= len(self.bound):
                return self.bound[position - 1].copy()
            self.work.problems.append(
                SyntaxProblem(
                    detail=f"GROUP BY {position} is not one of the {len(self.bound)} columns.",
                    spans=(self.work.span(node),),
                )
            )
        return self.binder.bind(node)


def _only_rows(keys: list[Scalar], work: Work) -> None:
    if any(has_aggregate(key) or has_window(key) for key in keys):
        work.problems.append(SyntaxProblem(detail="GROUP BY cannot contain an aggregate or a window."))


def _merged(parts: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(position for part in parts for position in part))


def _unique(scalars: list[Scalar]) -> list[Scalar]:
    unique: list[Scalar] = []
    for scalar in scalars:
        if scalar not in unique:
            unique.append(scalar)
    return unique
