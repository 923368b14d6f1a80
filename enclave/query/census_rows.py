"""Where and when the units of a leaf stand, for leaves over summaries and unions too.

A person's own summary and a UNION ALL show no census of their own. Their members are listed with the censuses of the
rows that they are made of: a summary is joined back to these rows by all its keys, and each side of a union brings its
own. So a count of people by a summary is compared with the same people counted row by row.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from enclave.query.leaves import Leaf
from enclave.query.people_rendering import PeopleRenderer
from enclave.query.people_rows import Kept, Linked, Rows_, Stacked, Summary, Windowed
from enclave.query.relations import JoinKind, Scalar, Scan
from enclave.query.rendering import From, aliased, joined, named
from enclave.query.standing import CLUSTER, PART, census_ids, every_scan, part_field, people_scans


@dataclass(frozen=True, slots=True)
class Standing:
    """Rows of people, and the columns (of the members table) that say where and when their units stand."""

    rows: From
    columns: Mapping[str, Scalar]


def standing_scan(leaf: Leaf) -> Scan | None:
    """The table whose rows say in which cluster a unit of the leaf stands."""
    rows, cluster = leaf.people.relation, leaf.people.cluster
    scans = list(people_scans(rows))
    if not scans:
        return next((scan for scan in first_scans(rows) if scan.table.cluster is not None), None)
    return next((scan for scan in scans if cluster in scan.columns.values()), None)


def ids_below(rows: Rows_) -> frozenset[str]:
    """Column ids that `with_standing` reads, where no table's own columns can be read above."""
    if any(True for _ in people_scans(rows)):
        return frozenset()
    found = frozenset(id for summary in _summaries(rows) for id, _ in summary.keys)
    for scan in every_scan(rows):
        found |= frozenset(census_ids(scan)) | frozenset(_places(scan).values())
    return found


def with_standing(rows: Rows_, renderer: PeopleRenderer) -> Standing | None:
    """The rows with the columns that say where and when their units stand; None where a side of them says nothing."""
    scan = next(iter(people_scans(rows)), None)
    if scan is not None:
        found: dict[str, Scalar] = {f"w{place}": named(id) for place, id in enumerate(census_ids(scan))}
        return Standing(
            renderer.source(rows), found | {name: named(id) for name, id in _places(scan).items()}
        )
    match rows:
        case Kept():
            below = with_standing(rows.source, renderer)
            if below is not None:
                below.rows.where.append(renderer.scalar(rows.condition))
            return below
        case Linked():
            return _linked(rows, renderer)
        case Windowed():
            return _windowed(rows, renderer)
        case Summary():
            return _summary(rows, renderer)
        case Stacked():
            return _stacked(rows, renderer)
        case _:
            return None


def _places(scan: Scan) -> dict[str, str]:
    """The columns of cluster and part, where the table has them."""
    if scan.table.cluster is None:
        return {}
    found = {CLUSTER: scan.columns[scan.table.cluster.by]}
    part = part_field(scan)
    return found if part is None else {**found, PART: scan.columns[part]}


def first_scans(rows: Rows_) -> Iterator[Scan]:
    """The tables that `with_standing` reads its columns of."""
    first = next(iter(people_scans(rows)), None)
    if first is not None:
        yield first
        return
    match rows:
        case Kept() | Windowed() | Summary():
            yield from first_scans(rows.source)
        case Linked():
            yield from first_scans(_sides(rows)[0])
        case Stacked():
            yield from first_scans(rows.left)
        case _:
            return


def _summaries(rows: Rows_) -> Iterator[Summary]:
    match rows:
        case Summary():
            yield rows
            yield from _summaries(rows.source)
        case Kept() | Windowed():
            yield from _summaries(rows.source)
        case Linked() | Stacked():
            yield from _summaries(rows.left)
            yield from _summaries(rows.right)
        case _:
            return


def _linked(rows: Linked, renderer: PeopleRenderer) -> Standing | None:
    """The side with people in it, joined with the other. Rows of nobody are no members, so no join must keep them."""
    one, other, keeps = _sides(rows)
    if rows.kind is JoinKind.FULL and any(True for _ in every_scan(other)):
        return _full(rows, renderer)
    below = with_standing(one, renderer)
    if below is not None:
        item = renderer.subselect(renderer.source(other).select(renderer.all_columns(other)))
        condition = None if rows.condition is None else renderer.scalar(rows.condition)
        plain = JoinKind.CROSS if condition is None else JoinKind.INNER
        below.rows.joins.append(joined(item, JoinKind.LEFT if keeps else plain, condition))
    return below


