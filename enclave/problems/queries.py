"""Refusals of a query: found before anything runs, computed from the text and the policy alone."""

from dataclasses import dataclass

from enclave.problems.base import Problem


class SyntaxProblem(Problem):
    code = "syntax"
    title = "The query cannot be read"
    status = 400


class NotAQuery(Problem):
    code = "not-a-query"
    title = "Only one SELECT can be asked"
    status = 400


class TooComplex(Problem):
    code = "too-complex"
    title = "The query is too large or too deeply nested"
    status = 400


class UnknownTable(Problem):
    code = "unknown-table"
    title = "There is no such table"
    status = 422


class UnknownField(Problem):
    code = "unknown-field"
    title = "There is no such field"
    status = 422


class FunctionNotAllowed(Problem):
    code = "function-not-allowed"
    title = "This part of SQL is not allowed"
    status = 422


class IndividualRows(Problem):
    code = "individual-rows"
    title = "The result would have a row for each person"
    status = 422


class MixesPeople(Problem):
    code = "mixes-people"
    title = "The query puts rows of different people together"
    status = 422


class ValueOfOnePerson(Problem):
    code = "value-of-one-person"
    title = "The result would be the value of one person"
    status = 422


class ChoosesRows(Problem):
    code = "chooses-rows"
    title = "The query chooses some people's rows by their place"
    status = 422


class EncodesPeople(Problem):
    code = "encodes-people"
    title = "The expression could spell out people's values"
    status = 422


class NotUnderThisMethod(Problem):
    """Of a project whose numbers are changed before they are shown."""

    code = "not-under-this-method"
    title = "The project's method cannot change this number"
    status = 422


class FieldNotGranted(Problem):
    code = "field-not-granted"
    title = "The project may not use these fields"
    status = 403


class FieldUseRefused(Problem):
    code = "field-use"
    title = "The project may not use these fields in this way"
    status = 403


class YearNotInProject(Problem):
    code = "year-not-in-project"
    title = "The project does not have this year"
    status = 403


class ProjectEnded(Problem):
    code = "project-ended"
    title = "The project is not open"
    status = 403


class AccreditationExpired(Problem):
    code = "accreditation-expired"
    title = "The accreditation, training or agreement is not in force"
    status = 403


class NotOnProject(Problem):
    code = "not-on-project"
    title = "This person is not on the project"
    status = 403


class PurposeNotPermitted(Problem):
    code = "purpose-not-permitted"
    title = "The field may not serve this purpose"
    status = 403


@dataclass(eq=False)
class Refusals(Exception):
    """All the problems of one query, the gravest first. Never empty. `query_id` is its id where it was recorded."""

    problems: tuple[Problem, ...]
    query_id: str | None = None

    def __str__(self) -> str:
        return "; ".join(str(problem) for problem in self.problems)
