"""Every address by every kind of caller: nobody gets further than their role, and strangers do not learn what is there.

Source: OWASP API Security Top 10 (2023): API1 broken object level, API5 broken function level authorisation.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.reports import reporter
from enclave.terms import PersonId
from enclave.transparency.languages import language
from enclave.web.rates import Pace
from enclave.wiring.publishing import publish
from tests.support.service import (
    ADMIN,
    ASKS,
    AUDITOR,
    AUTOMATIC,
    CHECKED,
    CHECKERS,
    COLLEAGUE,
    MANAGER,
    OFFICER,
    OWN_CHECKER,
    PROGRAM,
    SENIOR,
    STEWARD,
    STRANGER,
    THIS,
)
from tests.support.web import ANYBODY, Web

CALLERS = {
    "nobody": ANYBODY,
    "lead": ASKS,
    "researcher": COLLEAGUE,
    "program": PROGRAM,
    "manager": MANAGER,
    "stranger": STRANGER,
    "steward": STEWARD,
    "officer": OFFICER,
    "checker": CHECKERS[0],
    "senior": SENIOR,
    "own-checker": OWN_CHECKER,
    "admin": ADMIN,
    "auditor": AUDITOR,
}
# address, and what each caller is answered, in the order of CALLERS. O-1 is released, O-2 with checkers; O-4 and O-5
# are the same of a researcher who leads nothing. What stands behind a question mark tells rows of one address apart.
MATRIX = """
GET /me                         401 200 200 200 200 200 200 200 200 200 200 200 200
GET /me/acknowledgements        401 200 200 200 200 200 200 200 200 200 200 200 200
POST /me/acknowledgements       401 409 409 409 403 403 403 403 403 403 403 403 403
GET /projects                   401 200 200 200 200 200 200 200 200 200 200 200 200
GET /projects/P-WORLD-1/fields  401 200 200 200 403 403 403 403 403 403 403 403 403
POST /check                     401 200 200 200 403 403 403 403 403 403 403 403 403
POST /queries                   401 201 201 201 403 403 403 403 403 403 403 403 403
GET /queries                    401 200 200 200 200 200 200 200 200 200 200 200 200
GET /queries/Q-1                401 200 200 200 200 404 404 404 200 200 404 200 200
POST /queries/Q-1/cancel        401 202 403 403 403 404 404 404 403 403 404 202 403
GET /outputs                    401 200 200 200 200 200 200 200 200 200 200 200 200
GET /outputs/O-1                401 200 200 200 200 404 404 404 200 200 404 200 200
GET /outputs/O-2                401 200 200 200 200 404 404 404 200 200 404 200 200
GET /outputs/O-1/table          401 200 200 200 403 404 404 404 403 403 404 403 403
GET /outputs/O-1/bundle         401 200 200 200 403 404 404 404 403 403 404 403 403
GET /outputs/O-2/table          401 409 409 409 403 404 404 404 403 403 404 403 403
GET /outputs/O-1/proof          401 200 200 200 200 404 404 404 200 200 404 200 200
GET /queue                      401 403 403 403 403 403 403 403 200 200 200 403 403
GET /outputs/O-2/review         401 403 403 403 403 404 404 404 200 200 403 403 200
POST /outputs/O-2/reviews       401 403 403 403 403 404 404 404 412 412 403 403 403
POST /outputs/O-2/adjudication  401 403 403 403 403 404 404 404 403 412 403 403 403
POST /outputs/O-1/revoke        401 403 403 403 403 404 404 404 403 412 412 412 403
POST /outputs/O-1/revoke?alone  401 403 403 403 403 404 404 404 403 412 412 412 403
GET /revocations                401 403 403 403 403 403 403 403 403 200 200 200 403
POST /outputs/O-1/revocation/confirm 401 403 403 403 403 404 404 404 403 412 412 412 403
POST /outputs/O-1/revocation/decline 401 403 403 403 403 404 404 404 403 412 403 412 403
GET /figures                    401 403 403 403 403 403 403 403 200 200 200 200 200
GET /looks                      401 403 403 403 403 403 403 403 200 200 200 403 403
POST /outputs/O-1/look          401 403 403 403 403 404 404 404 409 409 403 403 403
GET /outputs/O-2/comments       401 200 200 200 403 404 404 404 200 200 403 403 403
POST /outputs/O-2/comments      401 201 201 201 403 404 404 404 201 201 403 403 403
POST /outputs/O-1/supersede     401 409 403 403 403 404 404 404 403 403 404 403 403
GET /outputs/O-4                401 200 200 200 200 404 404 404 200 200 404 200 200
GET /outputs/O-4/table          401 200 200 200 403 404 404 404 403 403 404 403 403
POST /queries/Q-4/cancel        401 202 202 403 403 404 404 404 403 403 404 202 403
GET /outputs/O-5/review         401 403 403 403 403 404 404 404 200 200 403 403 200
POST /outputs/O-5/claim         401 403 403 403 403 404 404 404 200 200 403 403 403
POST /outputs/O-5/reviews       401 403 403 403 403 404 404 404 412 412 403 403 403
POST /outputs/O-5/adjudication  401 403 403 403 403 404 404 404 403 412 403 403 403
POST /outputs/O-4/revoke        401 403 403 403 403 404 404 404 403 412 412 412 403
POST /outputs/O-4/revoke?alone  401 403 403 403 403 404 404 404 403 412 412 412 403
POST /outputs/O-4/revocation/confirm 401 403 403 403 403 404 404 404 403 412 412 412 403
POST /outputs/O-4/revocation/decline 401 403 403 403 403 404 404 404 403 412 403 412 403
POST /outputs/O-4/look          401 403 403 403 403 404 404 404 409 409 403 403 403
POST /outputs/O-5/comments      401 201 201 201 403 404 404 404 201 201 403 403 403
POST /outputs/O-4/supersede     401 409 409 403 403 404 404 404 403 403 404 403 403
POST /outputs/O-5/withdraw      401 200 200 403 403 404 404 404 403 403 404 403 403
GET /requests                   401 200 200 200 200 200 200 200 200 200 200 200 200
GET /requests/R-1               401 200 200 200 200 404 404 404 200 200 404 200 200
POST /requests/R-1/items        401 409 409 409 403 404 404 404 403 403 404 403 403
POST /requests                  401 409 409 409 403 404 404 404 403 403 404 403 403
POST /outputs/O-2/claim         401 403 403 403 403 404 404 404 200 200 403 403 403
POST /requests/R-1/withdraw     401 200 403 403 403 404 404 404 403 403 404 403 403
POST /outputs/O-2/withdraw      401 200 403 403 403 404 404 404 403 403 404 403 403
POST /outputs                   401 201 201 201 403 404 404 404 403 403 404 403 403
POST /webhooks                  401 201 201 201 403 403 403 403 403 403 403 403 403
GET /webhooks                   401 200 200 200 200 200 200 200 200 200 200 200 200
GET /webhooks/W-1               401 200 404 404 404 404 404 404 404 404 404 404 404
POST /webhooks/W-1/ping         401 202 404 404 404 404 404 404 404 404 404 404 404
DELETE /webhooks/W-1            401 204 404 404 404 404 404 404 404 404 404 404 404
POST /saved-queries             401 201 201 201 403 403 403 403 403 403 403 403 403
GET /saved-queries              401 200 200 200 200 200 200 200 200 200 200 200 200
GET /saved-queries/S-1          401 200 404 404 404 404 404 404 404 404 404 404 404
POST /saved-queries/S-1/rename  401 200 404 404 404 404 404 404 404 404 404 404 404
DELETE /saved-queries/S-1       401 204 404 404 404 404 404 404 404 404 404 404 404
POST /cases                     401 403 403 403 403 403 201 403 403 403 403 403 403
GET /cases                      401 200 200 200 200 200 200 200 200 200 200 200 200
GET /cases/C-1                  401 404 404 404 404 404 200 404 404 404 404 200 200
POST /cases/C-1/acts            401 404 404 404 404 404 403 404 404 404 404 200 409
GET /cases/C-1/copy             401 404 404 404 404 404 403 404 404 404 404 403 403
GET /demands                    200 200 200 200 200 200 200 200 200 200 200 200 200
GET /letters                    401 403 403 403 403 403 403 403 403 403 403 200 200
POST /letters/L-1/retry         401 403 403 403 403 403 403 403 403 403 403 404 403
GET /retractions                401 403 403 403 403 403 200 403 403 403 403 200 200
POST /retractions               401 403 403 403 403 403 201 403 403 403 403 403 403
POST /retractions/A-2/confirm   401 403 403 403 403 403 403 403 403 403 403 200 403
GET /policy-versions            401 403 403 403 403 403 403 403 403 403 403 200 200
POST /policy-versions/1/confirm 401 403 403 403 403 403 403 403 403 403 403 404 403
GET /consents                   401 403 403 403 403 403 200 403 403 403 403 403 200
POST /consents                  401 403 403 403 403 403 409 403 403 403 403 403 403
POST /consents/withdrawals      401 403 403 403 403 403 404 403 403 403 403 403 403
GET /sign-in                    200 200 200 200 200 200 200 200 200 200 200 200 200
POST /sign-out                  401 204 204 204 204 204 204 204 204 204 204 204 204
GET /register                   200 200 200 200 200 200 200 200 200 200 200 200 200
GET /reports                    200 200 200 200 200 200 200 200 200 200 200 200 200
GET /register/changes           200 200 200 200 200 200 200 200 200 200 200 200 200
GET /register/schema            200 200 200 200 200 200 200 200 200 200 200 200 200
GET /register/P-WORLD-1/reach   200 200 200 200 200 200 200 200 200 200 200 200 200
GET /register/notes             200 200 200 200 200 200 200 200 200 200 200 200 200
POST /register/notes            401 201 403 403 403 403 403 403 403 403 403 201 403
"""
BODIES: dict[str, dict[str, object]] = {
    "/me/acknowledgements": {"project": THIS, "acknowledgement": 64 * "0"},
    "/check": {"project": THIS, "sql": AUTOMATIC},
    "/queries": {"project": THIS, "sql": AUTOMATIC},
    "/outputs": {"query": "Q-2", "why": "For the paper"},
    "/reviews": {"verdict": "approve", "comment": "", "hashes": {}},
    "/adjudication": {"verdict": "approve", "comment": "", "hashes": {}},
    "/revoke": {"reason": "Because"},
    "/revoke?alone": {"reason": "Because", "emergency": True},
    "/decline": {"reason": "Because"},
    "/look": {"finding": "fine"},
    "/comments": {"text": "Why so fine?"},
    "/supersede": {"by": "O-2"},
    "/requests": {"queries": ["Q-2"], "why": "For the paper"},
    "/items": {"queries": ["Q-2"]},
    "/saved-queries": {"project": THIS, "name": "Mine", "sql": AUTOMATIC},
    "/cases": {"kind": "access", "received_on": "2026-11-24", "contact": "a letter", "about": "all"},
    "/acts": {"did": "verify", "texts": {"identity": "passport seen"}},
    "/consents": {
        "unit": "patient",
        "keys": ["nobody"],
        "purposes": ["research"],
        "recipients": ["press"],
        "evidence": "Form 12",
        "given_on": "2026-03-01",
    },
    "/retractions": {"table": "patient", "field": "weight", "reason": "It is asked for no more"},
    "/withdrawals": {"consents": ["G-99"]},
    "/rename": {"name": "Still mine"},
    "/notes": {"kind": "publication", "about": THIS, "title": "A paper", "text": "Ours"},
    "/webhooks": {"url": "https://hooks.infirmary.example/", "project": THIS},
}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Q-1 with its release O-1, Q-2 whose output O-2 is with checkers, and the asker's webhook W-1."""
    folder: Path = tmp_path_factory.mktemp("web")
    with Web(folder, strangers_pace=Pace(calls=1_000, seconds=6.0)) as opened:
        publish(opened.gateway.home, reporter(1, 1), language())
        opened.ask(AUTOMATIC)
        opened.ask(CHECKED)
        asked = opened.call("POST", "/outputs", body=BODIES["/outputs"])
        assert asked.json()["id"] == "O-2"
        third = opened.ask(CHECKED.replace("63.7", "58.3")).json()["id"]
        basket = opened.call("POST", "/requests", body={"queries": [third], "why": "For the paper"})
        assert (basket.status_code, basket.json()["id"]) == (201, "R-1")
        asks_theirs(opened)
        assert opened.call("POST", "/webhooks", body=BODIES["/webhooks"]).json()["id"] == "W-1"
        yield opened


