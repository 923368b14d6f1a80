"""What can stand in the way of what people do with queries and outputs."""

from dataclasses import dataclass

from enclave.problems.base import Problem


class NotFound(Problem):
    """There is no such thing, or it is not for this person to know that there is."""

    code = "not-found"
    title = "There is no such thing here"
    status = 404


class Forbidden(Problem):
    code = "forbidden"
    title = "This person may not do this"
    status = 403


class PurposesNotAcknowledged(Problem):
    code = "purposes-not-acknowledged"
    title = "The prohibited uses have not been acknowledged"
    status = 403


class OwnOutput(Problem):
    code = "own-output"
    title = "A checker may not decide on an output of their own"
    status = 403


class SignInAgain(Problem):
    code = "sign-in-again"
    title = "A decision needs a fresh sign-in"
    status = 401


class NotReleased(Problem):
    code = "not-released"
    title = "The output is not released"
    status = 409


class Revoked(Problem):
    code = "revoked"
    title = "The release was revoked"
    status = 410


class Conflict(Problem):
    code = "conflict"
    title = "This cannot be done as things stand"
    status = 409


class PreconditionFailed(Problem):
    code = "precondition-failed"
    title = "Somebody else was first"
    status = 412


class HookAddress(Problem):
    code = "hook-address"
    title = "A webhook cannot have this address"
    status = 422


class IdempotencyMismatch(Problem):
    code = "idempotency-mismatch"
    title = "The same key came with another request"
    status = 422


@dataclass(eq=False, kw_only=True)
class AllowanceUsedUp(Problem):
    retry_after_seconds: int

    code = "allowance-used-up"
    title = "The project has used up its allowance for today"
    status = 429


@dataclass(eq=False, kw_only=True)
class TooManyWaiting(Problem):
    retry_after_seconds: int

    code = "too-many-waiting"
    title = "Too many queries of this project are waiting"
    status = 429


class PolicyChanged(Problem):
    code = "policy-changed"
    title = "The policy changed while the query ran"
    status = 200


class Overtaken(Problem):
    code = "overtaken"
    title = "Other answers came first"
    status = 200


class Interrupted(Problem):
    code = "interrupted"
    title = "The service stopped while the query ran"
    status = 200
