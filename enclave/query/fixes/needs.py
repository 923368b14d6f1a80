"""What it would take, where no change of the query is known, or where more than the query can change."""

from enclave.problems import Problem
from enclave.terms import Fix

_NEEDS = {
    "not-a-query": "Write one SELECT; `enclave fields` lists tables and fields",
    "syntax": "Write it as DuckDB reads it",
    "too-complex": "Ask in several queries",
    "unknown-table": "`enclave fields` lists the tables of the project",
    "unknown-field": "`enclave fields` lists the fields of the project",
    "function-not-allowed": "The reference pages say what may be used, and what to write for the rest",
    "individual-rows": "Aggregate: count, average or sum over groups of people",
    "mixes-people": "Aggregate by group first, then join, rank or compare the groups",
    "value-of-one-person": "Take a mean, a quantile or a count of a group",
    "chooses-rows": "Choose people by a condition on their fields; limit the answer after it is aggregated",
    "encodes-people": "Group by each field by itself, and put the results together in the answer",
    "purpose-not-permitted": "It takes a project whose purpose the catalogue names for the field",
    "project-ended": "It takes an amendment of the project with new dates and its review",
    "accreditation-expired": "It takes what is missing to be in force and recorded; access opens by itself then",
    "not-on-project": "It takes the lead researcher to ask for the person to be added",
}
_KEPT = frozenset({"field-not-granted", "field-use", "year-not-in-project"})
"""Where an amendment of the project is a way too, whatever the query could be changed to."""


def finished(problem: Problem, tried: tuple[Fix, ...]) -> tuple[Fix, ...]:
    """What is offered in the end: changes that were tried; else advice, and at the least what it would take."""
    advice = tuple(fix for fix in problem.fixes if not fix.edits)
    if tried:
        return (*tried, *(advice if problem.code in _KEPT else ()))
    return advice or (Fix(_NEEDS[problem.code]),) if problem.code in _NEEDS else advice
