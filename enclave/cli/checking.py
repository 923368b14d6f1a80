"""`enclave queue` and `review`: what waits for a checker, all that they decide on, and their vote."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from enclave.cli.edge import guarded
from enclave.cli.online import long_day, plain, signed_in
from enclave.cli.options import AsJson
from enclave.cli.outputs import OutputId, table_text
from enclave.cli.screen import columns, say, say_json

VERDICTS = ("approve", "return", "reject")
SEAL_LETTERS = 12  # of the seal, shown and given back
MOST_LINKS = 20  # of a table, listed one by one

Approve = Annotated[bool, typer.Option("--approve", help="Vote to release it.")]
Return = Annotated[bool, typer.Option("--return", help="Send it back to be changed; say why.")]
Reject = Annotated[bool, typer.Option("--reject", help="Vote that it may not leave; say why.")]
Comment = Annotated[str, typer.Option("--comment", help="For whoever asked.", show_default=False)]
Seen = Annotated[
    str | None,
    typer.Option(
        "--seen", help="The seal that the review showed: the vote is about just that.", show_default=False
    ),
]


Why = Annotated[
    str | None,
    typer.Option(
        "--reason",
        help="A word for why, needed to reject: small-numbers, differencing, dominance, class-disclosure, "
        "too-detailed, not-needed, unclear-purpose, wrong-or-mislabelled, not-statistical or other.",
        show_default=False,
    ),
]


@guarded
def queue(as_json: AsJson = False) -> None:
    """List what waits for checkers and is yours to look at."""
    with signed_in() as service:
        items = list(service.queue())
    if as_json:
        say_json(items)
    else:
        say(columns([_row(item) for item in items], indent=" ") or "Nothing waits for you.")


@guarded
def review(
    output: OutputId,
    approve: Approve = False,
    send_back: Return = False,
    reject: Reject = False,
    comment: Comment = "",
    reason: Why = None,
    seen: Seen = None,
    as_json: AsJson = False,
) -> None:
    """Show all that a checker decides on; or vote, with the seal of what was seen."""
    chosen = [verdict for verdict, given in zip(VERDICTS, (approve, send_back, reject), strict=True) if given]
    if len(chosen) > 1 or (chosen and seen is None):
        raise typer.BadParameter("give one of --approve, --return and --reject, with --seen from the review")
    if chosen and chosen != ["approve"] and not comment.strip():
        raise typer.BadParameter("say why", param_hint="--comment")
    if chosen == ["reject"] and reason is None:
        raise typer.BadParameter("say why in a word of the list", param_hint="--reason")
    with signed_in() as service:
        found, version = service.review(output)
        if chosen:
            _same(found, str(seen))
            decide = service.adjudicate if found.get("state") == "disputed" else service.vote
            found = decide(output, chosen[0], comment, hashes=found["hashes"], version=version, reason=reason)
    if as_json:
        say_json(found)
    elif chosen:
        say(f"Voted to {chosen[0]} {plain(output)}. It is {plain(found['status'])}.")
    else:
        say("\n".join(review_text(found)))


def review_text(review: dict[str, Any]) -> Iterator[str]:
    """The report as a checker reads it: the question, what to look at, what was hidden by which rule, the table."""
    from enclave.client.tables import drawn

    yield f"{plain(review['output'])}  {plain(review['project'])}  {plain(review.get('name'))}"
    yield f"  {plain(review.get('project_title'))}"
    yield f"  why: {plain(review.get('why'))}"
    yield f"  {review.get('votes_in', 0)} of {review.get('k', 0)} votes are in; nobody sees them before all are"
    yield ""
    yield from (f"  | {plain(line)}" for line in str(review["sql"]).split("\n"))
    yield ""
    yield from (f"  Look at: {plain(point)}" for point in review.get("to_look_at") or ())
    yield from _report(review.get("report") or {})
    ends = ", ".join(f"{count} {plain(code)}" for code, count in (review.get("ends") or {}).items())
    yield f"  Queries of the project that failed: {ends or 'none'}"
    earlier = ", ".join(map(plain, review.get("earlier_releases") or ()))
    yield f"  Released to the project before: {earlier or 'nothing'}"
    yield ""
    yield table_text(drawn(review["table"]))
    yield from _votes(review.get("votes") or ())
    yield ""
    seal = str(review.get("seal", ""))[:SEAL_LETTERS]
    yield f"  Vote on just this:  enclave review {plain(review['output'])} --approve --seen {seal}"


def _report(report: dict[str, Any]) -> Iterator[str]:
    """How much was hidden, and by which rule. For checkers alone: reasons undo what hides."""
    leaves = report.get("leaves") or ()
    cells, hidden = (sum(leaf.get(name, 0) for leaf in leaves) for name in ("cells", "hidden_cells"))
    yield f"  Verdict: {plain(report.get('verdict', 'not known'))}; {hidden:,} of {cells:,} cells hidden whole"
    failed, looked_at = _by_rule(leaves)
    yield from (f"    hidden: {count:,}, {rule}" for rule, count in sorted(failed.items()))
    yield from (f"    look at: {count:,}, {rule}" for rule, count in sorted(looked_at.items()))
    for leaf in leaves:
        yield from _leaf(leaf)


def _by_rule(leaves: Any) -> tuple[Counter[str], Counter[str]]:
    failed: Counter[str] = Counter()
    looked_at: Counter[str] = Counter()
    for leaf in leaves:
        for rule in leaf.get("outcomes") or ():
            failed[plain(rule["rule"])] += rule.get("cells", 0) + rule.get("measures", 0)
            looked_at[plain(rule["rule"])] += rule.get("looked_at", 0)
    return +failed, +looked_at


def _leaf(leaf: dict[str, Any]) -> Iterator[str]:
    """Top shares, linked numbers and coarser groupings of one table."""
    for top in leaf.get("top_shares") or ():
        share = f"{top['two_largest']:.0%} of {plain(top['measure'])} in row {top['row'] + 1}"
        yield f"    the two largest {plain(top['of'])}s hold {share}; less than {top['allowed']:.0%} may be shown"
    for link in (leaf.get("linked") or ())[:MOST_LINKS]:
        what = f"row {link['row'] + 1}" if "row" in link else f"{link['cells']:,} cells"
        others = ", ".join(map(plain, link["with"]))
        yield f"    {plain(link['state'])}: {what}, {plain(link['rule'])}; with {others}"
    for way in leaf.get("coarser") or ():
        yield f"    {plain(way['way'])}: at most {way['hidden_at_most']:,} of {way['cells']:,} cells would be hidden"


def _votes(votes: Any) -> Iterator[str]:
    for vote in votes:
        yield f"  {plain(vote['reviewer'])} voted to {plain(vote['verdict'])}. {plain(vote['comment'])}".rstrip()


def _same(found: dict[str, Any], seen: str) -> None:
    """What is voted on must be what was seen.

    Raises:
        Problem: it has changed since.
    """
    from enclave.client.problems import Problem, simply

    if len(seen) < SEAL_LETTERS or not str(found.get("seal", "")).startswith(seen):
        raise simply(
            Problem,
            "precondition-failed",
            f"{found['output']} is not as it was seen. Look again: enclave review {found['output']}",
        )


def _row(item: dict[str, Any]) -> tuple[str, ...]:
    points = item.get("to_look_at") or 0
    return (
        plain(item["output"]),
        plain(item["project"]),
        plain(item.get("name") or "-"),
        f"{points} to look at" if points else "clear",
        f"{item['votes']} of {item['k']} votes{', yours too' if item.get('voted') else ''}",
        f"by {long_day(item.get('due'))}",
    )
