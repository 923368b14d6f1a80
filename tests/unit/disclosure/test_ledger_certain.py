"""What numbers with hidden conditions add up to in every world, and what only as it happens."""

from collections.abc import Mapping

import numpy as np
import pytest

from enclave.disclosure.ledger.certain import adds_up_always
from enclave.disclosure.ledger.hidden_conditions import Condition, condition_of


def same(*times: tuple[int, tuple[str, ...]]) -> bool:
    """Whether numbers of one visible population, each so many times, always add up to nothing."""
    seen = np.ones((len(times), 1), dtype=np.bool_)
    return adds_up_always([often for often, _ in times], [frozenset(texts) for _, texts in times], seen)


@pytest.mark.parametrize(
    ("text", "field", "values", "inside"),
    [
        ("\"t.f\" = 'yes'", '"t.f"', {"'yes'"}, True),
        ("\"t.f\" <> 'yes'", '"t.f"', {"'yes'"}, False),
        ("NOT \"t.f\" = 'yes'", '"t.f"', {"'yes'"}, False),
        ("NOT (\"t.f\" = 'it''s')", '"t.f"', {"'it''s'"}, False),
        ("\"t.f\" IN ('K', 'E')", '"t.f"', {"'K'", "'E'"}, True),
        ('NOT "t.f" IN (1, -2.5)', '"t.f"', {"1", "-2.5"}, False),
        ('"t.f" = None', '"t.f"', {"NULL"}, True),
        ('NOT ("t.f" IS NULL)', '"t.f"', {"NULL"}, False),
        ('"t.f" = False', '"t.f"', {"FALSE"}, True),
        ('"t.f"', '"t.f"', {"TRUE"}, True),
        ('NOT "t.f"', '"t.f"', {"FALSE"}, True),
        ('"t.f" <> FALSE', '"t.f"', {"TRUE"}, True),
        ('NOT ("t.f" IS TRUE)', '"t.f"', {"TRUE"}, False),
        ("CASE WHEN \"t.f\" > 3 THEN 'a' END = 'a'", "CASE WHEN \"t.f\" > 3 THEN 'a' END", {"'a'"}, True),
    ],
)
def test_a_plain_comparison_is_read(text: str, field: str, values: set[str], inside: bool) -> None:
    assert condition_of(text) == Condition(field, frozenset(values), inside)


@pytest.mark.parametrize(
    "text",
    [
        '"t.f" = "t.g"',
        '"t.f" = 1 OR "t.g" = 2',
        'NOT "t.f" OR "t.g"',
        'NOT ("t.f") OR ("t.g")',
        '"t.f" <= 3',
        "\"t.f\" || 'x' = 'yx'",
        'CASE WHEN "t.f" THEN 1 END = 1 OR CASE WHEN "t.g" THEN 2 END = 2',
    ],
)
def test_any_other_text_is_true_or_not(text: str) -> None:
    assert condition_of(text) == Condition(text, frozenset(["TRUE"]), inside=True)


YES, NO, NOT_YES = "\"t.f\" = 'yes'", "\"t.f\" = 'no'", "\"t.f\" <> 'yes'"
LOW = '"t.g" <= 3'


@pytest.mark.parametrize(
    "times",
    [
        [(1, (YES,)), (-1, (YES,))],
        [(1, ()), (-1, (YES,)), (-1, (NO,))],
        [(1, ()), (-1, (YES,)), (-1, (NOT_YES,))],
        [(1, (LOW,)), (-1, (LOW, YES)), (-1, (LOW, NO))],
        [(1, ()), (-1, (LOW,)), (-1, (f"NOT ({LOW})",))],
        [(1, ()), (-1, (YES, LOW)), (-1, (NO, LOW)), (-1, (f"NOT ({LOW})",))],
        [(1, ("\"t.f\" IN ('yes', 'no')",)), (-1, (YES,)), (-1, (NO,))],
        [(2, (YES,)), (-1, ()), (1, (NO,)), (-1, (YES,))],
    ],
)
def test_wholes_and_their_parts_are_certain(times: list[tuple[int, tuple[str, ...]]]) -> None:
    assert same(*times)


@pytest.mark.parametrize(
    "times",
    [
        [(1, (YES,))],
        [(1, ()), (-1, (YES,))],
        [(1, ()), (-1, (NOT_YES,))],
        [(1, (YES,)), (-1, (NO,))],
        [(1, ()), (-1, ("\"t.f\" IN ('yes', 'no')",))],
        [(1, (NOT_YES,)), (-1, (NO,))],
        [(1, (YES,)), (-1, (YES, LOW))],
        [(1, ()), (-1, (YES, LOW)), (-1, (NO,))],
        [(1, ()), (-1, (YES,)), (-1, ('"t.f" = "t.g"',))],
    ],
)
def test_that_nobody_is_somewhere_is_not_certain(times: list[tuple[int, tuple[str, ...]]]) -> None:
    assert not same(*times)


def test_every_visible_person_has_to_be_counted_for_nothing() -> None:
    often: Mapping[str, int] = {"all": 1, "yes": -1, "no": -1}
    hidden = [frozenset[str](), frozenset([YES]), frozenset([NO])]
    seen = np.array([[True, True], [True, True], [True, False]])
    assert not adds_up_always(list(often.values()), hidden, seen)
    seen[2, 1] = True
    assert adds_up_always(list(often.values()), hidden, seen)


def test_more_worlds_than_can_be_tried_are_not_certain() -> None:
    many = tuple(f'"t.f{place}" <= 3' for place in range(17))
    assert not same((1, many), (1, (YES,)), (-1, (YES,)), (-2, ()), (1, ()))
    assert same((1, many), (-1, many))
