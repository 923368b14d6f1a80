"""A running service with something in every state, and the pages that show it: what tests in a browser look at.

Names are as long and as hostile as people may write them. Each area adds its pages to `pages_of`.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2

from synthetic_data.questions import ABSENCE, CHECKERS, NEEDS, PROJECT, RESEARCHER

LEAD: Final = "lead-researcher@northbridge.example"
HOSTILE: Final = "\"'><img src=x onerror=alert(1)><script>alert(1)</script>&amp;{{7*7}}"
LONG: Final = "Absence" + "x" * 193
MISTAKEN: Final = "SELECT la_code, surname, count(*) AS pupils FROM school_census_pupil GROUP BY 1, 2"
WIDE: Final = (
    "SELECT la_code, ethnic_group_major, fsm_eligible, count(*) AS pupils FROM school_census_pupil "
    "WHERE academic_year = '2023/24' AND term = 'SPR' AND record_status < 100 GROUP BY ALL"
)
"""As many cells as a table may have without a checker, nearly."""
TREND: Final = (
    "SELECT academic_year, ethnic_group_major, count(*) AS pupils FROM school_census_pupil "
    "WHERE term = 'SPR' AND record_status < 100 GROUP BY ALL"
)
"""Over years: lines, and years before the census that are not applicable."""
HOSTILE_SQL: Final = (
    "SELECT region AS \"<script>alert(1)</script>\", '<img src=x onerror=alert(1)>' AS note, count(*) AS n "
    "FROM school GROUP BY 1, 2 /* </textarea></pre><script>alert(1)</script> */"
)


def call_a_code_so(home: Path, code_set: str, code: str, label: str) -> None:
    """The policy files of a home call a code otherwise."""
    path = home / "policies/catalogue/codes.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        changed = ([*row[:2], label, *row[3:]] if row[:2] == [code_set, code] else row for row in rows)
        csv.writer(file, lineterminator="\n").writerows(changed)


class Caller:
    """Somebody who calls the API."""

    def __init__(self, url: str, person: str) -> None:
        token = httpx2.post(f"{url}/dev/token", json={"persona": person}).json()["access_token"]
        self._api = f"{url}/api/v1"
        self._headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> httpx2.Response:
        return httpx2.get(f"{self._api}{path}", headers=self._headers, timeout=120)

    def post(self, path: str, body: object = None, **headers: str) -> httpx2.Response:
        sent: dict[str, Any] = {} if body is None else {"json": body}
        return httpx2.post(f"{self._api}{path}", headers={**self._headers, **headers}, timeout=120, **sent)

    def asks(self, sql: str, name: str, route: str = "ordinary") -> dict[str, Any]:
        """A query, at its end."""
        body = {"project": PROJECT, "sql": sql, "name": name, "route": route}
        found: dict[str, Any] = self.post("/queries", body, Prefer="wait=60").json()
        return found

    def asks_release(self, query: str, why: str) -> str:
        return str(self.post("/outputs", {"query": query, "why": why}).json()["id"])

    def votes(self, output: str, verdict: str, comment: str = "") -> httpx2.Response:
        review = self.get(f"/outputs/{output}/review")
        body = {"verdict": verdict, "comment": comment, "hashes": review.json()["hashes"]}
        answer = self.post(f"/outputs/{output}/reviews", body, **{"If-Match": review.headers["ETag"]})
        assert answer.status_code < 300, answer.text
        return answer


@dataclass(frozen=True)
class Seeded:
    """The ids of what was made, by the state it is in."""

    url: str
    released: str
    hostile: str
    wide: str
    trend: str
    waiting: str
    returned: str
    withdrawn: str
    done: str
    refused: str

    @property
    def pages(self) -> dict[str, tuple[str, ...]]:
        """Addresses by who looks at them; nobody is ``."""
        return {person: tuple(pages) for person, pages in _pages(self)}


@dataclass(frozen=True)
class Words:
    """What people wrote: a name of an ordinary query, a very long one, a reason and a question."""

    name: str
    long: str
    why: str
    comment: str


HOSTILE_WORDS: Final = Words(HOSTILE, LONG, HOSTILE, f"Why so fine? {HOSTILE}")
PLAIN_WORDS: Final = Words(
    "SEN type by region",
    "SEN type by region",
    "Table 2 of the working paper",
    "Are regions enough, without authorities?",
)


def seed(url: str, words: Words = HOSTILE_WORDS) -> Seeded:
    """Something in every state, over the API alone."""
    researcher, checkers = Caller(url, RESEARCHER), [Caller(url, one) for one in CHECKERS]
    refused = researcher.asks(MISTAKEN, words.name)["query"]
    released = researcher.asks(ABSENCE.sql, ABSENCE.name)["output"]
    wide = researcher.asks(WIDE, "Pupils by authority, ethnic group and free school meals")["output"]
    trend = researcher.asks(TREND, "Pupils by year and ethnic group")["output"]
    hostile = researcher.asks(HOSTILE_SQL, words.name)["output"]
    outputs = {}
    for state, name in (("waiting", words.long), ("returned", words.name), ("withdrawn", words.name)):
        query = researcher.asks(NEEDS.sql, name)["id"]
        outputs[state] = researcher.asks_release(query, words.why)
    for checker in checkers:
        checker.votes(outputs["returned"], "return", words.comment)
    researcher.post(f"/outputs/{outputs['withdrawn']}/withdraw")
    done = researcher.asks(NEEDS.sql, NEEDS.name)["id"]
    researcher.post("/saved-queries", {"project": PROJECT, "name": words.long, "sql": HOSTILE_SQL})
    return Seeded(
        url=url,
        released=released,
        hostile=hostile,
        wide=wide,
        trend=trend,
        done=done,
        refused=refused,
        **outputs,
    )


def _pages(seeded: Seeded) -> Iterator[tuple[str, list[str]]]:
    project = f"/projects/{PROJECT}"
    yield (
        "",
        [
            "/",
            "/sign-in",
            "/nowhere",
            "/problems/field-not-granted",
            "/register",
            "/register?search=absence",
            f"/register/{PROJECT}",
            "/methods",
        ],
    )
    done = [f"/checking/past/{part}" for part in ("released", "returned", "over")]
    yield CHECKERS[0], ["/checking", "/checking/keys", f"/checking/{seeded.waiting}", *done, "/you"]
    yield (
        RESEARCHER,
        [
            "/projects",
            project,
            f"{project}/fields",
            f"{project}/fields?find=nothing-like-it",
            f"{project}/fields/school_census_pupil/fsm_eligible",
            f"{project}/query",
            f"{project}/query?from={seeded.refused}",
            f"{project}/query?saved=S-1",
            f"{project}/saved",
            f"{project}/history",
            f"{project}/changes?before={seeded.refused}&after={seeded.done}",
            f"{project}/outputs",
            f"/queries/{seeded.refused}",
            f"/queries/{seeded.done}",
            *(
                f"/outputs/{id}"
                for id in (
                    seeded.released,
                    seeded.hostile,
                    seeded.wide,
                    seeded.waiting,
                    seeded.returned,
                    seeded.withdrawn,
                )
            ),
            f"/outputs/{seeded.trend}",
            f"/outputs/{seeded.wide}?kind=points",
            f"/outputs/{seeded.trend}?kind=grouped+bars",
            "/you",
            "/outputs/O-999",
        ],
    )
