"""One session of everybody at a gateway: what is asked, decided and looked at, and every byte that was answered."""

import io
import time
import zipfile
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.support.processes import Served
from tests.support.service import ADMIN, ASKS, CHECKERS, STRANGER, THIS

ORDINARY = (
    "SELECT sex, count(*) AS n FROM patient GROUP BY 1",
    "SELECT hospital_id, sex, insured, count(*) AS n, sum(stay) AS s, avg(weight) AS w FROM patient GROUP BY ALL",
    "SELECT region, count(DISTINCT person) n, sum(cost) c FROM patient JOIN hospital USING (hospital_id) GROUP BY 1",
    "SELECT year, sum(steps) AS s, sum(lift) AS l, count(weight) AS w FROM patient GROUP BY 1",
    "SELECT ward, count(*) AS n FROM patient GROUP BY 1",
    "SELECT case_no, born, count(*) AS n FROM patient GROUP BY 1, 2",
    "SELECT diagnosis, count(*) AS n, sum(income) AS i FROM patient GROUP BY 1",
    "SELECT note, token, at, count(*) AS n, sum(fee) AS f FROM visit GROUP BY ALL",
    "SELECT v.visit_no, p.sex, avg(v.minutes) AS m FROM visit v JOIN patient p USING (person, year) GROUP BY 1, 2",
    "SELECT a.n, count(*) AS people FROM (SELECT person, count(*) AS n FROM visit GROUP BY person) a GROUP BY 1",
    "SELECT hospital_id, n FROM (SELECT hospital_id, count(*) AS n FROM patient GROUP BY 1) ORDER BY n DESC LIMIT 2",
    "SELECT left(ward, 6) AS prefix, count(*) AS n FROM patient GROUP BY 1",
    "SELECT date_trunc('year', born) AS y, count(*) AS n FROM patient GROUP BY 1",
)
REFUSED = (
    "SELECT * FROM patient",
    "SELECT person, count(*) AS n FROM patient GROUP BY 1",
    "SELECT full_name, nhs_number FROM patient",
    "SELECT ward FROM patient LIMIT 1",
    "SELECT min(ward) AS a, max(born) AS b, any_value(note) AS c FROM patient, visit",
    "SELECT min(stay) AS a, max(cost) AS b FROM patient",
    "SELECT arg_max(ward, stay) AS a FROM patient",
    "SELECT list(stay) AS a, string_agg(ward, ',') AS b FROM patient",
    "SELECT first(ward) AS a, last(diagnosis) AS b FROM patient",
    "SELECT median(stay) AS a, quantile_cont(cost, 0.999) AS b FROM patient",
    "SELECT row_number() OVER (ORDER BY stay) AS r, count(*) AS n FROM patient GROUP BY ALL",
    "SELECT lag(ward) OVER (ORDER BY born) AS r FROM patient",
    "SELECT ward || diagnosis AS x, count(*) AS n FROM patient GROUP BY 1",
    "SELECT hash(ward) AS x, count(*) AS n FROM patient GROUP BY 1",
    "SELECT case_no % 10000 AS x, count(*) AS n FROM patient GROUP BY 1",
    "SELECT stay & 65535 AS x, count(*) AS n FROM patient GROUP BY 1",
    "SELECT * FROM read_parquet('/etc/passwd')",
    "SELECT * FROM information_schema.columns",
    "SELECT * FROM duckdb_settings()",
    "SELECT getenv('HOME') AS x",
    "EXPLAIN ANALYZE SELECT count(*) FROM patient WHERE ward > 'A'",
    "DESCRIBE patient",
    "SUMMARIZE patient",
    "COPY patient TO '/tmp/x.csv'",
    "SET threads = 1; SELECT count(*) FROM patient",
    "SELECT count(*) AS n FROM patient_identity",
    "SELECT patient FROM patient",
    "SELECT unnest(list(ward)) AS x FROM patient",
    "SELECT error(ward) AS x FROM patient",
    "SELECT count(*) FILTER (WHERE error('no') IS NULL) AS n FROM patient",
    "SELECT (SELECT ward FROM patient) AS x",
    "SELECT (SELECT stay FROM patient LIMIT 2) AS x",
)
HOSTILE = (
    "SELECT CAST(ward AS INTEGER) AS x, count(*) AS n FROM patient GROUP BY 1",
    "SELECT TRY_CAST(note AS DATE) AS x, count(*) AS n FROM visit GROUP BY 1",
    "SELECT CAST(diagnosis AS DOUBLE) AS x, count(*) AS n FROM patient GROUP BY 1",
    "SELECT CAST(born AS VARCHAR) AS x, count(*) AS n FROM patient GROUP BY 1",
    "SELECT CAST(case_no AS SMALLINT) AS x, count(*) AS n FROM patient GROUP BY 1",
    "SELECT sum(CAST(steps AS TINYINT)) AS x FROM patient",
    "SELECT sum(CAST(cost AS DECIMAL(4,2))) AS x FROM patient",
    "SELECT sum(steps * steps) AS x FROM patient",
    "SELECT sum(steps * steps * steps * steps) AS x FROM patient",
    "SELECT sum(stay * 99999999999999999999999999999.0) AS x FROM patient",
    "SELECT sum(CAST(cost AS DECIMAL(38,2)) * 10000000000000000000000) AS x FROM patient",
    "SELECT sum(stay / 0) AS x, avg(lift // 0) AS y, sum(steps % 0) AS z FROM patient",
    "SELECT sum(1 / (stay - stay)) AS x FROM patient",
    "SELECT avg(sqrt(-weight)) AS x, avg(ln(weight - weight)) AS y FROM patient",
    "SELECT sum('nan'::DOUBLE * weight) AS x, sum('inf'::DOUBLE * weight) AS y FROM patient",
    "SELECT sum(exp(weight)) AS x FROM patient",
    "SELECT avg(pow(weight, 1000)) AS x FROM patient",
    "SELECT upper(ward) AS x, count(*) AS n FROM patient GROUP BY 1",
    "SELECT reverse(note) AS x, count(*) AS n FROM visit GROUP BY 1",
    "SELECT substr(ward, 5, 8) AS x, count(*) AS n FROM patient GROUP BY 1",
    "SELECT right(diagnosis, 7) AS x, count(*) AS n FROM patient GROUP BY 1",
    "SELECT regexp_extract(ward, '[0-9]+') AS x, count(*) AS n FROM patient GROUP BY 1",
    "SELECT length(ward) AS x, count(*) AS n FROM patient GROUP BY 1",
    "SELECT repeat(ward, 100000) AS x, count(*) AS n FROM patient GROUP BY 1",
    "SELECT born + INTERVAL 9999999 YEAR AS x, count(*) AS n FROM patient GROUP BY 1",
    "SELECT date_trunc('day', at) AS x, count(*) AS n FROM visit GROUP BY 1",
    "SELECT strptime(ward, '%Y') AS x, count(*) AS n FROM patient GROUP BY 1",
    "SELECT strftime(born, '%s') AS x, count(*) AS n FROM patient GROUP BY 1",
    "SELECT sex, count(*) AS n FROM patient GROUP BY 1 HAVING max(stay) > 5",
    "SELECT sex, count(*) AS n FROM patient WHERE stay = (SELECT max(stay) FROM patient) GROUP BY 1",
    "SELECT sex, count(*) AS n FROM patient WHERE ward = (SELECT min(ward) FROM patient) GROUP BY 1",
    "SELECT sex, (SELECT n FROM (SELECT year, count(*) AS n FROM patient GROUP BY 1)) AS x FROM patient GROUP BY 1",
    "SELECT (SELECT count(*) FROM patient GROUP BY sex) AS two",
    "SELECT sex, count(*) AS n FROM patient WHERE ward LIKE 'QX%1ZV' GROUP BY 1",
    "SELECT sex, count(*) AS n FROM patient WHERE born < DATE '1600-01-01' GROUP BY 1",
    "SELECT CASE WHEN stay > 900000000 THEN ward ELSE 'x' END AS x, count(*) AS n FROM patient GROUP BY 1",
    "SELECT coalesce(ward, diagnosis) AS x, count(*) AS n FROM patient GROUP BY 1",
    "SELECT count(DISTINCT ward) AS a, count(DISTINCT stay) AS b, mode(ward) AS c FROM patient",
    "SELECT stay, count(*) AS n FROM patient GROUP BY ROLLUP (stay)",
    "SELECT floor(weight) AS x, count(*) AS n FROM patient GROUP BY 1",
    "SELECT round(cost, -1) AS x, count(*) AS n FROM patient GROUP BY 1",
    "SELECT var_pop(stay) AS a, stddev(cost) AS b, corr(stay, weight) AS c FROM patient",
    "SELECT kurtosis(stay) AS a, regr_slope(stay, lift) AS b FROM patient",
    "SELECT ward FROM patient INTERSECT SELECT ward FROM patient",
    "SELECT note AS x FROM visit UNION SELECT ward FROM patient",
    "SELECT DISTINCT ward FROM patient",
    "SELECT approx_top_k(ward, 3) AS a, histogram(stay) AS b FROM patient",
    "PIVOT patient ON ward USING count(*) GROUP BY sex",
    "SELECT p.ward, count(*) AS n FROM patient p JOIN visit v ON p.ward = v.note GROUP BY 1",
    "SELECT to_json(patient) AS x FROM patient",
    "SELECT format('{}', ward) AS x, count(*) AS n FROM patient GROUP BY 1",
    "SELECT avg(weight) OVER (PARTITION BY ward) AS x, count(*) AS n FROM patient GROUP BY ALL",
    "SELECT DISTINCT ON (sex) ward FROM patient ORDER BY stay",
    "SELECT ward FROM patient USING SAMPLE 1",
)
CHECKED = (
    "SELECT sex, count(*) AS n, sum(income) AS i FROM patient WHERE stay > 512345678 GROUP BY 1",
    "SELECT hospital_id, count(*) AS n FROM patient WHERE weight > 512345678.5 GROUP BY 1",
    "SELECT diagnosis, count(*) AS n FROM patient WHERE lift > 20123.5 GROUP BY 1",
)
PAGES = (
    "/register",
    "/audit/checkpoint",
    "/api/v1/register",
    "/api/v1/me",
    "/api/v1/queries",
    "/api/v1/outputs",
    "/api/v1/webhooks",
    "/api/v1/openapi.json",
    f"/api/v1/projects/{THIS}/fields",
    f"/register/{THIS}",
    "/problems/field-not-granted",
)
HTML_PAGES = (
    "/checking",
    "/checking/keys",
    "/oversight",
    "/oversight/projects",
    f"/oversight/projects/{THIS}",
    "/oversight/people",
    "/oversight/data",
    "/oversight/jobs",
    "/oversight/record",
    "/register.atom",
    "/register.csv",
    "/register",
    f"/register/{THIS}",
)
"""For people; the same for those who may not see them, who are told so."""
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FORMS = ("records", "csv", "parquet", "arrow")
OWN_PAGES = tuple(
    f"/projects/{THIS}{end}" for end in ("", "/query", "/saved", "/history", "/outputs", "/fields")
)
TAKEN_HOME = ("", "/files/csv", "/files/parquet", "/files/json", "/bundle.zip")
LOOKED_AT = 6
"""Of the outputs: with their page, where charts are drawn, and every file of them."""


