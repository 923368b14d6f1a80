"""Windows over a unit's own rows: row_number, lag, first_value and aggregates with the key in PARTITION BY.

Each is a new base column of the same rows, made of the unit's own values alone. It keeps what it was made of, as a
person's summary does: its conditions and selectors are windows of their own beside it. Rows that ORDER BY leaves equal
are told apart by the columns of the table's structure, so that a question asked twice has one answer.

Limit: rows that are alike in all of these too come in the engine's order; so do equal rows for last_value and nth_value
over a RANGE, where they stand in one frame.
"""

from dataclasses import replace

from sqlglot import exp

from enclave.catalogue.model import Field, RowCondition
from enclave.problems import EncodesPeople, FunctionNotAllowed, MixesPeople, ValueOfOnePerson
from enclave.query.aggregates import is_aggregate
from enclave.query.conditions import bands, fields_in, paths, selectors
from enclave.query.cutting import Cutting, arguments, population_fields
from enclave.query.disjunctions import conditions_in, has_branches
from enclave.query.exclusions import excludes
from enclave.query.functions import lookup
from enclave.query.grain import Conditional, Need
from enclave.query.inside import KEY_LINKS, digits_in, has_measure
from enclave.query.own_values import are_plain, made_of, most_degrees, order_objections, own_objections
from enclave.query.people_rows import FLOATING, Base, People, Size, Windowed
from enclave.query.products import products
from enclave.query.relations import Given, Scalar, column, column_id, column_ids
from enclave.query.sizes import SUM_DIGITS, size_of
from enclave.query.store_view import structure
from enclave.query.summaries import only_codes, own_base, own_terms, with_witnesses, witness
from enclave.terms import Span

Made = tuple[str, Scalar, Base]

_RANKS = frozenset({"row_number", "rank", "dense_rank", "rank_dense", "percent_rank", "cume_dist"})
_SHARES = frozenset({"percent_rank", "cume_dist"})
_VALUES = frozenset({"lag", "lead", "first_value", "last_value", "nth_value"})


def is_own(window: exp.Window, people: People) -> bool:
    """Whether the window looks at the rows of one unit alone."""
    return any(people.key_ids(part) for part in window.args.get("partition_by") or ())


def own_history(cut: Cutting, window: exp.Window, people: People) -> tuple[People, str]:
    """The rows with the window as a further base column, and its id."""
    _of_one_unit(cut, window, people)
    _without_key(cut, window, people)
    for part in _parts(window):
        if not people.key_ids(part):
            cut.check_condition(part, people)
    for objection in order_objections(window, people):
        cut.object(objection)
    id = cut.new_column("window", Given())
    placed = _in_one_order(cut, window, people)
    base, beside = _base(cut, id, window, people)
    made: list[Made] = [(id, placed, base)]
    made += [(one, _over(placed, scalar), found) for one, scalar, found in beside]
    bases = {one: found for one, _, found in made}
    cut.bases.update(bases)
    rows = Windowed(people.relation, tuple((one, scalar) for one, scalar, _ in made))
    return replace(
        people,
        relation=rows,
        bases={**people.bases, **bases},
        conditional=(*people.conditional, *_first_of(id, window, people)),
        nullable=people.nullable | ({id} if _name(window) in _VALUES else set()),
    ), id


def _of_one_unit(cut: Cutting, window: exp.Window, people: People) -> None:
    """In a partition of rows without a key, or of rows that a public table copies, stand more than one person's."""
    keys = [part for part in window.args["partition_by"] if people.key_ids(part)]
    if all(column_ids(key) & people.nullable for key in keys):
        raise MixesPeople(
            detail="After this outer join the key may be missing, and everybody without one would be in one "
            "partition. Use the key of the table that keeps all its rows.",
            spans=(cut.span(window),),
        )
    refuse_branches(people, cut.span(window))
    if people.copied or people.correlations:
        raise FunctionNotAllowed(
            detail="A window over a person's own rows comes first: put it in a WITH, and join or compare the result.",
            spans=(cut.span(window),),
        )


