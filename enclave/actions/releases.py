"""What a release is made of: the output of a query, and the manifest that goes with it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from enclave.actions.check_policy import Policies
from enclave.actions.kept_answers import read_report
from enclave.actions.perturbing import perturbing_of
from enclave.audit import Entry, Json, Kind
from enclave.outputs.hashes import sha256
from enclave.outputs.records import OutputId, OutputRecord, QueryRecord, ResultRecord
from enclave.outputs.states import Command, Event, State, move
from enclave.outputs.words import route_words
from enclave.projects import Policy
from enclave.terms import PersonId


def new_output(
    id: OutputId,
    query: QueryRecord,
    result: ResultRecord,
    policy: Policy,
    *,
    asked_by: PersonId,
    why: str,
    checkers: int,
    at: datetime,
) -> OutputRecord:
    """The output of a query, on its way: to checkers, or at once to be released."""
    return OutputRecord(
        id=id,
        query_id=query.id,
        project=query.project,
        organisation=policy.project.organisation,
        state=_first_state(result, checkers=checkers),
        k=checkers,
        asked_by=asked_by,
        why=why,
        asked_at=at,
        sql_hash=sha256(query.sql.encode()),
        table_hash=result.table_hash,
        report_hash=result.report_hash,
        policy_hash=query.policy_hash,
        data_version=query.data_version,
        name=query.name,
    )


def _first_state(result: ResultRecord, *, checkers: int) -> State:
    """Where an answer goes from what was found about it. On the automatic route nothing is flagged or blocked."""
    found = State(read_report(result)["verdict"])
    event = move(found, Command.ASK if checkers else Command.PASS)
    assert isinstance(event, Event), "what is flagged or blocked goes to checkers"
    return event.to


def released(output: OutputRecord, policies: Policies, *, at: datetime) -> OutputRecord:
    """The output as a release, with its manifest. Only an approved one becomes one."""
    event = move(State(output.state), Command.RELEASE)
    assert isinstance(event, Event), "only what is approved is released"
    return replace(
        output, state=event.to, released_at=at, manifest=manifest_of(output, policies, released_at=at)
    )


def release_entry(query: QueryRecord, result: ResultRecord, *, policy_hash: str, needs: int) -> Entry:
    """What the public log commits to of a release. The system releases; `needs` people voted on the same before."""
    objects = {**committed(query, policy_hash=policy_hash), "table": result.table, "report": result.report}
    return Entry(Kind.OUTPUT_RELEASED, None, query.project, objects, needs=needs)


def committed(query: QueryRecord, *, policy_hash: str) -> Mapping[str, bytes]:
    return {"sql": query.sql.encode(), "policy": policy_hash.encode()}


def manifest_of(output: OutputRecord, policies: Policies, *, released_at: datetime) -> dict[str, Json]:
    """What goes with a release for ever. No hash of the report: that could be guessed, and counts what was hidden."""
    policy = policies.in_force[output.project]
    rules, by = policy.rules, perturbing_of(policy)
    return {
        "output": output.id,
        "query": output.query_id,
        "project": output.project,
        "project_title": policy.project.title,
        "name": output.name,
        "house": policies.house.name,
        "synthetic": policies.house.synthetic,
        "data_version": output.data_version,
        "released_at": released_at.isoformat(),
        "route": route_words(output.k),
        "sql_sha256": output.sql_hash,
        "table_sha256": output.table_hash,
        "policy_sha256": policies.content_hash,
        "rules": {
            "min_units": rules.min_units,
            "min_clusters": rules.min_clusters,
            "method": rules.method.value,
            **({} if by is None else {"method_words": by.words}),
            "dominance_n": rules.dominance.n,
            "dominance_k_percent": str(rules.dominance.k_percent),
            "dominance_p_percent": str(rules.dominance.p_percent),
            "residual_degrees_of_freedom": rules.residual_degrees_of_freedom,
        },
        "hidden": "c: hidden to protect people, or nobody",
    }
