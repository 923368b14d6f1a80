"""What can go wrong, for a reader: each problem says what, where, why and what to do next.

The `code` of a problem is part of the interface and does not change. A problem never holds a value from the data.
"""

from enclave.problems.base import Problem, listed
from enclave.problems.queries import (
    AccreditationExpired,
    ChoosesRows,
    EncodesPeople,
    FieldNotGranted,
    FieldUseRefused,
    FunctionNotAllowed,
    IndividualRows,
    MixesPeople,
    NotAQuery,
    NotOnProject,
    NotUnderThisMethod,
    ProjectEnded,
    PurposeNotPermitted,
    Refusals,
    SyntaxProblem,
    TooComplex,
    UnknownField,
    UnknownTable,
    ValueOfOnePerson,
    YearNotInProject,
)
from enclave.problems.runs import Cancelled, ConsentBase, Fault, MethodsMixed, OutOfMemory, TimedOut

__all__ = [
    "AccreditationExpired",
    "Cancelled",
    "ChoosesRows",
    "ConsentBase",
    "EncodesPeople",
    "Fault",
    "FieldNotGranted",
    "FieldUseRefused",
    "FunctionNotAllowed",
    "IndividualRows",
    "MethodsMixed",
    "MixesPeople",
    "NotAQuery",
    "NotOnProject",
    "NotUnderThisMethod",
    "OutOfMemory",
    "Problem",
    "ProjectEnded",
    "PurposeNotPermitted",
    "Refusals",
    "SyntaxProblem",
    "TimedOut",
    "TooComplex",
    "UnknownField",
    "UnknownTable",
    "ValueOfOnePerson",
    "YearNotInProject",
    "listed",
]
