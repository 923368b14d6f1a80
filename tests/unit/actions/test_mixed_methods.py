"""Numbers of one version of the data by two methods, as the ledger tells them apart."""

import pytest

from enclave.actions.ledger_books import mixes_methods
from enclave.outputs.ledger import Judged, NumbersState, Reservation
from enclave.terms import ProjectId
from enclave.terms.versions import as_loaded, base_of, changed_by, method_in

PROJECT = ProjectId("P-1")


def reserved(data_version: str) -> Reservation:
    judged = Judged(0, frozenset({PROJECT}))
    return Reservation(1, 1, PROJECT, None, data_version, NumbersState.SHOWN, judged)


@pytest.mark.parametrize(
    ("before", "now", "mixed"),
    [
        ("npd-1", "npd-1", False),
        ("npd-1", "npd-1~3", False),
        ("npd-1", "npd-1~by round 5", True),
        ("npd-1~3", "npd-1~4~by round 5", True),
        ("npd-1~by round 5", "npd-1~by round 10", True),
        ("npd-1~by round 5", "npd-1~3~by round 5", False),
        ("npd-1~by round 5", "npd-1", True),
        ("npd-1", "npd-2~by round 5", False),
    ],
)
def test_two_methods_are_mixed_over_one_version_of_the_data_whoever_is_left_out(
    before: str, now: str, mixed: bool
) -> None:
    assert mixes_methods([reserved(before)], now) is mixed


@pytest.mark.parametrize("name", ["npd-1", "npd-1~3"])
def test_the_method_stands_behind_the_name_of_a_version_and_comes_off_again(name: str) -> None:
    changed = changed_by(name, "cell_key 5 3 0")
    assert (method_in(changed), as_loaded(changed), base_of(changed)) == ("cell_key 5 3 0", name, "npd-1")
    assert changed_by(name, "") == name
    assert method_in(name) == ""
