"""Run what waits. Many threads and processes may do so at once: a job is taken once, and ended once.

The one thing to know before changing this: how long a run took depends on the data. Its end is written on the time
grid, whatever the end is, and the worker is held until then, so that neither the log nor the queue tells more.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from enclave.actions.answer_json import problems_json
from enclave.actions.asked_again import Answered
from enclave.actions.asking import parties_of
from enclave.actions.check_policy import Policies
from enclave.actions.end_barred import barred_now
from enclave.actions.held_answers import SEEN_AFTER
from enclave.actions.in_force import planned_now, question_of
from enclave.actions.kept_answers import keep
from enclave.actions.ledger_desk import scope_of, show_numbers
from enclave.actions.ledger_past import AS_BEFORE, TOLD, Position
from enclave.actions.plan_query import Planned
from enclave.actions.releases import committed, new_output, release_entry, released
from enclave.actions.run_query import run_query
from enclave.actions.service_desk import ServiceDesk
from enclave.actions.settle_outputs import settle_outputs
from enclave.audit import Entry, Kind
from enclave.audit.entries import Json
from enclave.outputs.keeping import Change, Stale
from enclave.outputs.ledger import NotTogether, Recheck
from enclave.outputs.records import JobRecord, QueryId, QueryRecord, QueryStatus, ResultRecord
from enclave.outputs.states import State
from enclave.outputs.steps import seen_from
from enclave.problems import Cancelled, Fault, Problem, Refusals
from enclave.problems.service import Overtaken, PolicyChanged
from enclave.projects import day_there

PROGRESS_STEP: Final = 5
MOST_RUNS: Final = 3
"""Of one query, when answers which other projects got meanwhile stand in the way of its own."""
FIRST_FEW: Final = 20
"""Of the queue are looked at: the oldest that no other thread of this process is taking is taken."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that gave an answer, under the policies it was planned with."""

    planned: Planned
    result: ResultRecord
    policies: Policies
    position: Position | None
    known_seconds: float | None = None  # of an answer that is held: how long it took to know all its numbers
    first: QueryId | None = None  # the query that was run, where this one was answered as that was

    def told(self) -> Mapping[str, Json]:
        """For the entry of its end: what it was judged against, and by which run."""
        position = {} if self.position is None else {TOLD: self.position.as_json()}
        return position | ({} if self.first is None else {AS_BEFORE: self.first})


@dataclass(eq=False)  # not frozen: a raised exception must take a traceback
class _Barred(Exception):
    """Access ended at the instant at which the answer would have been shown."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Stopped:
    """A run that did not, and why. `by_itself`: what it computed may have made it end as it did, or when."""

    problems: tuple[Problem, ...]
    refused: bool = False
    by_itself: bool = False


def run_next_job(desk: ServiceDesk) -> bool:
    """Do one thing that waits: run the oldest query, or release what was approved. False when nothing waits."""
    with desk.records.read() as reading:
        waiting = reading.waiting_jobs(limit=FIRST_FEW)
    for job in waiting:
        with desk.running.alone(job.query_id) as stop:
            if stop is None:
                continue  # another thread here is taking it
            query = _take(job, desk)
            if query is not None:
                _run_and_end(job, query, desk, stop)
            return True
    return settle_outputs(desk, states=[State.APPROVED])


def beat(desk: ServiceDesk) -> None:
    """Say that this process lives and how far its queries are, and stop those that were ended through another."""
    shares = desk.running.shares(desk.clock.now())
    desk.records.beat(desk.worker, shares)
    with desk.records.read() as reading:
        found = [reading.query(id) for id in shares]
    for query in found:
        if query is not None and query.status is not QueryStatus.RUNNING:
            desk.running.stop(query.id)


def _take(job: JobRecord, desk: ServiceDesk) -> QueryRecord | None:
    """The query of a job that is now this worker's; None when somebody else was first, or it was cancelled."""
    with desk.records.read() as reading:
        query = reading.query(job.query_id)
    assert query is not None, "a job has a query"

    def change(opened: Change) -> QueryRecord:
        opened.take_job(job.id, by=desk.worker)
        return opened.save_query(replace(query, status=QueryStatus.RUNNING, started_at=opened.at))

    entry = Entry(Kind.QUERY_STARTED, None, query.project, committed(query, policy_hash=query.policy_hash))
    try:
        return desk.write(entry, change)
    except Stale:
        return None


