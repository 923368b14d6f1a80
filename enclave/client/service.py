"""One gateway over HTTP: each call of its API as a method, each problem as an exception.

The one thing to know before changing this: a POST that makes something carries an idempotency key and is repeated with
the same key when the connection breaks, so nothing is made twice and nothing is lost.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2

from enclave.client import surroundings
from enclave.client.problems import Misunderstood, NotSignedIn, Problem, Unreachable, problem_of, simply
from enclave.client.sign_in import SignIn, is_loopback, service_url
from enclave.client.told import Json

API = "/api/v1"
ATTEMPTS = 3
WAIT_SECONDS = 20  # asked of the service in one call
TIMEOUT = httpx2.Timeout(WAIT_SECONDS + 40.0, connect=10.0)
PAGE = 200
MOST_ITEMS = 10_000  # read of one list
MOST_BYTES = 200_000_000  # of one answer


class Service:
    """The API of one gateway. Close it, or use it in a `with`."""

    def __init__(self, url: str, token: str | None, *, transport: httpx2.BaseTransport | None = None) -> None:
        self.url = service_url(url)
        self._http = httpx2.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=TIMEOUT,
            transport=transport,
            follow_redirects=False,  # a token goes where it was sent, and nowhere else
            trust_env=not is_loopback(urlsplit(self.url).hostname),  # no proxy between us and this machine
        )

    def __enter__(self) -> "Service":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    # who, and what there is

    def me(self) -> Json:
        return self._json("GET", "/me")

    def sign_in(self) -> Json:
        """How one can sign in."""
        return self._json("GET", "/sign-in")

    def sign_out(self) -> None:
        """The access token is good for nothing any more."""
        self._call("POST", "/sign-out")

    def fields(self, project: str, *, table: str | None = None, find: str | None = None) -> list[Json]:
        """The tables of a project, each with its fields and their uses."""
        asked = {name: value for name, value in (("table", table), ("find", find)) if value}
        return _items(self._json("GET", f"/projects/{project}/fields", params=asked))

    # queries

    def check(self, project: str, sql: str, *, route: str | None = None) -> Json:
        return self._json("POST", "/check", body=_asked(project, sql, route), sql=sql)

    def ask(self, project: str, sql: str, name: str | None, *, key: str, route: str | None = None) -> Json:
        """Ask a query. It answers at once; the query runs. By `route` checkers look at the answer in any case.

        Raises:
            Refused: with the id of the refused query.
        """
        body = _asked(project, sql, route) | ({"name": name} if name else {})
        return self._json("POST", "/queries", body=body, sql=sql, key=key)

    def query(self, id: str, *, wait: bool = False) -> tuple[Json, float]:
        """A query, and after how many seconds to look again. With `wait`, the answer comes when it has ended."""
        prefer = {"Prefer": f"wait={WAIT_SECONDS}"} if wait else {}
        response = self._call("GET", f"/queries/{id}", headers=prefer)
        return _object(response), _seconds(response)

    def queries(self, project: str) -> Iterator[Json]:
        return self._list("/queries", {"project": project})

    def cancel(self, id: str) -> None:
        self._call("POST", f"/queries/{id}/cancel")

    def saved_queries(self, project: str | None = None) -> list[Json]:
        """The texts that you keep, by name."""
        return _items(self._json("GET", "/saved-queries", params={"project": project} if project else {}))

    def saved_query(self, id: str) -> Json:
        return self._json("GET", f"/saved-queries/{id}")

    def save_query(self, project: str, name: str, sql: str) -> Json:
        body = {"project": project, "name": name, "sql": sql}
        return self._json("POST", "/saved-queries", body=body, key=surroundings.new_key())

    def rename_saved(self, id: str, name: str) -> Json:
        key = surroundings.new_key()
        return self._json("POST", f"/saved-queries/{id}/rename", body={"name": name}, key=key)

    def remove_saved(self, id: str) -> None:
        self._call("DELETE", f"/saved-queries/{id}")

    # outputs

    def ask_release(self, query: str, why: str) -> Json:
        return self._json("POST", "/outputs", body={"query": query, "why": why}, key=surroundings.new_key())

    def output(self, id: str) -> Json:
        return self._json("GET", f"/outputs/{id}")

    def outputs(self, project: str | None = None) -> Iterator[Json]:
        return self._list("/outputs", {"project": project} if project else {})

    def withdraw(self, id: str) -> Json:
        return self._json("POST", f"/outputs/{id}/withdraw", key=surroundings.new_key())

    def revoke(self, id: str, reason: str, *, emergency: bool = False) -> Json:
        """Ask for a release to be taken back; in an emergency, take it back. Either takes a second person."""
        return self._on_what_was_read(id, "revoke", {"reason": reason, "emergency": emergency})

    def confirm_revocation(self, id: str) -> Json:
        """Agree, as a second person, that a release is taken back."""
        return self._on_what_was_read(id, "revocation/confirm", None)

    def decline_revocation(self, id: str, reason: str) -> Json:
        """Do not agree, as a second person."""
        return self._on_what_was_read(id, "revocation/decline", {"reason": reason})

    def revocations(self) -> list[Json]:
        """What waits for a second person, for admins and senior checkers."""
        return _items(self._json("GET", "/revocations"))

    def _on_what_was_read(self, id: str, what: str, body: Json | None) -> Json:
        """A decision about the version that was just read."""
        version = self._call("GET", f"/outputs/{id}").headers.get("ETag", "")
        headers = {"If-Match": version}
        return self._json(
            "POST", f"/outputs/{id}/{what}", body=body, headers=headers, key=surroundings.new_key()
        )

    def ask_together(self, queries: list[str], why: str) -> Json:
        """Ask for the answers of several queries to be released, as one request whose items move alone."""
        body = {"queries": queries, "why": why}
        return self._json("POST", "/requests", body=body, key=surroundings.new_key())

    def add_to_request(self, id: str, queries: list[str]) -> Json:
        return self._json(
            "POST", f"/requests/{id}/items", body={"queries": queries}, key=surroundings.new_key()
        )

    def request(self, id: str) -> Json:
        return self._json("GET", f"/requests/{id}")

    def requests(self, project: str | None = None) -> Iterator[Json]:
        return self._list("/requests", {"project": project} if project else {})

    def withdraw_request(self, id: str) -> Json:
        return self._json("POST", f"/requests/{id}/withdraw", key=surroundings.new_key())

    def supersede(self, id: str, by: str) -> Json:
        """Put the newer release `by` in the place of an older one."""
        return self._json("POST", f"/outputs/{id}/supersede", body={"by": by})

    def comments(self, output: str) -> list[Json]:
        return _items(self._json("GET", f"/outputs/{output}/comments"))

    def comment(
        self,
        output: str,
        text: str,
        *,
        row: int | None = None,
        column: str | None = None,
        reply_to: int | None = None,
    ) -> Json:
        """Ask about a cell (rows from 0), as a checker; answer, as the people of the project."""
        cell = None if row is None or column is None else {"row": row, "column": column}
        body = {"text": text, "cell": cell, "reply_to": reply_to}
        return self._json("POST", f"/outputs/{output}/comments", body=body, key=surroundings.new_key())

    def looks(self) -> list[Json]:
        """Automatic releases that were drawn to be looked at, for checkers."""
        return _items(self._json("GET", "/looks"))

    def look(self, output: str, finding: str, comment: str = "") -> Json:
        body = {"finding": finding, "comment": comment}
        return self._json("POST", f"/outputs/{output}/look", body=body)

    def figures(self) -> Json:
        """How the workflow does, for checkers, admins and auditors."""
        return self._json("GET", "/figures")

    def table(self, output: str) -> Json:
        """The released table as JSON: columns, rows, cells and frame."""
        return self._json("GET", f"/outputs/{output}/table", params={"format": "records"})

    def file(self, output: str, form: str) -> bytes:
        """The released table as a file: csv, parquet, arrow, or records (JSON)."""
        return self._call("GET", f"/outputs/{output}/table", params={"format": form}).content

    # requests of people about their own records

    def open_case(self, request: Json) -> Json:
        return self._json("POST", "/cases", body=request, key=surroundings.new_key())

    def cases(self, *, over: bool = False) -> list[Json]:
        return _items(self._json("GET", "/cases", params={"over": "true"} if over else {}))

    def case(self, id: str) -> Json:
        return self._json("GET", f"/cases/{id}")

    def act_on_case(self, id: str, act: Json) -> Json:
        return self._json("POST", f"/cases/{id}/acts", body=act)

    def copy_of_record(self, id: str, form: str) -> bytes:
        return self._call("GET", f"/cases/{id}/copy", params={"format": form}).content

    def demands(self) -> list[Json]:
        return _items(self._json("GET", "/demands"))

    # webhooks

    def add_webhook(self, url: str, project: str | None) -> Json:
        """The hook with its secret, which no later call shows."""
        return self._json(
            "POST", "/webhooks", body={"url": url, "project": project}, key=surroundings.new_key()
        )

    def webhooks(self) -> list[Json]:
        return _items(self._json("GET", "/webhooks"))

    def ping_webhook(self, id: str) -> Json:
        return self._json("POST", f"/webhooks/{id}/ping")

    def remove_webhook(self, id: str) -> None:
        self._call("DELETE", f"/webhooks/{id}")

    def letters(self, state: str | None = None) -> Iterator[Json]:
        """The outbox, for admins and auditors."""
        return self._list("/letters", {"state": state} if state else {})

    def retry_letter(self, id: str) -> None:
        """Have a dead letter tried anew."""
        self._call("POST", f"/letters/{id}/retry")

    # data stewards

    def consents(self) -> list[Json]:
        return _items(self._json("GET", "/consents"))

    def record_consents(self, given: Mapping[str, object]) -> list[str]:
        """The numbers of what was recorded."""
        made = self._json("POST", "/consents", body=given)
        return [str(one) for one in made["consents"]]

    def withdraw_consents(self, named: Mapping[str, object]) -> list[str]:
        """The numbers of what counts no more."""
        gone = self._json("POST", "/consents/withdrawals", body=named)
        return [str(one) for one in gone["consents"]]

    # checkers

    def queue(self) -> Iterator[Json]:
        return self._list("/queue", {})

    def review(self, output: str) -> tuple[Json, str]:
        """What a checker must see of an output, and the version (ETag) of it."""
        response = self._call("GET", f"/outputs/{output}/review")
        return _object(response), response.headers.get("ETag", "")

    def vote(
        self,
        output: str,
        verdict: str,
        comment: str,
        *,
        hashes: Mapping[str, str],
        version: str,
        reason: str | None = None,
    ) -> Json:
        """`reason` is a word of the API's list; to reject needs one."""
        vote = _vote(verdict, comment, hashes, reason)
        return self._decide("reviews", output, vote, version=version)

    def adjudicate(
        self,
        output: str,
        verdict: str,
        comment: str,
        *,
        hashes: Mapping[str, str],
        version: str,
        reason: str | None = None,
    ) -> Json:
        """Decide a dispute. For senior checkers who have not voted."""
        vote = _vote(verdict, comment, hashes, reason)
        return self._decide("adjudication", output, vote, version=version)

    def _decide(self, what: str, output: str, vote: Json, *, version: str) -> Json:
        return self._json(
            "POST",
            f"/outputs/{output}/{what}",
            body=vote,
            headers={"If-Match": version},
            key=surroundings.new_key(),
        )

    # everybody

    def development_token(self, persona: str) -> Json:
        """A token from the development issuer, which knows no passwords and is there only on its own machine."""
        return _object(self._call("POST", "/dev/token", body={"persona": persona}, base=""))

    def register(self) -> Json:
        return self._json("GET", "/register")

    def note_register(self, note: Json) -> Json:
        return self._json("POST", "/register/notes", body=note, key=surroundings.new_key())

    def register_entry(self, project: str) -> Json:
        return self._json("GET", f"/register/{project}")

    # the call itself

    def _list(self, path: str, asked: Mapping[str, str]) -> Iterator[Json]:
        cursor: dict[str, str] = {}
        for _ in range(MOST_ITEMS // PAGE):
            page = self._json("GET", path, params={**asked, **cursor, "limit": str(PAGE)})
            yield from _items(page)
            following = page.get("next")
            if not following:
                return
            cursor = {"cursor": str(following)}

    def _json(self, method: str, path: str, **asked: Any) -> Json:
        return _object(self._call(method, path, **asked))

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: Json | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
        sql: str | None = None,
        base: str = API,
    ) -> httpx2.Response:
        sent = {**(headers or {}), **({"Idempotency-Key": key} if key else {})}
        once_only = method != "GET" and key is None and not path.endswith("/cancel")
        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = self._http.request(
                    method, f"{base}{path}", json=body, params=dict(params or {}), headers=sent
                )
            except httpx2.TransportError as error:
                if attempt == ATTEMPTS or once_only or isinstance(error, httpx2.ConnectError):
                    raise self._unreachable(error) from None
                surroundings.sleep(attempt)
            else:
                return _checked(response, sql)
        raise AssertionError("the last attempt returns or raises")

    def _unreachable(self, error: httpx2.TransportError) -> Problem:
        return simply(
            Unreachable, "unreachable", f"{self.url} does not answer ({type(error).__name__}). Is it running?"
        )