def _without_key(cut: Cutting, window: exp.Window, people: People) -> None:
    """The key of a person's own row is a number: compared with another it would choose people. It is counted only."""
    if _name(window) == "count":
        return
    if any(people.key_ids(part) for part in arguments(window.this)):
        raise ValueOfOnePerson(detail=KEY_LINKS, spans=(cut.span(window),))


def refuse_branches(people: People, span: Span) -> None:
    """Conditions that the ledger judges branch by branch must stand where it finds them: not below this."""
    for condition in conditions_in(people.relation):
        if has_branches(condition, people) or excludes(condition, people):
            raise EncodesPeople(
                detail="A condition with OR, or one that leaves out people by several fields, stands below a window or "
                "a UNION here, where its branches cannot be judged one by one. Put it into the query around it.",
                spans=(span,),
            )


def _name(window: exp.Window) -> str:
    call = window.this.this if isinstance(window.this, exp.Filter) else window.this
    function = lookup(call)
    return function.name if function is not None else ""


def _parts(window: exp.Window) -> list[Scalar]:
    """The scalars which the window evaluates on rows."""
    inner = [part for part in arguments(window.this) if not isinstance(part, exp.Star)]
    return [*inner, *(window.args.get("partition_by") or ()), *_ordered(window)]


def _ordered(window: exp.Window) -> list[Scalar]:
    order = window.args.get("order")
    return [part.this for part in order.expressions] if order is not None else []


def _base(cut: Cutting, id: str, window: exp.Window, people: People) -> tuple[Base, list[Made]]:
    """What the window is, and the columns that keep what went into it."""
    fields = population_fields(people).union(*(fields_in(part, people) for part in _parts(window)))
    name = _name(window)
    if is_aggregate(window.this.this if isinstance(window.this, exp.Filter) else window.this):
        for objection in own_objections(window.this, people):
            cut.object(objection)
        base, beside = with_witnesses(cut, own_base(id, window.this, people), window.this, people)
        return replace(base, fields=base.fields | fields), beside
    if name in _RANKS:
        size = FLOATING if name in _SHARES else _count_size()
        base = Base(
            id, fields, None, False, False, False, boolean=False, conditioned=True, counts=True, size=size
        )
        compared = any(has_measure(part, people) for part in _ordered(window))
        told = made_of(_ordered(window), people)
        return replace(base, plain=not compared, inner_bands=(id,) if compared else (), made_of=told), []
    if name in _VALUES:
        return _value(cut, id, window, people, fields)
    raise FunctionNotAllowed(
        detail="Over a person's own rows are offered row_number, rank, dense_rank, percent_rank, cume_dist, lag, lead, "
        "first_value, last_value, nth_value and every aggregate.",
        spans=(cut.span(window),),
    )


def _count_size() -> Size:
    return Size(FLOATING.most + 10**SUM_DIGITS, 0, "BIGINT")