def _run_and_end(job: JobRecord, query: QueryRecord, desk: ServiceDesk, stop: threading.Event) -> None:
    try:
        for _ in range(MOST_RUNS):
            if _ran_to_its_end(job, query, desk, stop):
                break
        else:
            _fail(job, query, Stopped((_overtaken(),)), desk)
    except Stale:
        return  # cancelled meanwhile, which ended the job: what was computed goes with this frame
    desk.ended(query.id)


def _ran_to_its_end(job: JobRecord, query: QueryRecord, desk: ServiceDesk, stop: threading.Event) -> bool:
    """Run the query and end it; False when its answer may not be shown beside what others were shown meanwhile."""
    ended = _run(query, desk, stop)
    desk.at("job:computed")
    if not stop.is_set():
        _hold(query, ended, desk)
        ended = _still_allowed(query, ended, desk)
    if not isinstance(ended, Ran):
        _fail(job, query, ended, desk)
        return True
    try:
        _finish(job, query, ended, desk)
    except NotTogether:
        return False
    except _Barred as barred:
        _fail(job, query, Stopped(barred.problems, refused=True), desk)
    else:
        _remember(query, ended, desk)
    return True


def _remember(query: QueryRecord, ran: Ran, desk: ServiceDesk) -> None:
    """What the same question is answered with when it comes again."""
    if ran.position is not None:
        first = Answered(ran.first or query.id, ran.position)
        desk.remembered.keep(query, ran.policies, ran.planned, first)


def _still_allowed(query: QueryRecord, ended: Ran | Stopped, desk: ServiceDesk) -> Ran | Stopped:
    """What was computed, unless the policy changed or access ended while it was held."""
    if not isinstance(ended, Ran):
        return ended
    in_force = _in_force(query, ended.planned, ended.policies, desk)
    return Stopped((_changed(),)) if in_force is None else replace(ended, policies=in_force)


def _run(query: QueryRecord, desk: ServiceDesk, stop: threading.Event) -> Ran | Stopped:
    """The answer, or the coded end of the run. An error of ours is logged, and its id is the end."""
    policies = desk.policies()
    try:
        again = _again(query, policies, desk)
        if again is not None:
            return again
        tools = desk.question_desk(policies, query.project, desk.clock.now())
        question = question_of(query, desk)
        answer = run_query(
            question,
            tools,
            cancel=stop,
            came_to=lambda share: _came_to(query, share, desk),
            query=query.id,
        )
        result, in_force = keep(query.id, answer), _in_force(query, answer.planned, policies, desk)
        if in_force is None:
            return Stopped((_changed(),))
        position = None if answer.judged is None else Position(answer.judged, question.exclusions)
        return Ran(answer.planned, result, in_force, position, known_seconds=answer.known_seconds)
    except Stale:
        return Stopped((Cancelled(detail="The query was cancelled; nothing of it was kept."),))
    except Refusals as refusals:
        return Stopped(refusals.problems, refused=True)
    except Problem as problem:
        return Stopped((problem,), by_itself=True)
    except Exception as error:  # noqa: BLE001 - the edge of a run: the worker goes on to the next
        fault_id = desk.fault(error)
        told = f"Something went wrong on our side; nothing was released. Report {fault_id}."
        return Stopped((Fault(detail=told, fault_id=fault_id),), by_itself=True)


def _again(query: QueryRecord, policies: Policies, desk: ServiceDesk) -> Ran | None:
    """The answer that this very question was given before; None when it is to be run.

    Raises:
        Refusals: it may not be asked any more.
    """
    planned = planned_now(query, policies, desk)
    if isinstance(planned, Refusals):
        raise planned
    again = desk.remembered.again(query, policies, planned, desk.records)
    if again is None:
        return None
    return Ran(planned, again.result, policies, again.first.position, first=again.first.query)


def _came_to(query: QueryRecord, share: float, desk: ServiceDesk) -> None:
    """Progress, in steps of 5 % and on the time grid: never finer than the end of a run."""
    assert query.started_at is not None, "it was started"
    percent = int(share * 100) // PROGRESS_STEP * PROGRESS_STEP
    desk.running.came_to(query.id, percent, seen_from=seen_from(query.started_at, desk.clock.now()))


def _in_force(query: QueryRecord, ran: Planned, policies: Policies, desk: ServiceDesk) -> Policies | None:
    """The policies in force now, if they would give this very answer; None when they would not.

    Policies change at any time, and what dates allow ends with a day.
    """
    assert query.started_at is not None, "it was started"
    now, zone = desk.policies(), policies.house.time_zone
    same_day = day_there(query.started_at, zone) == day_there(desk.clock.now(), zone)
    if now.content_hash == policies.content_hash and same_day:
        return now
    planned = planned_now(query, now, desk)
    return now if not isinstance(planned, Refusals) and _same(planned, ran) else None


