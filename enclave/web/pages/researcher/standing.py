"""What waits where, and since when: queries and outputs as one list of things, each with what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from enclave.outputs.records import OutputId, QueryId
from enclave.outputs.views import OutputView, QueryView


@dataclass(frozen=True, slots=True)
class Item:
    """`waits` says with whom it is, in words; empty where nobody is to do anything."""

    id: str
    href: str
    name: str
    status: str
    waits: str
    since: datetime
    query: QueryId
    output: OutputView | None


def standing(
    queries: Sequence[QueryView], outputs: Sequence[OutputView], *, usual_days: int
) -> tuple[Item, ...]:
    """One item for each query: its output, once there is one."""
    known = {output.id: output for output in outputs}
    return tuple(_item(query, known, usual_days) for query in queries)


def _item(query: QueryView, known: dict[OutputId, OutputView], usual_days: int) -> Item:
    output = None if query.output is None else known.get(query.output)
    return Item(
        id=query.id if query.output is None else query.output,
        href=f"/queries/{query.id}" if query.output is None else f"/outputs/{query.output}",
        name=query.name or "No name",
        status=query.status,
        waits=_waits(query.status, usual_days),
        since=query.asked_at if output is None else output.released_at or output.asked_at,
        query=query.id,
        output=output,
    )


def _waits(status: str, usual_days: int) -> str:
    match status:
        case "queued" | "running":
            return "With the engine."
        case "done":
            return "With you: ask for its release."
        case "with checkers":
            days = "1 working day" if usual_days == 1 else f"{usual_days} working days"
            return f"With checkers. They aim to decide within {days}."
        case "returned":
            return "With you: read the questions, then ask again or withdraw."
        case "refused" | "failed":
            return "With you: change the query."
        case "on hold":
            return "On hold: a licence or an accreditation has lapsed."
        case _:
            return ""