class Session:
    """Keeps each answer, with its headers, as bytes."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._signed: dict[str, dict[str, str]] = {}
        self.said: list[bytes] = []
        self.statuses: list[str] = []

    def everything(self) -> None:
        self.call("POST", "/api/v1/webhooks", json={"url": "http://127.0.0.1:9/none", "project": THIS})
        for sql in (*ORDINARY, *REFUSED, *HOSTILE):
            self._fetch(self.ask(sql))
        for sql in (ORDINARY[0], *HOSTILE[:5]):
            self.call("POST", "/api/v1/check", json={"project": THIS, "sql": sql})
        self._decide()
        self._pages()
        self._outputs()
        for person in (ASKS, CHECKERS[0], ADMIN, STRANGER):
            for page in (*PAGES, "/api/v1/queue"):
                self.call("GET", page, person)
            for page in HTML_PAGES:
                self.call("GET", page, person, headers=BROWSER)

    def ask(self, sql: str, name: str = "A table") -> Any:
        body = {"project": THIS, "sql": sql, "name": name}
        headers = {"Prefer": "wait=30", "Idempotency-Key": f"{name} {len(self.said)}"}
        found = self.call("POST", "/api/v1/queries", json=body, headers=headers).json()
        self.statuses.append(str(found["status"]))
        return found

    def call(
        self,
        method: str,
        path: str,
        person: str = ASKS,
        *,
        headers: dict[str, str] | None = None,
        **sent: Any,
    ) -> Any:
        signed = {**self._sign_in(person), **(headers or {})}
        while True:
            answer = self._served.http.request(method, path, headers=signed, **sent)
            self.said.append(repr(answer.headers).encode() + answer.content)
            if answer.status_code != 429:
                break
            time.sleep(float(answer.headers["Retry-After"]))
        assert answer.status_code < 500, answer.text
        return answer

    def _sign_in(self, person: str) -> dict[str, str]:
        if person not in self._signed:
            self._signed[person] = self._served.signed_in(person)
        return self._signed[person]

    def _fetch(self, query: Any) -> None:
        if query.get("output"):
            for form in FORMS:
                path = f"/api/v1/outputs/{query['output']}/table"
                self._opened(self.call("GET", path, params={"format": form}), form)

    def _opened(self, answer: Any, form: str) -> None:
        """What is in a file that is packed."""
        if answer.status_code == 200 and form == "bundle.zip":
            with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
                self.said += [packed.read(name) for name in packed.namelist()]
                self.statuses.append("bundled")
        if answer.status_code == 200 and form == "parquet":
            self.said.append(str(pq.read_table(pa.BufferReader(answer.content)).to_pydict()).encode())
        if answer.status_code == 200 and form == "arrow":
            self.said.append(str(pa.ipc.open_stream(answer.content).read_all().to_pydict()).encode())

    def _decide(self) -> None:
        """One output is rejected, one approved, released and revoked, and one stays with checkers."""
        for sql, verdict in zip(CHECKED, ("reject", "approve", None), strict=True):
            asked = self.ask(sql)
            assert asked["status"] == "done", asked
            wanted = {"query": asked["id"], "why": "For a paper"}
            output = self.call("POST", "/api/v1/outputs", json=wanted).json()["id"]
            for checker in CHECKERS[:2]:
                path = f"/api/v1/outputs/{output}"
                seen = self.call("GET", f"{path}/review", checker)
                self.call("GET", f"/checking/{output}", checker, headers=BROWSER)
                if verdict is not None:
                    vote = {"verdict": verdict, "comment": "As I see it", "reason": "other"}
                    vote["hashes"] = seen.json()["hashes"]
                    headers = {"If-Match": seen.headers["ETag"]}
                    self.call("POST", f"{path}/reviews", checker, json=vote, headers=headers)
            self._fetch({"output": output})

    def _pages(self) -> None:
        """What a researcher's browser is shown and takes home."""
        for page in OWN_PAGES:
            self.call("GET", page, headers=BROWSER)
        outputs = self.call("GET", "/api/v1/outputs", params={"limit": 200}).json()["items"]
        for output in outputs[-LOOKED_AT:]:
            self.call("GET", f"/queries/{output['query']}", headers=BROWSER)
            for end in TAKEN_HOME:
                answer = self.call("GET", f"/outputs/{output['id']}{end}", headers=BROWSER)
                self._opened(answer, end.rpartition("/")[2])

    def _outputs(self) -> None:
        for output in self.call("GET", "/api/v1/outputs", params={"limit": 200}).json()["items"]:
            self.statuses.append(str(output["status"]))
            self.call("GET", f"/api/v1/outputs/{output['id']}/proof")
        last = f"/api/v1/outputs/{output['id']}"
        etag = self.call("GET", last, ADMIN).headers["ETag"]
        headers = {"If-Match": etag}
        self.call(
            "POST", f"{last}/revoke", ADMIN, json={"reason": "To see", "emergency": True}, headers=headers
        )
        for query in self.call("GET", "/api/v1/queries", params={"limit": 200}).json()["items"]:
            self.call("GET", f"/api/v1/queries/{query['id']}")