def _full(rows: Linked, renderer: PeopleRenderer) -> Standing | None:
    """Both sides have people, and keep those without a match: each stands where the first side that has them says."""
    left, right = with_standing(rows.left, renderer), with_standing(rows.right, renderer)
    if left is None or right is None or rows.condition is None:
        return None
    one = _exported(left, renderer.all_columns(rows.left), renderer)
    item, there = _subselect(right, renderer.all_columns(rows.right), renderer)
    one.rows.joins.append(joined(item, JoinKind.FULL, renderer.scalar(rows.condition)))
    columns = {
        name: [found[name] for found in (one.columns, there) if name in found]
        for name in _names(one.columns, there)
    }
    return Standing(
        one.rows,
        {name: exp.Coalesce(this=first, expressions=rest) for name, (first, *rest) in columns.items()},
    )


def _names(*sides: Mapping[str, Scalar]) -> list[str]:
    """The columns that any side has: years and terms first, in their order."""
    return sorted(
        {name for side in sides for name in side}, key=lambda name: (not name.startswith("w"), name)
    )


def _sides(rows: Linked) -> tuple[Rows_, Rows_, bool]:
    """The side with people in it, the other, and whether the first keeps rows without a match.

    Where both have people, the left one; the right one where it keeps its rows and the left does not.
    """
    has_people = any(True for _ in every_scan(rows.left))
    if has_people and not (rows.kind is JoinKind.RIGHT and any(True for _ in every_scan(rows.right))):
        return rows.left, rows.right, rows.kind in (JoinKind.LEFT, JoinKind.FULL)
    return rows.right, rows.left, rows.kind in (JoinKind.RIGHT, JoinKind.FULL)


def _windowed(rows: Windowed, renderer: PeopleRenderer) -> Standing | None:
    below = with_standing(rows.source, renderer)
    if below is None:
        return None
    columns = [*renderer.all_columns(rows.source), *renderer.windows(rows)]
    return _exported(below, columns, renderer)


def _summary(rows: Summary, renderer: PeopleRenderer) -> Standing | None:
    """The summary, joined back to the rows of each group: keys may be null, so by IS NOT DISTINCT FROM."""
    below = with_standing(rows.source, renderer)
    if below is None:
        return None
    prefix = renderer.alias()
    keys = {f"{prefix}_{id}": renderer.scalar(scalar) for id, scalar in rows.keys}
    places = {name: f"{prefix}_{name}" for name in below.columns}
    columns = [aliased(scalar, name) for name, scalar in keys.items()]
    columns += [aliased(below.columns[name], id) for name, id in places.items()]
    made = below.rows.select(columns)
    made.set("distinct", exp.Distinct())
    matches = [
        exp.NullSafeEQ(this=named(id), expression=named(name))
        for (id, _), name in zip(rows.keys, keys, strict=True)
    ]
    source = renderer.source(rows)
    source.joins.append(joined(renderer.subselect(made), JoinKind.INNER, exp.and_(*matches, copy=False)))
    return Standing(source, {name: named(id) for name, id in places.items()})


def _stacked(rows: Stacked, renderer: PeopleRenderer) -> Standing | None:
    """Each side brings where its rows stand; what only one of them knows is not known of the rows of the other."""
    left, right = with_standing(rows.left, renderer), with_standing(rows.right, renderer)
    if left is None or right is None:
        return None
    prefix = renderer.alias()
    places = {name: f"{prefix}_{name}" for name in _names(left.columns, right.columns)}
    used = [one for one in rows.columns if one[0] in renderer.used] or list(rows.columns[:1])
    one = left.rows.select(
        [aliased(renderer.scalar(scalar), id) for id, scalar, _ in used]
        + [aliased(left.columns.get(name, exp.Null()), id) for name, id in places.items()]
    )
    other = right.rows.select(
        [aliased(renderer.scalar(scalar), id) for id, _, scalar in used]
        + [aliased(right.columns.get(name, exp.Null()), id) for name, id in places.items()]
    )
    union = exp.Union(this=one, expression=other, distinct=False)
    return Standing(From(renderer.subselect(union)), {name: named(id) for name, id in places.items()})


def _exported(below: Standing, columns: list[exp.Expr], renderer: PeopleRenderer) -> Standing:
    """The rows as a subquery that shows these columns and where its units stand."""
    item, places = _subselect(below, columns, renderer)
    return Standing(From(item), places)


def _subselect(
    below: Standing, columns: list[exp.Expr], renderer: PeopleRenderer
) -> tuple[exp.Expr, dict[str, Scalar]]:
    prefix = renderer.alias()
    places = {name: f"{prefix}_{name}" for name in below.columns}
    select = below.rows.select([*columns, *(aliased(below.columns[name], id) for name, id in places.items())])
    return renderer.subselect(select), {name: named(id) for name, id in places.items()}
