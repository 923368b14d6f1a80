"""What analysts are told of queries that are refused: where, why, and what would be accepted instead.

Every change that is offered was tried, and is tried here again.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from enclave.actions.answer_json import problems_json, stopped_json
from enclave.cli.problem_text import refusal_text
from enclave.client.problems import REFUSALS, problem_of
from enclave.client.told import mended, told
from enclave.problems import Problem
from enclave.terms import Span
from enclave.web.problem_json import problem_response
from tests.spec.reference import FOLDER, refusals_page
from tests.support.refused import Asker, RefusedQuery, asker, refused_queries

QUERIES = refused_queries()
OFFERED = 0.8  # of all refused queries come with a change that makes them acceptable


@dataclass(frozen=True)
class Told:
    """A query and all that its asker was told."""

    query: RefusedQuery
    problems: tuple[Problem, ...]

    @property
    def better(self) -> str:
        """The query as the client mends it: the first change of each problem."""
        return mended(told(problems_json(self.problems)), self.query.sql)

    @property
    def complete(self) -> bool:
        """Whether every problem came with a change."""
        return all(any(fix.edits for fix in problem.fixes) for problem in self.problems)


@pytest.fixture(scope="module")
def ask() -> Iterator[Asker]:
    with asker() as made:
        yield made


@pytest.fixture(scope="module")
def answers(ask: Asker) -> dict[str, Told]:
    return {query.name: Told(query, ask.problems(query)) for query in QUERIES}


def test_the_corpus_has_a_hundred_queries_and_every_code_of_a_refusal() -> None:
    assert len(QUERIES) >= 100
    assert len({query.name for query in QUERIES}) == len(QUERIES)
    assert {code for query in QUERIES for code, _ in query.expected} == REFUSALS


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_all_problems_are_told_at_once_each_at_its_own_words(
    query: RefusedQuery, answers: dict[str, Told]
) -> None:
    found = [
        (problem.code, tuple(span.text for span in problem.spans)) for problem in answers[query.name].problems
    ]
    assert sorted(found) == sorted(query.expected)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_place_is_where_the_words_are(query: RefusedQuery, answers: dict[str, Told]) -> None:
    for problem in answers[query.name].problems:
        for span in problem.spans:
            assert span == Span.of(query.sql, span.start, span.end)
            assert 0 <= span.start < span.end <= len(query.sql)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_query_whose_every_problem_has_a_change_is_accepted_with_them(
    query: RefusedQuery, answers: dict[str, Told], ask: Asker
) -> None:
    found = answers[query.name]
    if found.complete:
        assert ask.problems(query, found.better) == ()


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_each_change_that_is_offered_mends_its_problem_and_brings_no_other(
    query: RefusedQuery, answers: dict[str, Told], ask: Asker
) -> None:
    problems = answers[query.name].problems
    for problem in problems:
        for fix in (fix for fix in problem.fixes if fix.edits):
            left = ask.problems(query, fix.apply(query.sql))
            assert {one.code for one in left} <= {one.code for one in problems}
            assert (problem.code, problem.detail) not in {(one.code, one.detail) for one in left}
            if len(problems) == 1:
                assert left == ()


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_the_terminal_the_service_and_the_client_use_the_same_words(
    query: RefusedQuery, answers: dict[str, Told]
) -> None:
    problems = answers[query.name].problems
    over_http = json.loads(bytes(problem_response(problems, request_id="R-1").body))
    in_a_session = stopped_json(problems, status="refused")["problem"]
    words = refusal_text(problems, query.sql)
    assert str(problem_of(over_http, status=422, sql=query.sql)) == words
    assert str(problem_of(in_a_session, status=422, sql=query.sql)) == words


def test_the_page_of_refused_queries_is_what_is_told_now(answers: dict[str, Told]) -> None:
    """To write it anew: python -m tests.spec.reference."""
    made = refusals_page([(found.query, found.problems) for found in answers.values()])
    assert (FOLDER / "refused-queries.md").read_text(encoding="utf-8") == made


def test_a_change_is_offered_for_four_in_five(answers: dict[str, Told]) -> None:
    offered = [name for name, found in answers.items() if found.complete]
    assert len(offered) >= OFFERED * len(QUERIES)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_problem_without_a_change_says_what_it_would_take(
    query: RefusedQuery, answers: dict[str, Told]
) -> None:
    for problem in answers[query.name].problems:
        assert problem.fixes, problem.code
        assert all(fix.title for fix in problem.fixes)
