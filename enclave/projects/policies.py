"""From a project and its house to the policy in force: each limit the stricter of the two."""

from collections.abc import Mapping

from enclave.projects.files import ProjectFile, TableGrantEntry
from enclave.projects.load import dominance_of, project_of, route_of
from enclave.projects.model import (
    Allowance,
    Dominance,
    FieldGrant,
    House,
    Method,
    Policy,
    Route,
    Routes,
    Rules,
    TableGrant,
)
from enclave.terms import Use

Rows = Mapping[str, Mapping[str, tuple[str, ...]] | None]


def policy_of(
    entry: ProjectFile,
    house: House,
    *,
    rows: Rows,
    content_hash: str,
    organisations: frozenset[str] = frozenset(),
) -> Policy:
    """What is in force for a project without errors.

    Args:
        rows: its row restrictions by table, as values of fields.
        organisations: the kinds of organisation on it: its own, and those of its people.
    """
    consent_of = organisations & house.consent_required
    return Policy(
        project=project_of(entry),
        house=house,
        grants={table.name: _grant(table, rows.get(table.name)) for table in entry.data.tables},
        rules=_rules(entry, house.rules),
        routes=_looked_at(_routes(entry, house)) if consent_of else _routes(entry, house),
        max_cells=min(entry.release.max_cells or house.max_cells, house.max_cells),
        allowance=_allowance(entry, house),
        content_hash=content_hash,
        consent_of=consent_of,
    )


def _looked_at(routes: Routes) -> Routes:
    """Numbers of consenting units stand beside those of everybody, which others publish: a checker looks at each."""
    one = Route(1)
    return Routes(max(routes.ordinary, one), max(routes.tier_1, one), max(routes.off_cut_points, one))


def _grant(entry: TableGrantEntry, rows: Mapping[str, tuple[str, ...]] | None) -> TableGrant:
    everything = entry.fields == "all"
    fields = [] if isinstance(entry.fields, str) else entry.fields
    return TableGrant(
        table=entry.name,
        years=tuple(str(year) for year in entry.years) if entry.years is not None else None,
        rows=rows,
        fields={
            field.name: FieldGrant(
                table=entry.name,
                field=field.name,
                uses=frozenset(Use(use) for use in field.use),
                why=field.why,
                less_sensitive_alternative=field.less_sensitive_alternative,
            )
            for field in fields
        },
        all_fields=everything,
    )


def _rules(entry: ProjectFile, floor: Rules) -> Rules:
    asked = entry.disclosure
    return Rules(
        min_units=max(asked.min_units or 0, floor.min_units),
        min_clusters=max(asked.min_clusters or 0, floor.min_clusters),
        dominance=_dominance(dominance_of(asked.dominance), floor.dominance)
        if asked.dominance
        else floor.dominance,
        residual_degrees_of_freedom=max(
            asked.residual_degrees_of_freedom or 0, floor.residual_degrees_of_freedom
        ),
        quantile_nearest=floor.quantile_nearest,
        quantile_points_per_population=floor.quantile_points_per_population,
        method=floor.method if asked.method is None else Method(asked.method),
        rounding_base=max(asked.rounding_base or 0, floor.rounding_base),
        cell_key=floor.cell_key,
    )


def _dominance(asked: Dominance, floor: Dominance) -> Dominance:
    return Dominance(
        n=max(asked.n, floor.n),
        k_percent=min(asked.k_percent, floor.k_percent),
        p_percent=max(asked.p_percent, floor.p_percent),
    )


def _routes(entry: ProjectFile, house: House) -> Routes:
    asked = entry.release
    ordinary = (
        house.routes.ordinary if asked.route is None else max(route_of(asked.route), house.routes.ordinary)
    )
    tier_1 = house.routes.tier_1 if asked.tier_1_route is None else route_of(asked.tier_1_route)
    return Routes(ordinary, max(tier_1, ordinary), max(house.routes.off_cut_points, ordinary))


def _allowance(entry: ProjectFile, house: House) -> Allowance:
    if entry.allowance is None:
        return house.allowance
    return Allowance(
        min(entry.allowance.queries_per_day, house.allowance.queries_per_day),
        min(entry.allowance.cells_per_day, house.allowance.cells_per_day),
    )
