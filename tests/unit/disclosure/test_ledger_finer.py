"""A code whose group has no other code in use in a year says the same as the group."""

import pytest

from enclave.disclosure.ledger.finer import Finer, FinerCode, in_finer_words

SUPPORT = Finer(
    '"t.group"',
    '"t.support"',
    (
        FinerCode("'N'", "'none'", None, None),
        FinerCode("'A'", "'some'", None, 2013),
        FinerCode("'P'", "'some'", None, 2013),
        FinerCode("'K'", "'some'", 2014, None),
    ),
)


@pytest.mark.parametrize(
    ("text", "years", "said"),
    [
        ("\"t.group\" = 'some'", ["2024/25"], "\"t.support\" = 'K'"),
        ("\"t.group\" IN ('some')", ["2024/25"], "\"t.support\" = 'K'"),
        ("\"t.group\" = 'none'", ["2012/13"], "\"t.support\" = 'N'"),
        ("\"t.group\" = 'some'", ["2025"], "\"t.support\" = 'K'"),
        ("\"t.group\" = 'some'", ["2012/13"], "\"t.group\" = 'some'"),
        ("\"t.group\" = 'some'", ["2013/14", "2014/15"], "\"t.group\" = 'some'"),
        ("\"t.group\" = 'other'", ["2024/25"], "\"t.group\" = 'other'"),
        ("NOT \"t.group\" = 'some'", ["2024/25"], "NOT \"t.group\" = 'some'"),
        ("\"t.group\" IN ('some', 'none')", ["2024/25"], "\"t.group\" IN ('some', 'none')"),
        ("\"t.group\" = 'some'", ["-"], "\"t.group\" = 'some'"),
        ('"t.meals"', ["2024/25"], '"t.meals"'),
    ],
)
def test_a_group_with_one_code_in_use_is_that_code(text: str, years: list[str], said: str) -> None:
    assert in_finer_words(frozenset([text]), [SUPPORT], years) == {said}
