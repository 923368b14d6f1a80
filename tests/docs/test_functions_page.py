"""The page of functions is the review's own words, and the review's words are true of the gate."""

import pytest

from enclave.problems import FunctionNotAllowed, Refusals
from enclave.query.functions import REVIEWED, WRITABLE, Policy
from enclave.query.parse import parse
from tests.support.function_page import PAGE, page


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it: python -m tests.support.function_page"


def test_the_page_names_every_function_that_may_be_written() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert {name for name in WRITABLE if f"| `{name}` |" not in text} == set()


def test_only_what_may_be_written_has_rules_for_its_arguments() -> None:
    assert all(line.policy is Policy.WRITE for line in REVIEWED.values() if line.arguments)


# A call of each function with rules for its arguments which breaks them, as the gate sees it.
BROKEN = {
    "age": "age(d)",
    "approx_quantile": "approx_quantile(x, y)",
    "arg_max": "arg_max(x, y, 3)",
    "arg_min": "arg_min(x, y, 3)",
    "argmax": "argmax(x, y, 3)",
    "argmin": "argmin(x, y, 3)",
    "date_diff": "date_diff(s, d, d)",
    "date_part": "date_part(s, d)",
    "date_sub": "date_sub(s, d, d)",
    "date_trunc": "date_trunc(s, d)",
    "datediff": "datediff(s, d, d)",
    "datepart": "datepart(['year'], d)",
    "datesub": "datesub(s, d, d)",
    "datetrunc": "datetrunc(s, d)",
    "format": "format(s, x)",
    "lpad": "lpad(s, 201, '0')",
    "max": "max(x, 3)",
    "max_by": "max_by(x, y, 3)",
    "min": "min(x, 3)",
    "min_by": "min_by(x, y, 3)",
    "printf": "printf(s, x)",
    "quantile": "quantile(x, y)",
    "quantile_cont": "quantile_cont(x, y)",
    "quantile_disc": "quantile_disc(x, y)",
    "regexp_extract": "regexp_extract(s, 'a', ['x'])",
    "regexp_full_match": "regexp_full_match(s, r)",
    "regexp_matches": "regexp_matches(s, 'a', 'i')",
    "regexp_replace": "regexp_replace(s, r, '')",
    "rpad": "rpad(s, x, '0')",
    "strptime": "strptime(s, ['%Y', '%m'])",
    "try_strptime": "try_strptime(s, ['%Y', '%m'])",
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_call_beyond_the_rules_of_its_arguments_is_refused(name: str) -> None:
    assert any(line.arguments for (function, _), line in REVIEWED.items() if function == name)
    with pytest.raises(Refusals) as found:
        parse(f"SELECT {BROKEN[name]} FROM p")
    assert any(isinstance(problem, FunctionNotAllowed) for problem in found.value.problems)
