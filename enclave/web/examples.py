"""Examples in the API document: one story, told once. All of it is made up."""

from typing import Any, Final

ASKED_AT: Final = "2026-11-26T09:00:00+00:00"
SQL: Final = "SELECT la_code, count(*) AS pupils FROM school_census_pupil GROUP BY la_code"

PROJECT: Final[dict[str, Any]] = {
    "id": "P-2026-014",
    "title": "Absence and attainment of pupils eligible for free school meals",
    "role": "researcher",
    "status": "active",
    "open": True,
    "starts": "2026-04-01",
    "ends": "2028-03-31",
    "data_version": "npd-demo-1",
    "formats": ["csv", "parquet"],
}
HOW_TO_SIGN_IN: Final[dict[str, Any]] = {
    "audience": "https://enclave.example/api",
    "issuers": ["https://login.example"],
    "device": {
        "issuer": "https://login.example",
        "client_id": "enclave-cli",
        "device_authorization_endpoint": "https://login.example/device/auth",
        "token_endpoint": "https://login.example/token",
        "scope": "openid enclave",
    },
}
ME: Final[dict[str, Any]] = {
    "person": "researcher@northbridge.example",
    "display_name": "Researcher (example)",
    "organisation": "northbridge-university",
    "roles": ["researcher"],
    "lacks": [],
    "projects": [PROJECT],
    "house": "Example enclave",
    "synthetic": True,
}
ACKNOWLEDGEMENT: Final[dict[str, Any]] = {
    "project": "P-2026-014",
    "title": "Absence and attainment of pupils eligible for free school meals",
    "prohibited_uses": ["immigration_enforcement", "marketing", "profiling"],
    "acknowledgement": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "due": True,
}
FIELDS: Final[dict[str, Any]] = {
    "items": [
        {
            "table": "absence",
            "description": "Absence of pupils, by year",
            "years": ["2023/24", "2024/25"],
            "fields": [
                {
                    "name": "overall_year",
                    "type": "integer",
                    "uses": ["filter", "aggregate"],
                    "tier": 4,
                    "zeros": "shown",
                    "code_set": None,
                    "description": "Absence sessions, whole year",
                }
            ],
        }
    ],
    "next": None,
}
CHECKED: Final[dict[str, Any]] = {
    "status": "ok",
    "problem": None,
    "route": "automatic_if_clear",
    "reasons": [],
    "cells": 306,
    "columns": [{"name": "la_code", "type": "VARCHAR"}, {"name": "pupils", "type": "BIGINT"}],
    "incomplete": [],
}
QUERY: Final[dict[str, Any]] = {
    "id": "Q-412",
    "project": "P-2026-014",
    "person": "researcher@northbridge.example",
    "name": "Pupils by authority",
    "sql": SQL,
    "status": "queued",
    "progress": 0,
    "route": "automatic_if_clear",
    "reasons": [],
    "cells": 306,
    "asked_at": ASKED_AT,
    "output": None,
    "problem": None,
}
RELEASED_QUERY: Final[dict[str, Any]] = {**QUERY, "status": "released", "progress": 100, "output": "O-131"}
CANCELLED_QUERY: Final[dict[str, Any]] = {**QUERY, "status": "cancelled"}
OUTPUT: Final[dict[str, Any]] = {
    "id": "O-131",
    "query": "Q-412",
    "project": "P-2026-014",
    "name": "Pupils by authority",
    "status": "released",
    "request": None,
    "supersedes": None,
    "superseded_by": None,
    "route": "automatic_if_clear",
    "why": "",
    "asked_by": "researcher@northbridge.example",
    "asked_at": ASKED_AT,
    "released_at": "2026-11-26T09:00:01+00:00",
    "formats": ["csv", "parquet"],
    "reasons": [],
    "manifest": {"output": "O-131", "synthetic": True, "hidden": "c: hidden to protect people, or nobody"},
    "tombstone": None,
}
WAITING_OUTPUT: Final[dict[str, Any]] = {
    **OUTPUT,
    "id": "O-132",
    "query": "Q-413",
    "name": "SEN type by region",
    "status": "with checkers",
    "route": "checkers: 2",
    "why": "Table 2 of the working paper",
    "released_at": None,
    "formats": [],
    "manifest": None,
}
WITHDRAWN_OUTPUT: Final[dict[str, Any]] = {**WAITING_OUTPUT, "status": "withdrawn"}
REVOKED_OUTPUT: Final[dict[str, Any]] = {
    **OUTPUT,
    "status": "revoked",
    "formats": [],
    "tombstone": {"revoked_at": "2026-12-01T10:00:00+00:00", "reason": "Published with the wrong year"},
}
RECORDS: Final[dict[str, Any]] = {
    "columns": CHECKED["columns"],
    "rows": [["901", 1240], ["902", None]],
    "cells": [["ok", "ok"], ["ok", "c"]],
    "records": [{"la_code": "901", "pupils": 1240}, {"la_code": "902", "pupils": None}],
    "frame": {"sets": [{"la_code": ["901", "902"]}]},
    "incomplete": [],
}
QUEUE_ITEM: Final[dict[str, Any]] = {
    "output": "O-132",
    "project": "P-2026-014",
    "project_title": PROJECT["title"],
    "name": "SEN type by region",
    "state": "queued",
    "votes": 0,
    "k": 2,
    "voted": False,
    "to_look_at": 1,
    "asked_at": ASKED_AT,
    "due": "2026-11-27",
}
REVIEW: Final[dict[str, Any]] = {
    "output": "O-132",
    "project": "P-2026-014",
    "sql": SQL,
    "table": RECORDS,
    "report": {"verdict": "suppressed"},
    "hashes": {"table": "0d5f...", "sql": "9b1c..."},
    "votes_in": 0,
    "k": 2,
}
SAVED: Final[dict[str, Any]] = {
    "id": "S-4",
    "project": "P-2026-014",
    "name": "Pupils by authority",
    "sql": SQL,
    "saved_at": ASKED_AT,
}
CASE: Final[dict[str, Any]] = {
    "id": "C-3",
    "kind": "access",
    "state": "received",
    "through": None,
    "on_behalf": False,
    "received_on": "2026-11-24",
    "due_on": "2026-12-24",
    "extended": False,
    "outcome": None,
    "version": 1,
    "public": {},
    "steps": [
        {
            "at": ASKED_AT,
            "by": "data-steward@enclave.example",
            "role": "data_steward",
            "did": "open",
            "state": "received",
        }
    ],
    "papers": {
        "contact": "by post, to the school",
        "about": "All that you hold about me",
        "notes": [],
        "criteria": {},
        "withheld": {},
        "corrections": [],
        "outputs": None,
    },
}
RECORD_COPY: Final[dict[str, Any]] = {
    "case": "C-3",
    "made_on": "2026-11-25",
    "house": "Department for Education",
    "synthetic": True,
    "tables": [
        {
            "name": "attendance_termly",
            "what": "Sessions attended and missed",
            "source": "School census",
            "rows": [
                {
                    "year": "2024/25",
                    "versions": [1],
                    "values": [
                        {
                            "field": "term",
                            "what": "The term",
                            "value": "SPR",
                            "meaning": "Spring",
                            "ascribed": False,
                            "withheld": False,
                        }
                    ],
                }
            ],
        }
    ],
    "uses": None,
}
DEMAND: Final[dict[str, Any]] = {
    "id": "C-5",
    "received_on": "2026-11-24",
    "authority": "A county court",
    "basis": "an order of the court",
    "outcome": "refused",
    "decided_on": "2026-11-25",
}
WEBHOOK: Final[dict[str, Any]] = {
    "id": "W-3",
    "project": "P-2026-014",
    "url": "https://hooks.northbridge.example/enclave",
    "status": "active",
    "reason": "",
    "created_at": ASKED_AT,
    "delivered_at": None,
}
NEW_WEBHOOK: Final[dict[str, Any]] = {**WEBHOOK, "secret": "whsec_made-up-for-this-example"}
SUPERSEDED_OUTPUT: Final[dict[str, Any]] = {**OUTPUT, "status": "superseded", "superseded_by": "O-140"}
COMMENT: Final[dict[str, Any]] = {
    "id": 7,
    "round": 1,
    "by": "checker",
    "by_checker": True,
    "text": "What is this group for?",
    "at": ASKED_AT,
    "reply_to": None,
    "cell": {"row": None, "column": "pupils"},
}
REQUEST: Final[dict[str, Any]] = {
    "id": "R-12",
    "project": "P-2026-014",
    "asked_by": "researcher@northbridge.example",
    "why": "Tables 2 and 3 of the working paper",
    "asked_at": ASKED_AT,
    "status": "with checkers",
    "items": [{**WAITING_OUTPUT, "request": "R-12"}],
}
LOOK: Final[dict[str, Any]] = {
    "output": "O-131",
    "project": "P-2026-014",
    "name": "Pupils by authority",
    "released_at": "2026-11-26T09:00:01+00:00",
    "finding": None,
}
FIGURES: Final[dict[str, Any]] = {
    "days": 90,
    "turn_around": {
        "decided": 41,
        "p50_working_hours": 3.5,
        "p90_working_hours": 19.0,
        "waiting": 4,
        "longest_wait_working_hours": 11.2,
    },
    "reasons": {"differencing": 2, "small-numbers": 3},
    "known_bad": {"votes": 10, "caught": 9, "own_votes": 2, "own_caught": 2},
    "pairs": [
        {
            "project": "P-2026-014",
            "pair": ["checker-1@checking.example", "checker-2@checking.example"],
            "handled": 7,
            "of": 9,
            "over": True,
        }
    ],
}
REVOCATION: Final[dict[str, Any]] = {
    "output": "O-131",
    "project": "P-2026-014",
    "name": "Pupils by authority",
    "emergency": True,
    "reason": "Published with the wrong year",
    "asked_by": "admin@enclave.example",
    "asked_at": "2026-12-01T10:00:00+00:00",
    "due": "2026-12-02T10:00:00+00:00",
    "overdue": False,
    "etag": "O-131.1.revoked",
}
LETTER: Final[dict[str, Any]] = {
    "id": "L-7",
    "channel": "smtp",
    "person": "researcher@northbridge.example",
    "type": "output.changed",
    "state": "dead",
    "tries": 29,
    "at": ASKED_AT,
}
CONSENT: Final[dict[str, Any]] = {
    "id": "G-12",
    "unit": "pupil",
    "purposes": ["policy_evaluation"],
    "recipients": ["press"],
    "evidence": "Form 12, returned 2026-05-04",
    "given_on": "2026-05-04",
    "expires_on": None,
    "recorded_by": "steward@enclave.example",
    "recorded_at": ASKED_AT,
    "withdrawn_at": None,
}
POLICY_VERSION: Final[dict[str, Any]] = {
    "version": 8,
    "commit": "5f2d0f1c6f5f0a4e9d6f7f0b1e4f0c2a7c9d1b3e",
    "author": "admin@enclave.example",
    "reason": "DSP-26-0117",
    "content_hash": "9c1f" * 16,
    "widens": ["P-2026-014 school_census_pupil.gender"],
    "proposed_by": "admin@enclave.example",
    "proposed_at": ASKED_AT,
    "waits": False,
    "confirmed_by": "admin-2@enclave.example",
    "in_force_from": "2026-12-10T09:00:00+00:00",
}
COMING: Final[dict[str, Any]] = {
    "items": [
        {
            "version": 8,
            "in_force_from": "2026-12-10T09:00:00+00:00",
            "widens": ["P-2026-014 school_census_pupil.gender"],
        }
    ],
    "next": None,
}
REPORTS: Final[dict[str, Any]] = {
    "year": 2026,
    "counted_on": "2026-10-01",
    "found": 1,
    "items": [
        {
            "of": "clusters",
            "code": "100234",
            "name": "Mill Lane Primary School",
            "area": "Northbridge",
            "pages": {"report": "/reports/clusters/100234/report?year=2026"},
        }
    ],
}
REGISTER: Final[dict[str, Any]] = {
    "house": "Example enclave",
    "synthetic": True,
    "projects": [{"id": "P-2026-014"}],
}
REACH: Final[dict[str, Any]] = {
    "counted_on": "2026-10-01",
    "years": [{"year": "2024/25", "units": 1612300}],
    "clusters": {"2024/25": {"100001": 180}},
}
TOKEN: Final[dict[str, Any]] = {"access_token": "eyJhbGciOi...", "token_type": "Bearer", "expires_in": 3600}
PERSONA: Final[dict[str, Any]] = {
    "person": "researcher@northbridge.example",
    "display_name": "Researcher (example)",
    "roles": ["researcher"],
}


def items(*found: dict[str, Any]) -> dict[str, Any]:
    """A list as it is answered."""
    return {"items": list(found), "next": None}