def sign_in_as(url: str, persona: str, *, transport: httpx2.BaseTransport | None = None) -> SignIn:
    """A sign-in from the development issuer of a service."""
    with Service(url, None, transport=transport) as service:
        token = service.development_token(persona)
    lasts = token.get("expires_in")
    ends = surroundings.now() + (float(lasts) if isinstance(lasts, int | float) else 0.0)
    return SignIn(service_url(url), str(token.get("access_token")), persona, ends)


def _vote(verdict: str, comment: str, hashes: Mapping[str, str], reason: str | None) -> Json:
    return {"verdict": verdict, "comment": comment, "hashes": dict(hashes), "reason": reason}


def _checked(response: httpx2.Response, sql: str | None) -> httpx2.Response:
    """The response, if it is no problem."""
    if response.is_success:
        return response
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    if kind != "application/problem+json":
        raise _strange(response)
    raise problem_of(_object(response), status=response.status_code, sql=sql)


def _object(response: httpx2.Response) -> Json:
    try:
        found = response.json()
    except ValueError:
        raise _strange(response) from None
    if not isinstance(found, dict):
        raise _strange(response)
    return found


def _strange(response: httpx2.Response) -> Problem:
    """Not in the words of what answered: it may be anything."""
    if response.status_code == 401:
        return simply(
            NotSignedIn, "not-signed-in", "The service does not know who is calling. Sign in again."
        )
    return simply(
        Misunderstood,
        "not-understood",
        f"{response.url.copy_with(query=None)} answered {response.status_code}, and not as an enclave does.",
    )


def _items(page: Json) -> list[Json]:
    items = page.get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _seconds(response: httpx2.Response) -> float:
    after = response.headers.get("Retry-After", "")
    return float(after) if after.isdecimal() else 0.5


def _asked(project: str, sql: str, route: str | None) -> Json:
    return {"project": project, "sql": sql} | ({"route": route} if route else {})
