"""What is wrong with a file that is not YAML, in a writer's words instead of a parser's."""

import re
from collections.abc import Callable, Sequence

from ruamel.yaml.error import MarkedYAMLError, YAMLError

from enclave.documents.findings import Finding
from enclave.documents.places import Place

FIX = "check the indentation and the quotes of this line and the one above"


def yaml_finding(error: YAMLError, lines: Sequence[str], at: Callable[[int, int], Place]) -> Finding:
    """The finding for a parser's error; `at` gives the place for a line and column from 1."""
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Finding(
            at(1, 1), "yaml", "this is not valid YAML: it has characters that are not allowed", FIX
        )
    mark = error.problem_mark
    words = _words(str(error.problem), lines[: mark.line])
    return Finding(at(mark.line + 1, mark.column + 1), "yaml", f"this is not valid YAML: {words}", FIX)


def _words(problem: str, above: Sequence[str]) -> str:
    if "expected <block end>" in problem:
        return f"a key was expected at column {_column_of_key(above)}"
    for sign, words in _KNOWN:
        if sign in problem:
            return words
    return "its structure cannot be made out here"


def _column_of_key(above: Sequence[str]) -> int:
    """The column of the key in the nearest line above that has one; what follows it should line up with it."""
    for line in reversed(above):
        key = re.match(r"[ ]*(?:- )*(?=[^\s#-])", line)
        if key is not None:
            return key.end() + 1
    return 1


_KNOWN = (
    ("could not find expected ':'", 'a ":" is missing'),
    ("mapping values are not allowed", 'there is a ":" where none can be; put the text in quotes'),
    ("found character '\\t'", "a tab is used for indentation; use spaces"),
    ("expected ',' or", "a comma or a closing bracket is missing"),
    ("found unexpected end of stream", "a quote or a bracket is not closed"),
    ("found another document", "there is a second document after ---"),
    ("found undefined alias", "it uses * for an alias; put the text in quotes"),
)
