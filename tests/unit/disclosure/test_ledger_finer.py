"""Where no group has several codes in use in a year, each says the same as its code: all of a field, or none."""

import pytest

from enclave.disclosure.ledger.finer import Finer, FinerCode, in_finer_words
from enclave.disclosure.ledger.worlds import ListedCode

SUPPORT = Finer(
    '"t.group"',
    '"t.support"',
    (
        FinerCode(ListedCode("'N'", None, None), "'none'"),
        FinerCode(ListedCode("'A'", None, 2013), "'some'"),
        FinerCode(ListedCode("'P'", None, 2013), "'some'"),
        FinerCode(ListedCode("'K'", 2014, None), "'some'"),
    ),
)


@pytest.mark.parametrize(
    ("text", "years", "said"),
    [
        ("\"t.group\" = 'some'", ["2024/25"], "\"t.support\" IN ('K')"),
        ("\"t.group\" IN ('some')", ["2024/25"], "\"t.support\" IN ('K')"),
        ("\"t.group\" = 'none'", ["2012/13"], "\"t.group\" = 'none'"),
        ("\"t.group\" = 'some'", ["2025"], "\"t.support\" IN ('K')"),
        ("\"t.group\" = 'some'", ["2012/13"], "\"t.group\" = 'some'"),
        ("\"t.group\" = 'some'", ["2013/14", "2014/15"], "\"t.group\" = 'some'"),
        ("\"t.group\" = 'other'", ["2024/25"], "\"t.group\" = 'other'"),
        ("NOT \"t.group\" = 'some'", ["2024/25"], "NOT \"t.support\" IN ('K')"),
        ("\"t.group\" IN ('some', 'none')", ["2024/25"], "\"t.support\" IN ('K', 'N')"),
        ("\"t.group\" = 'some'", ["-"], "\"t.group\" = 'some'"),
        ('"t.meals"', ["2024/25"], '"t.meals"'),
    ],
)
def test_where_each_group_has_one_code_in_use_it_is_that_code(text: str, years: list[str], said: str) -> None:
    assert in_finer_words(frozenset([text]), [SUPPORT], years) == {said}
