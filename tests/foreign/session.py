"""A session of foreign statements over a deployment of canaries, and what is found of it that should not be there."""

import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from tests.foreign.statements import Foreign, statements
from tests.support.canary_scan import Scanner
from tests.support.canary_world import canary_home
from tests.support.commands import quiet_environment
from tests.support.service import ASKS, THIS

PLANTED = "QXfile00001ZV"
"""In every file that a statement could read; no answer may have it."""
PROBES = (
    "SELECT sex, count(*) AS n, sum(stay) / 7 AS s FROM patient GROUP BY 1 ORDER BY 1 DESC",
    "SELECT region FROM hospital UNION ALL SELECT NULL ORDER BY 1",
    "SELECT 1 / 3 AS a, 7 // 2 AS b, 'a' < 'B' AS c, 'x' = 'X' AS d, TIMESTAMP '2024-01-01 00:00:00' AS t",
)
"""What a changed setting would change: asked at the start, now and then, and at the end."""
PROBE_EVERY = 500
STATUSES = frozenset({"released", "held", "refused", "failed"})
ENGINE = re.compile(
    r"duckdb\.|_duckdb|sqlglot|nanobind|traceback|/site-packages/|\bLINE \d|candidate (?:functions|bindings)"
    r"|(?:binder|parser|catalog|conversion|invalid input|io|permission|out of range|constraint|not implemented|internal"
    r"|serialization) (?:error|exception)|referenced column|no files found|extension|pg_catalog|information_schema",
    re.IGNORECASE,
)
"""Words that an engine says of a statement. A reader's own words may come back."""


_MOST_TOLD = 1_000


@dataclass
class Found:
    """A session that is over, and what is wrong with it."""

    asked: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def report(self) -> str:
        lines = [
            f"{self.asked} statements: {dict(self.statuses)}",
            f"codes: {dict(self.codes.most_common())}",
        ]
        return "\n".join(
            [*lines, f"kinds: {dict(self.kinds)}", f"wrong: {len(self.wrong)}", *self.wrong[:_MOST_TOLD]]
        )


def run(folder: Path, most: int) -> Found:
    """Ask so many statements in one session of `enclave batch`, and look at everything afterwards."""
    root, canaries = canary_home(folder / "world")
    planted, out, here = folder / "planted", folder / "out", folder / "here"
    for each in (planted, out, here):
        each.mkdir()
    _plant(planted)
    kept = [root / "policies", root / "data", planted, out, here]
    before = files(kept)
    asked = list(_with_probes(statements(most, planted=str(planted), out=str(out))))
    ended = _batch(root, here, asked)
    found = read_lines(asked, ended.stdout, Scanner(canaries | {PLANTED}))
    if ended.returncode:
        found.wrong.append(f"the session ended with {ended.returncode}: {ended.stderr[-500:]}")
    found.wrong += [f"the session said beside its answers: {ended.stderr[:500]}"] if ended.stderr else []
    found.wrong += [f"a file was touched: {path}" for path in changed(before, files(kept))]
    return found


def _plant(folder: Path) -> None:
    for name in ("planted.csv", "planted.txt"):
        (folder / name).write_text(f"a,b\n{PLANTED},1\n")
    (folder / "planted.json").write_text(json.dumps([{"a": PLANTED}]))
    with duckdb.connect(str(folder / "planted.duckdb")) as connection:
        connection.execute(f"CREATE TABLE t AS SELECT '{PLANTED}' AS a")
        connection.execute(f"COPY t TO '{folder}/planted.parquet' (FORMAT parquet)")


def _with_probes(asked: Iterator[Foreign]) -> Iterator[Foreign]:
    for number, one in enumerate(asked):
        if number % PROBE_EVERY == 0:
            yield from (Foreign("probe", sql) for sql in PROBES)
        yield one
    yield from (Foreign("probe", sql) for sql in PROBES)


def _batch(root: Path, here: Path, asked: Sequence[Foreign]) -> subprocess.CompletedProcess[str]:
    given = "".join(json.dumps({"id": number, "sql": one.sql}) + "\n" for number, one in enumerate(asked))
    words = ["batch", "--home", str(root), "--project", THIS, "--as", ASKS, "--ledger", "session"]
    return subprocess.run(
        [sys.executable, "-m", "enclave.cli.main", *words],
        input=given,
        cwd=here,
        env=quiet_environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def files(folders: Sequence[Path]) -> dict[str, str]:
    """Every file below, by what is in it."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "a folder"
        for folder in folders
        for path in folder.rglob("*")
    }


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def read_lines(asked: Sequence[Foreign], said: str, scanner: Scanner) -> Found:
    """Hold every line against what was asked."""
    found, lines = Found(), said.splitlines()
    if len(lines) != len(asked):
        found.wrong.append(f"{len(lines)} lines for {len(asked)} statements")
    probes: dict[str, Any] = {}
    for number, (one, line) in enumerate(zip(asked, lines, strict=False)):
        found.asked += 1
        found.kinds[one.kind] += 1
        answer = json.loads(line)
        found.statuses[str(answer.get("status"))] += 1
        problem = answer.get("problem") or {}
        found.codes[str(problem.get("code"))] += 1
        found.wrong += [f"{one.sql!r}: {what}" for what in _amiss(number, one, answer, line, scanner)]
        if one.kind == "probe" and probes.setdefault(one.sql, _told(answer)) != _told(answer):
            found.wrong.append(f"{one.sql!r}: another answer than at the start: {line[:300]}")
    return found


def _told(answer: dict[str, Any]) -> object:
    return {name: value for name, value in answer.items() if name != "id"}


def _amiss(number: int, one: Foreign, answer: dict[str, Any], line: str, scanner: Scanner) -> Iterator[str]:
    if answer.get("id") != number:
        yield f"answered as {answer.get('id')}"
    if answer.get("status") not in STATUSES:
        yield f"ended as {answer.get('status')}"
    if (answer.get("problem") or {}).get("code") in ("fault", "timeout", "out-of-memory"):
        yield f"ended with {answer['problem']['code']}"
    if one.kind == "probe" and answer.get("status") != "released":
        yield f"a probe is not answered: {line[:300]}"
    said = re.sub(rf'"id": ?{number}\b', '"id"', line, count=1)  # its own number, which may be like a canary
    canaries = {word for word in scanner.found(said.encode()) if word.lower() not in one.sql.lower()}
    if canaries:
        yield f"canaries {sorted(canaries)[:5]}"
    problem = answer.get("problem") or {}
    words = f"{problem.get('title')} {problem.get('detail')} {[fix.get('title') for fix in problem.get('fixes') or ()]}"
    theirs = {
        word[0] for word in ENGINE.finditer(_others(words, one)) if word[0].lower() not in one.sql.lower()
    }
    if theirs:
        yield f"the engine's words {sorted(theirs)}: {words[:300]}"


def _others(words: str, one: Foreign) -> str:
    """What is said without the statement's own words: the dot behind a name in it ends our sentence."""
    for own in sorted(set(re.findall(r"""[^\s"'();,]+""", one.sql)), key=len, reverse=True):
        words = words.replace(own, " ")
    return words
