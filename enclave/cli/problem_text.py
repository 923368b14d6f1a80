"""A refusal on a terminal: the client's own words, for problems that did not come over HTTP."""

from collections.abc import Sequence

from enclave.actions.answer_json import problems_json
from enclave.client import rendering
from enclave.client.told import told
from enclave.problems import Problem


def refusal_text(problems: Sequence[Problem], sql: str) -> str:
    """All problems of one query, each at its place, then the query with every fix that fits made."""
    return rendering.refusal_text(told(problems_json(problems)), sql)
