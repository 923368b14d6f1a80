"""What the database itself refuses of the release workflow: separation of duties, held a second time by other means.

- No output with checkers becomes a release without k different reviewers whose approvals of this round are of its
  table, SQL and report, nor against a dissent which no adjudication decided. k never gets smaller.
- A known-bad item that was put in to test checkers is never a release.
- A release is taken back by two different people. What it says of itself (manifest, time) never changes.
- Moves, comments, baskets and looks are never changed or deleted; nobody with an interest looks afterwards.
"""

from collections.abc import Iterator

from enclave.store.rules import KEPT, NOT_INDEPENDENT

NOT_AGREED = "enclave: this release was not agreed to"
ONE_PERSON = "enclave: a release is taken back by two people"
SQLITE = "sqlite"

_FOR_EVER = ("moves", "comments", "requests", "drawn", "looks", "seeded_results")
_MINE = "r.output_id = NEW.id AND r.round = NEW.round"
_FRESH_FROM = "('released', 'revocation asked', 'suspended', 'superseded')"


def workflow_rules_for(dialect: str) -> Iterator[str]:
    """The statements that make the rules."""
    lite = dialect == SQLITE
    differs = "IS NOT" if lite else "IS DISTINCT FROM"
    make = _sqlite if lite else _postgresql
    if not lite:
        yield from (_function(name, words) for name, words in _WORDS.items())
    for table in _FOR_EVER:
        yield make(f"{table}_keep", "UPDATE", table, "kept", "true")
        yield make(f"{table}_stay", "DELETE", table, "kept", "true")
    yield make("outputs_agreed", "UPDATE", "outputs", "not_agreed", _not_agreed(lite=lite))
    yield make("outputs_two_people", "UPDATE", "outputs", "one_person", _one_person())
    yield make("outputs_manifest", "UPDATE", "outputs", "kept", _changed(differs))
    yield make("looks_independent", "INSERT", "looks", "not_independent", _interested())


_WORDS = {
    "kept": KEPT,
    "not_agreed": NOT_AGREED,
    "one_person": ONE_PERSON,
    "not_independent": NOT_INDEPENDENT,
}


def _not_agreed(*, lite: bool) -> str:
    """That an output becomes a release, and should not."""
    true = "1" if lite else "true"
    bound = " AND ".join(
        f"r.hashes LIKE '%\"{name}\":\"' || NEW.{name}_hash || '\"%'" for name in ("table", "sql", "report")
    )
    approvals = (
        "SELECT count(DISTINCT r.reviewer) FROM reviews r "
        f"WHERE {_MINE} AND r.verdict = 'approve' AND {bound}"
    )
    dissent = (
        f"EXISTS (SELECT 1 FROM reviews r WHERE {_MINE} AND r.verdict <> 'approve' AND NOT r.adjudicates)"
    )
    upheld = f"EXISTS (SELECT 1 FROM reviews r WHERE {_MINE} AND r.verdict = 'approve' AND r.adjudicates)"
    return (
        f"NEW.state = 'released' AND OLD.state NOT IN {_FRESH_FROM} AND "
        f"(NEW.seeded = {true} OR (NEW.k > 0 AND (({approvals}) < NEW.k OR ({dissent} AND NOT {upheld}))))"
    )


def _one_person() -> str:
    return (
        "NEW.state = 'revoked' AND OLD.state <> 'revoked' AND (NEW.revocation_by IS NULL OR "
        "NEW.revocation_confirmed_by IS NULL OR NEW.revocation_by = NEW.revocation_confirmed_by)"
    )


def _changed(differs: str) -> str:
    """That something changes which stays: what a release says of itself, the basket, the number of checkers."""
    released = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in ("manifest", "released_at"))
    others = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in ("seeded", "request_id"))
    return f"(OLD.released_at IS NOT NULL AND ({released})) OR {others} OR NEW.k < OLD.k"


def _interested() -> str:
    mine = "SELECT 1 FROM parties WHERE output_id = NEW.output_id"
    return (
        f"NOT EXISTS ({mine}) OR EXISTS ({mine} AND (person = NEW.person OR organisation = NEW.organisation))"
    )


def _sqlite(name: str, act: str, table: str, words: str, when: str) -> str:
    told = _WORDS[words]
    return (
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{told}'); END"
    )


def _postgresql(name: str, act: str, table: str, words: str, when: str) -> str:
    """The condition is inside the function: one of a trigger may not look into other tables."""
    row = "NEW" if act != "DELETE" else "OLD"
    body = f"BEGIN IF {when} THEN PERFORM enclave_say_{words}(); END IF; RETURN {row}; END"
    function = f"enclave_{name}"
    return (
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$; "
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
    )


def _function(name: str, words: str) -> str:
    told = f"RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation';"
    return f"CREATE FUNCTION enclave_say_{name}() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {told} END $$"