def _same(one: Planned, other: Planned) -> bool:
    """Whether two plans give the same answer by the same route."""
    return (one.plan.steps, one.rules, one.routing) == (other.plan.steps, other.rules, other.routing) and (
        one.policy.project.data_version == other.policy.project.data_version
    )


def _changed() -> Problem:
    return PolicyChanged(
        detail="The policy changed while the query ran, so its result was thrown away. Ask again."
    )


def _overtaken() -> Problem:
    return Overtaken(
        detail="Answers to others came first each time it ran, so its result was thrown away. Ask again."
    )


def _hold(query: QueryRecord, ended: Ran | Stopped, desk: ServiceDesk) -> None:
    assert query.started_at is not None, "it was started"
    now = desk.clock.now()
    until = seen_from(query.started_at, now)
    if isinstance(ended, Ran) and ended.known_seconds is not None:
        known_at = query.started_at + timedelta(seconds=ended.known_seconds)
        promised = seen_from(query.started_at, known_at) + SEEN_AFTER
        until = promised if now <= promised else until
    desk.clock.sleep((until - now).total_seconds())


def _finish(job: JobRecord, query: QueryRecord, ran: Ran, desk: ServiceDesk) -> None:
    """Keep the answer; on the automatic route it is released in the same transaction, and its numbers are shown.

    Raises:
        NotTogether: others came into its scope meanwhile, beside whom it may not be shown. Nothing was written.
    """
    checkers = ran.planned.routing.route.checkers
    policies = ran.policies
    policy, scope = policies.in_force[query.project], scope_of(query.project, policies)
    drawn = desk.chance() * 100 < policies.house.reviewing.looked_at_afterwards_percent
    query = replace(
        query,
        status=QueryStatus.FINISHED,
        policy_hash=policies.content_hash,
        data_version=policy.project.data_version,
        route_checkers=checkers,
        route_reasons=ran.planned.routing.reasons,
    )

    def change(opened: Change, recheck: Recheck | None = None) -> None:
        barred = barred_now(query, policies, opened.at)
        if barred:
            raise _Barred(barred)
        finished = replace(query, finished_at=opened.at)
        opened.end_job(job.id)
        if ran.first is not None:
            opened.reach_again(query.id, of=ran.first)
        opened.add_result(ran.result)
        if checkers:
            opened.keep_numbers(query.id)
            opened.save_query(finished)
            return
        opened.show_numbers(query.id, scope, recheck=recheck)
        id = opened.new_output_id()
        output = new_output(
            id, finished, ran.result, policy, asked_by=query.person, why="", checkers=0, at=opened.at
        )
        opened.save_query(replace(finished, output_id=id))
        opened.add_output(
            released(output, policies, at=opened.at), parties=parties_of(query.project, policies)
        )
        opened.also(release_entry(query, ran.result, policy_hash=policies.content_hash, needs=0))
        if drawn:
            opened.draw(id)
            opened.also(Entry(Kind.RELEASE_DRAWN, None, query.project))

    objects = {
        **committed(query, policy_hash=policies.content_hash),
        "table": ran.result.table,
        "report": ran.result.report,
    }
    entry = Entry(Kind.QUERY_FINISHED, None, query.project, objects, ran.told())

    def write(recheck: Recheck | None) -> None:
        write_it = desk.write if recheck is None else desk.write_alone
        write_it(entry, lambda opened: change(opened, recheck))

    show_numbers(query.id, scope, desk.records.ledger, write, recheck=lambda met: desk.judge(met, policy))


def _fail(job: JobRecord, query: QueryRecord, stopped: Stopped, desk: ServiceDesk) -> None:
    """End the query with its code. Ends that can depend on the data are counted by project: `Reading.ends`.

    An end that can tell of protected numbers leaves them reserved for ever, as if they had been shown.
    """
    status = QueryStatus.REFUSED if stopped.refused else QueryStatus.FAILED
    kind = Kind.QUERY_REFUSED if stopped.refused else Kind.QUERY_FAILED

    def change(opened: Change) -> None:
        opened.end_job(job.id)
        if stopped.by_itself:
            opened.keep_numbers(query.id)
        else:
            opened.free_numbers(query.id)
        problem = problems_json(stopped.problems)
        opened.save_query(replace(query, status=status, problem=problem, finished_at=opened.at))

    objects = committed(query, policy_hash=query.policy_hash)
    codes = [problem.code for problem in stopped.problems]
    desk.write(Entry(kind, None, query.project, objects, {"codes": codes}), change)
