"""What would become of a question, as JSON: its shape and route for whoever asks, its SQL and proofs for admins.

Computed from the query, the policy and code lists alone.
"""

from enclave.actions.answer_json import Json, columns_json, incomplete
from enclave.actions.plan_query import Planned
from enclave.disclosure.asked import Cells, Concentration, Measure
from enclave.query.leaves import Counting
from enclave.query.plan import LeafStep, PublicStep, RemainderStep


def checked_json(planned: Planned) -> Json:
    """The route, the most cells that code lists allow (null where they do not say), and the columns."""
    route = planned.routing.route
    return {
        "status": "ok",
        "problem": None,
        "route": "automatic_if_clear" if route.automatic else {"checkers": route.checkers},
        "reasons": list(planned.routing.reasons),
        "cells": planned.cells,
        "columns": columns_json(planned.plan.columns),
        "incomplete": incomplete(planned.plan.columns),
        "advice": list(planned.advice),
    }


def explained_json(planned: Planned) -> Json:
    """Every step in the order in which it runs: its SQL, what it reads, and for a leaf what protects its numbers."""
    return checked_json(planned) | {"steps": [_step(step) for step in planned.plan.steps]}


def _step(step: LeafStep | PublicStep | RemainderStep) -> Json:
    match step:
        case LeafStep():
            return {
                "id": step.id,
                "kind": "leaf",
                "sql": step.sql,
                "inputs": list(step.inputs),
                **_protection(step),
            }
        case PublicStep():
            return {"id": step.id, "kind": "public", "sql": step.sql, "inputs": []}
        case RemainderStep():
            return {"id": step.id, "kind": "remainder", "sql": step.sql, "inputs": list(step.inputs)}


_CERTIFICATES = {
    Counting.PROOF: "one row is one unit, so count(*) is their number",
    Counting.EXCEPTIONS: "one row is one unit for most; the units with more rows are counted one by one",
    Counting.LADDER: "few rows are few units, many bits of a sketch are many; only cells between are counted exactly",
    Counting.UNITS: "units are counted exactly",
}


def _protection(step: LeafStep) -> Json:
    cells: Cells = step.cells
    return {
        "dimensions": list(cells.dimensions),
        "units": cells.units,
        "clusters": cells.clusters,
        "certificate": _CERTIFICATES[step.counting],
        "numbers": [_number(measure) for measure in cells.measures],
    }


def _number(measure: Measure) -> Json:
    """A number and the columns that decide whether it may be shown."""
    paths = [[one.domain_units, one.true_units, one.not_true_units] for one in measure.paths]
    return {
        "column": measure.column,
        "statistic": measure.statistic.value,
        "contributors": measure.contributors,
        "dominance_of_units": _concentration(measure.by_unit),
        "dominance_of_clusters": _concentration(measure.by_cluster),
        "paths": paths,
        "classes": [[one.smallest_units, one.classes] for one in measure.classes],
        "extremes": [
            [one.low_units, one.high_units, one.between_rows, one.differ] for one in measure.extremes
        ],
        "amounts": [
            [one.units, one.least, one.greatest, one.total, one.squares]
            for one in (measure.added,)
            if one is not None
        ],
    }


def _concentration(found: Concentration | None) -> list[str] | None:
    """The columns; null where nobody can dominate, or the rules do not ask."""
    if found is None:
        return None
    return [found.total, found.first, found.second, *([found.adders] if found.adders is not None else [])]
