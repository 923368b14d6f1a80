"""Problems that were written down, as problems again: whoever asks twice is told twice, in the same words."""

from collections.abc import Iterator, Mapping
from typing import Any

import enclave.problems.service  # noqa: F401 - so that its problems are known by their codes
from enclave.problems import Problem
from enclave.terms import Edit, Fix, Span


def problems_of(kept: Mapping[str, Any]) -> tuple[Problem, ...]:
    """The problems in what `problems_json` made: the gravest first."""
    return tuple(_problem(one) for one in (kept, *kept.get("others", ())))


def _problem(kept: Mapping[str, Any]) -> Problem:
    kind = _kinds()[kept["code"]]
    return kind(
        detail=kept["detail"],
        spans=tuple(Span(**span) for span in kept["spans"]),
        fixes=tuple(Fix(fix["title"], tuple(Edit(**edit) for edit in fix["edits"])) for fix in kept["fixes"]),
    )


def _kinds() -> Mapping[str, type[Problem]]:
    return {kind.code: kind for kind in _below(Problem)}


def _below(kind: type[Problem]) -> Iterator[type[Problem]]:
    for narrower in kind.__subclasses__():
        yield narrower
        yield from _below(narrower)
