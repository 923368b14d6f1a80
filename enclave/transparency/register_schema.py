"""The published JSON Schema of the register. Everything in it is named: what is not here is not on the register."""

from typing import Any, Final

Schema = dict[str, Any]
TEXT: Final[Schema] = {"type": "string"}
MAYBE_TEXT: Final[Schema] = {"type": ["string", "null"]}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
MAYBE_COUNT: Final[Schema] = {"type": ["integer", "null"], "minimum": 0}
YES: Final[Schema] = {"type": "boolean"}
DAY: Final[Schema] = {"type": "string", "format": "date"}
MAYBE_DAY: Final[Schema] = {"type": ["string", "null"], "format": "date"}
TIME: Final[Schema] = {"type": "string", "format": "date-time"}


def _object(**properties: Schema) -> Schema:
    """All of these and nothing else."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _about(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


NOTE: Final = _object(
    kind={"enum": ["incident", "publication"]},
    about=TEXT,
    title=TEXT,
    text=TEXT,
    why=TEXT,
    url=TEXT,
    at=TEXT,
    audit_leaf=COUNT,
)
FIELD: Final = _object(
    field=TEXT,
    description=TEXT,
    uses=_list({"enum": ["link", "group", "filter", "aggregate"]}),
    why=_about(TEXT, "Why the project needs it"),
    less_sensitive_alternative=_about(MAYBE_TEXT, "Why less would not do"),
    tier=_about({"type": "integer", "minimum": 1, "maximum": 4}, "1 is the most sensitive"),
    annex_b=TEXT,
    identifiability=_about({"type": "integer", "minimum": 1, "maximum": 5}, "1 names a person"),
    sensitivity=_about({"enum": list("ABCDE")}, "A never leaves the department"),
)
TABLE: Final = _object(
    table=TEXT,
    description=TEXT,
    public=_about(YES, "A table about no person"),
    years={"type": ["array", "null"], "items": TEXT},
    rows=_about(
        {"type": ["object", "null"], "additionalProperties": _list(TEXT)},
        "The population: only records with these values of these fields; null: all",
    ),
    fields=_list(FIELD),
)
RELEASE: Final = _object(
    output=TEXT,
    title=TEXT,
    released_at=TIME,
    checkers=_about(COUNT, "How many people had to agree"),
    revoked=YES,
    audit_leaf=MAYBE_COUNT,
)
ACTIVITY: Final = _object(
    queries_run=COUNT,
    queries_refused=COUNT,
    outputs_asked=COUNT,
    outputs_approved=COUNT,
    outputs_refused=COUNT,
    outputs_released=COUNT,
    outputs_with_checkers=COUNT,
    outputs_sent_back=COUNT,
    outputs_revoked=COUNT,
    median_hours_with_checkers=_about(MAYBE_COUNT, "From asking to release, rounded up"),
    releases=_list(RELEASE),
)
REACHED: Final = _object(
    counted_on=MAYBE_DAY,
    years=_list(_object(year=TEXT, units={"type": ["integer", "string"], "minimum": 0, "pattern": "^c$"})),
)
PROJECT: Final = _object(
    id=TEXT,
    title=TEXT,
    stage={"enum": ["application", "rejected", "not begun", "active", "paused", "ended", "closed"]},
    controller=TEXT,
    organisation=_object(
        id=TEXT, name=TEXT, type=TEXT, country=TEXT, data_protection_contact=TEXT, agreement=TEXT
    ),
    lead=_about(MAYBE_TEXT, "Who answers for it"),
    people=_about(COUNT, "How many work on it"),
    purpose=_object(
        **{"class": TEXT},
        title=TEXT,
        summary=TEXT,
        public_benefit=TEXT,
        never=_about(_list(TEXT), "Prohibited purposes"),
        acknowledged_by_people=_about(COUNT, "How many people acknowledged them"),
    ),
    legal=_object(
        article_6=TEXT,
        article_9=MAYBE_TEXT,
        gateway=TEXT,
        dpia=_object(ref=TEXT, reviewed_on=DAY),
    ),
    approvals=_about(
        _list(_object(body=TEXT, ref=TEXT, decided_on=DAY)),
        "Ethics committee and panels, with their decisions",
    ),
    dates=_object(starts=DAY, ends=DAY, review_by=DAY, destroy_by=DAY),
    data=_object(version=TEXT, tables=_list(TABLE)),
    people_reached=_about(REACHED, "People whose records were looked through, rounded down; c: not shown"),
    activity=ACTIVITY,
    publications=_list(NOTE),
    incidents=_list(NOTE),
    destroyed=_about(
        _list(_object(at=TEXT, answers=COUNT, audit_leaf=COUNT)), "With the proof's place in the log"
    ),
)
TOTALS: Final = _object(
    projects_now=COUNT,
    applications_waiting=COUNT,
    applications_rejected=COUNT,
    queries_run=COUNT,
    queries_refused=COUNT,
    outputs_asked=COUNT,
    outputs_approved=COUNT,
    outputs_refused=COUNT,
    outputs_released=COUNT,
    outputs_sent_back=COUNT,
    outputs_revoked=COUNT,
)
HEAD: Final[Schema] = {
    "house": TEXT,
    "synthetic": _about(YES, "All people and figures are made up"),
    "generated_at": TIME,
    "policy_audit_leaf": _about(MAYBE_COUNT, "Where the log says which policy is in force"),
}
JSON_SCHEMA: Final[Schema] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:enclave:register:1",
    "title": "Register of uses",
    **_object(
        **HEAD,
        totals=TOTALS,
        access_by_authorities=_list(
            _object(
                who={"enum": ["police", "home_office", "courts", "others"]},
                title=TEXT,
                requests=COUNT,
                granted=COUNT,
                waiting=COUNT,
                records=_about(MAYBE_COUNT, "Null once a demand was granted: that is answered outside"),
            )
        ),
        retracted_fields=_list(
            _object(
                field=TEXT,
                retracted_on=DAY,
                audit_leaf=COUNT,
                files_rewritten=MAYBE_COUNT,
                proof_leaf=MAYBE_COUNT,
            )
        ),
        notice=_object(
            days=COUNT,
            comments_to=TEXT,
            coming=_list(_object(version=COUNT, in_force_from=TIME, widens=_list(TEXT))),
        ),
        projects=_list(PROJECT),
        history=_list(_object(at=TEXT, kind=TEXT, project=MAYBE_TEXT, audit_leaf=COUNT)),
    ),
}
