"""A plan as a person reads it."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]


def checked_text(checked: Json) -> str:
    """One line on what the answer can be and how it leaves; more where there is a reason to."""
    lines = [f"ok          {_size(checked)}; {_route(checked)}"]
    lines += [f"            because {reason}" for reason in checked["reasons"]]
    if checked["incomplete"]:
        names = ", ".join(checked["incomplete"])
        lines.append(f"            over protected numbers, so hidden ones are missing from it: {names}")
    lines += [f"            note: {note}" for note in checked.get("advice") or ()]
    return "\n".join(lines)


def explained_text(explained: Json) -> str:
    """Each step with its SQL and what protects it."""
    steps = ["\n".join(_step(step)) for step in explained["steps"]]
    return "\n\n".join([checked_text(explained), *steps])


def _size(checked: Json) -> str:
    cells = checked["cells"]
    return "as many cells as the data have groups" if cells is None else f"{cells:,} cells at most"


def _route(checked: Json) -> str:
    route = checked["route"]
    if isinstance(route, str):
        return route
    return "1 checker" if route["checkers"] == 1 else f"{route['checkers']} checkers"


def _step(step: Json) -> Iterator[str]:
    reads = f", reads {', '.join(step['inputs'])}" if step["inputs"] else ""
    yield f"{step['kind']} {step['id']}{reads}"
    yield f"  {step['sql']}"
    if step["kind"] == "leaf":
        clusters = f", clusters in {step['clusters']}" if step["clusters"] else ""
        yield f"  cell: units in {step['units']}{clusters}; {step['certificate']}"
        for number in step["numbers"]:
            yield f"  {number['statistic']} {number['column']}: {'; '.join(_companions(number))}"


def _companions(number: Json) -> Iterator[str]:
    yield f"contributors in {number['contributors']}"
    for name in ("dominance_of_units", "dominance_of_clusters"):
        if number[name]:
            yield f"{name.replace('_', ' ')} from {', '.join(number[name])}"
    for name, word in (
        ("paths", "path"),
        ("classes", "class"),
        ("extremes", "two values"),
        ("amounts", "amounts"),
    ):
        for columns in number[name]:
            yield f"{word} from {', '.join(columns)}"
