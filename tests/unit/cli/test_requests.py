"""Lines of a session, and what is made of those that cannot be read."""

import io

import pytest

from enclave.cli.batch import MOST_BYTES, Request, requests


def read(text: bytes) -> list[Request]:
    return list(requests(io.BytesIO(text)))


def test_each_line_is_one_question_in_order() -> None:
    text = b'{"id": "a", "sql": "SELECT 1"}\n\n{"id": 2, "sql": "SELECT 2"}'
    assert read(text) == [Request("a", "SELECT 1"), Request(2, "SELECT 2")]


@pytest.mark.parametrize(
    "line",
    [
        b"SELECT 1",
        b"[1]",
        b"null",
        b'{"sql": "SELECT 1"}',
        b'{"id": null, "sql": "SELECT 1"}',
        b'{"id": true, "sql": "SELECT 1"}',
        b'{"id": {"a": 1}, "sql": "SELECT 1"}',
        b'{"id": "a"}',
        b'{"id": "a", "sql": 1}',
        b'{"id": "a", "sql": "SELECT 1"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"id": "a", "sql": "' + b"x" * MOST_BYTES + b'"}',
    ],
)
def test_a_line_that_is_no_question_has_a_problem_and_the_next_line_is_read(line: bytes) -> None:
    bad, good = read(line + b'\n{"id": "next", "sql": "SELECT 1"}\n')
    assert bad.problem is not None
    assert bad.problem.code == "not-a-request"
    assert good == Request("next", "SELECT 1")


def test_the_id_of_a_line_without_sql_comes_back() -> None:
    assert [request.id for request in read(b'{"id": "a"}\n{"id": 7, "sql": null}\n')] == ["a", 7]


def test_the_longest_line_that_is_read_ends_exactly_at_the_limit() -> None:
    frame = b'{"id": 1, "sql": ""}\n'
    longest = frame.replace(b'""', b'"' + b"x" * (MOST_BYTES - len(frame)) + b'"')
    assert [request.problem for request in read(longest)] == [None]


def test_a_line_may_choose_checkers() -> None:
    assert read(b'{"id": 1, "sql": "SELECT 1", "route": "checkers"}') == [
        Request(1, "SELECT 1", route="checkers")
    ]
    (unread,) = read(b'{"id": 1, "sql": "SELECT 1", "route": ["none"]}')
    assert (unread.sql, unread.problem is None) == (None, False)