def _value(
    cut: Cutting, id: str, window: exp.Window, people: People, fields: frozenset[Field]
) -> tuple[Base, list[Made]]:
    """A value of another row of the same unit: what its argument is there."""
    argument, *others = arguments(window.this)
    if any(not isinstance(part, exp.Literal) or part.is_string for part in others) or len(others) > 1:
        raise FunctionNotAllowed(
            detail="The offset of a window function is a whole number, without a default: use COALESCE around it.",
            spans=(cut.span(window),),
        )
    source = people.bases.get(column_id(argument) or "")
    made: list[Made] = []
    inner_paths = []
    for path in paths(argument, people):
        met: Scalar = exp.Coalesce(this=path.condition.copy(), expressions=[exp.false()])
        for name, condition in (("met", met), ("unmet", exp.Not(this=met.copy()))):
            made.append(_beside(cut, name, window, condition, people, boolean=True))
            inner_paths.append(made[-1][0])
    inner_selectors = []
    for one in selectors(argument, people):
        made.append(_beside(cut, "selected", window, one.value, people, boolean=False))
        inner_selectors.append(made[-1][0])
    inner_bands = []
    for one in bands(argument, products(argument, people), people):
        made.append(_beside(cut, "band", window, one.value, people, boolean=False))
        inner_bands.append(made[-1][0])
    inner_terms = []
    for term in own_terms(argument, people):
        made.append(_beside(cut, "term", window, term, people, boolean=False))
        inner_terms.append(made[-1][0])
    base = Base(
        id,
        fields,
        None if source is None or source.field is None else replace(source.field, never_null=False),
        code=only_codes(argument, people),
        public=False,
        key=False,
        boolean=source is not None and source.boolean,
        conditioned=bool(inner_paths) or (source is not None and source.conditioned),
        counts=source is not None and source.counts,
        literal=source is not None and source.literal,
        inner_paths=tuple(inner_paths),
        inner_selectors=tuple(inner_selectors),
        size=size_of(argument, people.bases),
        inner_terms=tuple(inner_terms),
        inner_bands=tuple(inner_bands),
        degree=most_degrees([argument], people),
        plain=are_plain([argument], people),
        digits=digits_in([argument], people),
        made_of=made_of([argument], people),
    )
    return base, made


def _beside(
    cut: Cutting, name: str, window: exp.Window, value: Scalar, people: People, *, boolean: bool
) -> Made:
    """The same function of another value."""
    call = window.this.copy()
    call.set("this", value.copy())
    return witness(cut, name, call, fields_in(value, people), boolean=boolean)


def _over(window: exp.Window, call: Scalar) -> exp.Window:
    """Another function over the same rows."""
    made = window.copy()
    made.set("this", call.copy())
    return made


def _in_one_order(cut: Cutting, window: exp.Window, people: People) -> exp.Window:
    """The window, its order made whole where the order of equal rows would tell."""
    made = window.copy()
    if not _goes_by_place(window):
        return made
    order = window.args.get("order")
    parts: list[Scalar] = [part.copy() for part in order.expressions] if order is not None else []
    used = [*(part.this for part in parts), *(window.args.get("partition_by") or ())]
    more = [column(id) for id in _structure(cut, people) if column(id) not in used]
    parts += [exp.Ordered(this=one, desc=False, nulls_first=False) for one in more]
    if parts:
        made.set("order", exp.Order(expressions=parts))
    return made


def _goes_by_place(window: exp.Window) -> bool:
    """Whether the window tells rows apart that ORDER BY leaves equal. A RANGE takes equal rows together."""
    spec = window.args.get("spec")
    if spec is not None and str(spec.args.get("kind")).upper() == "ROWS":
        return True
    whole_start = spec is None or str(spec.args.get("start")).upper() == "UNBOUNDED"
    name = _name(window)
    return name in ("row_number", "lag", "lead") or (name == "first_value" and whole_start)


def _structure(cut: Cutting, people: People) -> list[str]:
    """The columns by which rows of one unit are told apart, in a fixed order."""
    tables = cut.authorised.resolved.catalogue.tables
    found = []
    for id, base in people.bases.items():
        field = base.field
        if field is None or base.public or base.key:
            continue
        table = tables[field.table]
        if table.unit is not None and field.name in structure(table):
            found.append(id)
    return sorted(found, key=lambda id: int(id[1:]))


def _first_of(id: str, window: exp.Window, people: People) -> tuple[Conditional, ...]:
    """The first row of each partition: one for every value of PARTITION BY."""
    parts = [people.bare(part) for part in window.args["partition_by"]]
    if _name(window) != "row_number" or any(part is None for part in parts):
        return ()
    columns = frozenset(part for part in parts if part is not None)
    return (Conditional(columns, (Need(id, RowCondition(field="", equals=1)),)),)
