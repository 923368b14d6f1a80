"""How a run can end badly: a code, never the engine's words, which quote people's data."""

from dataclasses import dataclass

from enclave.problems.base import Problem


class TimedOut(Problem):
    code = "timeout"
    title = "The query took too long"
    status = 200


class OutOfMemory(Problem):
    code = "out-of-memory"
    title = "The query needed too much memory"
    status = 200


class ConsentBase(Problem):
    """Of a project that reaches only who has consented: found when the query runs, by who has by then."""

    code = "consent-base"
    title = "Too few have consented, or too few have not"
    status = 200


class MethodsMixed(Problem):
    """Of a scope in which numbers were shown by another method: found when the query runs, by what was shown then."""

    code = "methods-mixed"
    title = "Numbers were shown by another method"
    status = 200


class Cancelled(Problem):
    code = "cancelled"
    title = "The query was cancelled"
    status = 200


@dataclass(eq=False, kw_only=True)
class Fault(Problem):
    """Ours, not the reader's: they get an id, the log has the rest."""

    fault_id: str = ""

    code = "fault"
    title = "Something went wrong on our side"
    status = 500
