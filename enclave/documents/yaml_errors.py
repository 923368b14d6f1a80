"""What is wrong with a file that is not YAML, in a writer's words instead of a parser's."""

from collections.abc import Callable

from ruamel.yaml.error import MarkedYAMLError, YAMLError

from enclave.documents.findings import Finding
from enclave.documents.places import Place

FIX = "check the indentation and the quotes of this line and the one above"


def yaml_finding(error: YAMLError, at: Callable[[int, int], Place]) -> Finding:
    """The finding for a parser's error; `at` gives the place for a line and column from 1."""
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Finding(
            at(1, 1), "yaml", "this is not valid YAML: it has characters that are not allowed", FIX
        )
    mark = error.problem_mark
    return Finding(
        at(mark.line + 1, mark.column + 1), "yaml", f"this is not valid YAML: {_words(error)}", FIX
    )


def _words(error: MarkedYAMLError) -> str:
    problem, context = str(error.problem), str(error.context)
    if "expected <block end>" in problem and error.context_mark is not None:
        thing = "an item" if "sequence" in context else "a key"
        return f"{thing} was expected at column {error.context_mark.column + 1}"
    for sign, words in _KNOWN:
        if sign in problem:
            return words
    return "its structure cannot be made out here"


_KNOWN = (
    ("could not find expected ':'", 'a ":" is missing'),
    ("mapping values are not allowed", 'there is a ":" where none can be; put the text in quotes'),
    ("found character '\\t'", "a tab is used for indentation; use spaces"),
    ("expected ',' or", "a comma or a closing bracket is missing"),
    ("found unexpected end of stream", "a quote or a bracket is not closed"),
    ("expected a single document", "there is a second document after ---"),
    ("found undefined alias", "it uses * for an alias; put the text in quotes"),
)