def asks_theirs(web: Web) -> None:
    """Q-4 with its release O-4, and Q-5 whose output O-5 is with checkers, of somebody who leads no project."""
    for sql in (AUTOMATIC, CHECKED.replace("63.7", "58.1")):
        body = {"project": THIS, "sql": sql, "name": "Theirs"}
        id = web.call("POST", "/queries", COLLEAGUE, body=body, headers={"Prefer": "wait=5"}).json()["id"]
    made = web.call("POST", "/outputs", COLLEAGUE, body={"query": id, "why": "For the paper"})
    assert (id, made.json()["id"]) == ("Q-5", "O-5")


def rows() -> list[tuple[str, str, str, int]]:
    """Each row taken apart; what changes things for others comes where it stands, so rows stay in order."""
    found = []
    for line in MATRIX.split("\n")[1:-1]:
        method, path, *statuses = line.split()
        found += [
            (method, path, caller, int(status)) for caller, status in zip(CALLERS, statuses, strict=True)
        ]
    return found


def answered(web: Web, method: str, path: str, person: PersonId) -> int:
    body = next((body for end, body in BODIES.items() if method == "POST" and path.endswith(end)), None)
    headers = {"If-Match": '"none"'} if method == "POST" else {}
    if path.startswith("/register"):  # a page has this address too
        signed = {} if person == ANYBODY else {"Authorization": f"Bearer {web.token(person)}"}
        return web.client.request(method, f"/api/v1{path}", headers=signed, json=body).status_code
    return web.call(method, path, person, body=body, headers=headers).status_code


