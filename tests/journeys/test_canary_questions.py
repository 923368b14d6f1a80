"""Hundreds of questions ask for an error, a cast or a name that would repeat somebody's value. None does, anywhere.

The same texts then go straight to a worker, as if there were no gate: its failures say a code and nothing more.
"""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from enclave.engines.duckdb import wire
from enclave.engines.duckdb.session import Session
from enclave.engines.duckdb.spec import FailureCode, WorkerSpec
from enclave.engines.duckdb.worker import _answer, _Work
from enclave.wiring.session import session_of
from tests.support.canary_hostile import CLASSES, hostile
from tests.support.canary_scan import Scanner
from tests.support.canary_world import canary_home
from tests.support.commands import enclave
from tests.support.service import ASKS, THIS
from tests.unit.engines.tools import job_of

QUESTIONS = tuple(hostile())


@dataclass(frozen=True)
class Asked:
    """What the session's process said, and its home afterwards."""

    home: Path
    scanner: Scanner
    said: bytes
    answers: list[dict[str, Any]]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    home, planted = canary_home(tmp_path_factory.mktemp("canaries"))
    given = "".join(json.dumps({"id": id, "sql": sql}) + "\n" for id, (_, sql) in enumerate(QUESTIONS))
    ended = enclave("batch", "--home", home, "--project", THIS, "--as", ASKS, given=given)
    assert ended.returncode == 0, ended.stderr
    said = (ended.stdout + ended.stderr).encode()
    return Asked(home, Scanner(planted), said, [json.loads(line) for line in ended.stdout.splitlines()])


def test_each_question_is_answered_or_refused_and_none_fails(asked: Asked) -> None:
    assert [answer["id"] for answer in asked.answers] == list(range(len(QUESTIONS)))
    ends = Counter(answer["status"] for answer in asked.answers)
    assert ends.keys() == {"released", "held", "refused"}
    assert ends["released"] + ends["held"] > 60
    assert len(QUESTIONS) > 400
    assert min(Counter(name for name, _ in QUESTIONS)[name] for name in CLASSES) >= 20


def test_no_canary_is_in_what_a_session_says_or_leaves_behind(asked: Asked) -> None:
    assert asked.scanner.found(asked.said) == set()
    kept = {
        path: path.read_bytes()
        for path in asked.home.rglob("*")
        if path.is_file() and "keys" not in path.parts and asked.home / "data" not in path.parents
    }
    assert {path.name for path in kept} >= {"enclave.db", "checkpoint"}
    assert {path: found for path, text in kept.items() if (found := asked.scanner.found(text))} == {}


def test_no_file_is_left_in_any_folder_of_a_worker(asked: Asked) -> None:
    assert [path.name for path in (asked.home / "state/workers").rglob("*")] == ["lock"]


def test_straight_at_a_worker_they_fail_with_a_code_and_nothing_else(asked: Asked, tmp_path: Path) -> None:
    """The worker's own edge, in this process: a worker that failed is replaced, and hundreds of them take long."""
    spec = _spec(asked.home)
    session = Session(wire.read_setting(wire.write_setting(spec, tmp_path)))
    failed: Counter[bytes] = Counter()
    for number, (_, sql) in enumerate(QUESTIONS):
        request = wire.read_request(wire.write_request(job_of(sql), number))
        kind, payload = _answer(session, _Work(request, ()))
        failed[bytes(payload) if kind == wire.ERROR else b""] += 1
    assert failed[b"failed"] > 150
    assert failed.keys() <= {b"", *(code.encode() for code in FailureCode)}


def _spec(home: Path) -> WorkerSpec:
    session = session_of(home, project=THIS, person=ASKS, at="2026-11-26T12:00:00Z")
    policy = session.policies.policy(session.project)
    assert policy is not None
    return session.store.worker_spec(policy)
