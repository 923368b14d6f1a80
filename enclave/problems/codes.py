"""The codes of all problems that a query or a call can meet."""

from collections.abc import Iterator

from enclave.problems import http, queries, runs, service
from enclave.problems.base import Problem

KINDS = (http, queries, runs, service)  # their problems are known once they are read


def problem_codes() -> frozenset[str]:
    """Every code that a problem of the product can have."""
    return frozenset(kind.code for kind in _kinds(Problem) if getattr(kind, "code", None))


def _kinds(kind: type[Problem]) -> Iterator[type[Problem]]:
    for narrower in kind.__subclasses__():
        yield narrower
        yield from _kinds(narrower)