def test_every_caller_gets_as_far_as_their_role_at_every_address(web: Web) -> None:
    """One test, since the last rows move what the first ones look at."""
    wrong = [
        (method, path, caller, status, found)
        for method, path, caller, status in rows()
        if (found := answered(web, method, path, CALLERS[caller])) != status
    ]
    assert wrong == []


def test_the_matrix_names_every_address_of_the_api(web: Web) -> None:
    document = web.call("GET", "/openapi.json", ANYBODY).json()
    written = {tuple(line.split()[:2]) for line in MATRIX.split("\n")[1:-1]}
    known = {
        (method, path.replace("O-1", "{output}").replace("O-2", "{output}").replace("Q-1", "{query}"))
        for method, path in written
    }
    known = {
        (
            method,
            path.replace("P-WORLD-1", "{project}")
            .replace("W-1", "{webhook}")
            .replace("L-1", "{letter}")
            .replace("A-2", "{retraction}")
            .replace("R-1", "{basket}")
            .replace("S-1", "{saved}")
            .replace("policy-versions/1", "policy-versions/{version}")
            .replace("C-1", "{case}"),
        )
        for method, path in known
    }
    served = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, operations in document["paths"].items()
        for method in operations
        if path.startswith("/api/v1")
    }
    assert served - known == {("GET", "/register/{project}")}
