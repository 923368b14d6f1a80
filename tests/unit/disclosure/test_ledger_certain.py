"""What numbers with hidden conditions add up to in every world, and what only as it happens."""

from collections.abc import Mapping

import numpy as np
import pytest

from enclave.disclosure.ledger.certain import adds_up_always
from enclave.disclosure.ledger.hidden_conditions import Condition, condition_of
from enclave.disclosure.ledger.worlds import FieldCodes, ListedCode, Worlds

FIELDS = {
    "t.f": FieldCodes((ListedCode("'yes'"), ListedCode("'no'")), nulls=False),
    "t.g": FieldCodes(None, nulls=False),
    "t.h": FieldCodes((ListedCode("'yes'"), ListedCode("'no'")), nulls=True),
    "t.three": FieldCodes(
        (ListedCode("'yes'"), ListedCode("'no'"), ListedCode("'old'", None, 2013)), nulls=False
    ),
    "t.b": FieldCodes((ListedCode("TRUE"), ListedCode("FALSE")), nulls=False),
}


def same(*times: tuple[int, tuple[str, ...]], years: tuple[str, ...] = ()) -> bool:
    """Whether numbers of one visible population, each so many times, always add up to nothing."""
    seen = np.ones((len(times), 1), dtype=np.bool_)
    hidden = [frozenset(texts) for _, texts in times]
    return adds_up_always([often for often, _ in times], hidden, seen, Worlds(FIELDS.get, years))


@pytest.mark.parametrize(
    ("text", "field", "values", "inside"),
    [
        ("\"t.f\" = 'yes'", '"t.f"', {"'yes'"}, True),
        ("\"t.f\" <> 'yes'", '"t.f"', {"'yes'", "NULL"}, False),
        ("NOT \"t.f\" = 'yes'", '"t.f"', {"'yes'", "NULL"}, False),
        ("NOT (\"t.f\" <> 'yes')", '"t.f"', {"'yes'"}, True),
        ('NOT (NOT ("t.f" IS NULL))', '"t.f"', {"NULL"}, True),
        ("NOT (\"t.f\" = 'it''s')", '"t.f"', {"'it''s'", "NULL"}, False),
        ("\"t.f\" IN ('K', 'E')", '"t.f"', {"'K'", "'E'"}, True),
        ('NOT "t.f" IN (1, -2.5)', '"t.f"', {"1", "-2.5", "NULL"}, False),
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
        '"t.f" = NULL',
        "\"t.f\" || 'x' = 'yx'",
        'CASE WHEN "t.f" THEN 1 END = 1 OR CASE WHEN "t.g" THEN 2 END = 2',
    ],
)
def test_any_other_text_is_true_or_not(text: str) -> None:
    assert condition_of(text) == Condition(text, frozenset(["TRUE"]), inside=True)


YES, NO, NOT_YES = "\"t.f\" = 'yes'", "\"t.f\" = 'no'", "\"t.f\" <> 'yes'"
LOW = '"t.g" <= 3'
H_YES, H_NO, H_NONE = "\"t.h\" = 'yes'", "\"t.h\" = 'no'", '"t.h" = None'
LEVEL = "CASE WHEN \"t.g\" > 3 THEN 'a' ELSE 'b' END"
OPEN = "CASE WHEN \"t.g\" > 3 THEN 'a' END"


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
        [(1, ()), (-1, (H_YES,)), (-1, (H_NO,)), (-1, (H_NONE,))],
        [(1, ('NOT ("t.h" IS NULL)',)), (-1, (H_YES,)), (-1, ("\"t.h\" <> 'yes'",))],
        [(1, ()), (-1, ('"t.b"',)), (-1, ('NOT "t.b"',))],
        [(1, ()), (-1, (f"{LEVEL} = 'a'",)), (-1, (f"{LEVEL} = 'b'",))],
        [(1, ()), (-1, (f"{OPEN} = 'a'",)), (-1, (f"{OPEN} = None",))],
        [(1, (NOT_YES,)), (-1, (NO,))],
        [(1, ()), *[(-1, (f"\"t.three\" = '{one}'",)) for one in ("yes", "no", "old")]],
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
        [(1, ()), (-1, ("\"t.unlisted\" IN ('yes', 'no')",))],
        [(1, ("\"t.unlisted\" <> 'yes'",)), (-1, ("\"t.unlisted\" = 'no'",))],
        [(1, ("\"t.three\" <> 'yes'",)), (-1, ("\"t.three\" = 'no'",))],
        [(1, (YES,)), (-1, (YES, LOW))],
        [(1, ()), (-1, (YES, LOW)), (-1, (NO,))],
        [(1, ()), (-1, (YES,)), (-1, ('"t.f" = "t.g"',))],
        [(1, ()), (-1, (H_YES,)), (-1, (H_NO,))],
        [(1, ()), (-1, (H_YES,)), (-1, ("\"t.h\" <> 'yes'",))],
        [(1, ()), (-1, ("\"t.three\" = 'yes'",)), (-1, ("\"t.three\" = 'no'",))],
        [(1, ()), (-1, ("\"t.unlisted\" = 'yes'",)), (-1, ("\"t.unlisted\" = 'no'",))],
        [(1, ()), (-1, ('"t.h" <= 3',)), (-1, ('NOT ("t.h" <= 3)',))],
        [(1, ()), (-1, ('log("t.g") <= 3',)), (-1, ('NOT (log("t.g") <= 3)',))],
        [(1, ()), (-1, (f"{OPEN} = 'a'",))],
    ],
)
def test_that_nobody_is_somewhere_is_not_certain(times: list[tuple[int, tuple[str, ...]]]) -> None:
    assert not same(*times)


def test_a_code_that_is_not_in_use_in_the_years_asked_about_is_no_world() -> None:
    two = [(-1, (f"\"t.three\" = '{one}'",)) for one in ("yes", "no")]
    assert same((1, ()), *two, years=("2014/15", "2022/23"))
    assert not same((1, ()), *two, years=("2013/14", "2014/15"))
    assert not same((1, ()), *two, years=("2014/15", "no year"))


def test_every_visible_person_has_to_be_counted_for_nothing() -> None:
    often: Mapping[str, int] = {"all": 1, "yes": -1, "no": -1}
    hidden = [frozenset[str](), frozenset([YES]), frozenset([NO])]
    seen = np.array([[True, True], [True, True], [True, False]])
    assert not adds_up_always(list(often.values()), hidden, seen, Worlds(FIELDS.get))
    seen[2, 1] = True
    assert adds_up_always(list(often.values()), hidden, seen, Worlds(FIELDS.get))


def test_more_worlds_than_can_be_tried_are_not_certain() -> None:
    many = tuple(f'"t.f{place}" <= 3' for place in range(17))
    assert not same((1, many), (1, (YES,)), (-1, (YES,)), (-2, ()), (1, ()))
    assert same((1, many), (-1, many))
