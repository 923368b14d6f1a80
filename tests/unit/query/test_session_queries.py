"""The session that usefulness is measured on: what it must be, and that the planner accepts all of it."""

from collections import Counter

import pytest

from benchmarks.deployment import AT, PERSON, WIDE, deployment
from enclave.problems import Refusals
from enclave.wiring.session import Session, session_of
from tests.support.corpus import SessionQuery, session_queries

QUERIES = session_queries()
TOPICS = {"attainment", "absence", "exclusions", "mobility", "cohort", "sen", "eal", "fsm", "composition"}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    home = deployment(tmp_path_factory.mktemp("session"), scale="tiny")
    return session_of(home.root, project=WIDE, person=PERSON, at=AT)


def test_the_session_is_long_and_has_enough_of_every_level() -> None:
    levels = Counter(query.level for query in QUERIES)
    assert levels.keys() == {"national", "la", "school"}
    assert len(QUERIES) >= 120
    assert min(levels.values()) >= 35


def test_every_query_has_an_id_of_its_own_a_topic_and_a_title() -> None:
    assert len({query.id for query in QUERIES}) == len(QUERIES)
    assert {query.topic for query in QUERIES} == TOPICS
    assert all(query.title and query.sql for query in QUERIES)


def test_the_planner_accepts_every_query(session: Session) -> None:
    assert [found for query in QUERIES if (found := _refused(session, query)) is not None] == []


def _refused(session: Session, query: SessionQuery) -> str | None:
    try:
        session.plan(query.sql)
    except Refusals as refusals:
        return f"{query.id}: {', '.join(problem.code for problem in refusals.problems)}"
    return None
