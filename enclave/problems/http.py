"""What can be wrong with a call, whoever makes it and whatever it asks. Nothing here depends on data."""

from dataclasses import dataclass

from enclave.problems.base import Problem


@dataclass(eq=False, kw_only=True)
class Unauthenticated(Problem):
    """`detail` never says more than whether to sign in or to sign in again; `reason` is one word for the log."""

    reason: str = "no token"

    code = "unauthenticated"
    title = "Sign in first"
    status = 401


class SignInRefused(Problem):
    code = "sign-in-refused"
    title = "You were not signed in"
    status = 403


class CrossSite(Problem):
    code = "cross-site"
    title = "This came from another site"
    status = 403


@dataclass(eq=False, kw_only=True)
class InsufficientScope(Problem):
    scope: str

    code = "insufficient-scope"
    title = "The access token is not for this use"
    status = 403


class UnknownPerson(Problem):
    code = "unknown-person"
    title = "Nobody here has this sign-in"
    status = 403


class SignInUnavailable(Problem):
    code = "sign-in-unavailable"
    title = "Nobody can be signed in just now"
    status = 503


class MalformedRequest(Problem):
    code = "malformed-request"
    title = "The request cannot be understood"
    status = 400


class NotAcceptable(Problem):
    code = "not-acceptable"
    title = "There is no such format"
    status = 406


class MethodNotAllowed(Problem):
    code = "method-not-allowed"
    title = "This address does not take this method"
    status = 405


class TooLarge(Problem):
    code = "too-large"
    title = "The request is too large"
    status = 413


class UnsupportedMediaType(Problem):
    code = "unsupported-media-type"
    title = "The body must be JSON"
    status = 415


class WrongHost(Problem):
    code = "wrong-host"
    title = "This service does not answer to that name"
    status = 421


class PreconditionRequired(Problem):
    code = "precondition-required"
    title = "Say which version you have seen"
    status = 428


@dataclass(eq=False, kw_only=True)
class RateLimited(Problem):
    """Counted by calls, whatever they ask."""

    retry_after_seconds: int = 1

    code = "rate-limited"
    title = "Too many calls at once"
    status = 429
