"""What a checker must know of numbers that a method changed: which method, how far, and whether totals still add up.

Small cells are no business of a method: they are hidden as without one. The line says so, since a rounded table looks
safe by itself.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from enclave.outputs.checking.words import Words, counted


def changed_by_method(report: Mapping[str, Any], called: Words) -> tuple[str, ...]:
    """Which method, with its settings, and that cells on few are hidden all the same."""
    method, few = report["method"], report["rules"]["min_units"]
    off = (
        f"A count of {called.units} is off by {method['at_most']:,} at most, one of their rows in proportion"
    )
    small = f"Cells of fewer than {counted(few, called.unit, called.units)} are hidden, as without it"
    none = f"; no count is 1 to {method['none_up_to']}" if method["none_up_to"] else ""
    return method["words"], off, f"{small}{none}"


def altered(one: Mapping[str, Any]) -> Iterator[str]:
    """How far one number of a table was changed, and what became of its totals."""
    shown = counted(one["shown"], "number")
    if one["greatest"] is None:
        yield f"{one['number']}: {shown} shown; how far so few were changed would tell them"
    else:
        far = f"{one['greatest']:g}" if one["counted"] else f"{100 * one['greatest']:.1f}%"
        share = round(100 * one["changed"] / one["shown"])
        yield f"{one['number']}: {one['changed']:,} of {shown} changed ({share}%), none by more than {far}"
    if one["totals"]:
        yield f"{one['number']}: {_totals(one['totals'], one['totals_out'])}"


def _totals(totals: int, out: int) -> str:
    if not out:
        return (
            "its total is the sum of its parts"
            if totals == 1
            else f"all {totals:,} totals are sums of their parts"
        )
    return (
        f"{out:,} of {counted(totals, 'total')} {'is' if out == 1 else 'are'} not the sum of the parts beside"
    )
