"""The lists of people below a question, where somebody of the project reaches only who has consented."""

import hashlib
from collections.abc import Collection, Mapping
from typing import Protocol

import pyarrow as pa

from enclave.actions.plan_query import Planned
from enclave.projects import Policy
from enclave.query.standing_lists import COLUMNS

NO_UNITS = pa.table({name: pa.array([], pa.int32()) for name, _ in COLUMNS})
MARK = 16


class Consenting(Protocol):
    """Who may be reached where a consent is needed."""

    def __call__(self, policy: Policy, tables: Collection[str], /) -> Mapping[str, pa.Table]:
        """The lists below these tables, by the names of their inputs, as they are at this moment.

        Raises:
            ConsentBase: too few have consented, or too few have not.
        """
        ...


def nobody(_policy: Policy, _tables: Collection[str]) -> Mapping[str, pa.Table]:
    """Where no consents are kept nobody has consented."""
    return {}


def below(planned: Planned, consenting: Consenting) -> Mapping[str, pa.Table]:
    """The lists of people below the tables of a question; none where everybody may be reached."""
    if not planned.policy.consent_of:
        return {}
    return consenting(planned.policy, planned.plan.protected.authorised.tables)


def mark_of(lists: Mapping[str, pa.Table]) -> str:
    """What tells these lists from others, as the end of a version's name: other people are another version of the data.

    So who has withdrawn does not show: a number of before is shown as it was until enough people differ.
    """
    if not lists:
        return ""
    told = hashlib.sha256()
    for name, keys in sorted(lists.items()):
        told.update(f"{name} {keys.num_rows} ".encode() + keys.column(0).to_numpy().tobytes())
    return f"~{told.hexdigest()[:MARK]}"
