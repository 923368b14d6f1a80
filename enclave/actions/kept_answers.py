"""An answer as it is kept until it is released: three texts of bytes, each the exact thing that its hash is of."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import pyarrow as pa

from enclave.actions.answer_json import CodeLists, Json, frame_json, table_json
from enclave.actions.held_answers import filled
from enclave.actions.linked_numbers import FOREIGN
from enclave.actions.report_words import words_of
from enclave.actions.run_query import Answer
from enclave.disclosure.asked import Rules
from enclave.disclosure.columns import nothing_below
from enclave.disclosure.perturbation.method import Perturbing
from enclave.disclosure.report import RiskReport
from enclave.disclosure.report_json import report_json
from enclave.disclosure.verdict import LeafFacts, Verdict, outcomes_of, shown_numbers, verdict_of
from enclave.outputs.hashes import sha256
from enclave.outputs.records import QueryId, ResultRecord
from enclave.problems import OutOfMemory
from enclave.problems.service import Conflict
from enclave.query.code_lists import labels_of
from enclave.query.leaves import Leaf
from enclave.query.plan import LeafStep, ResultColumn

MOST_KEPT_BYTES: Final = 64 * 1024 * 1024
NOT_WHOLE: Final = "not_whole"
"""In a report, where what was to be computed of an answer was not: too large, or too long."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class KeptTable:
    """A protected table with what its columns are, and the labels of its codes as they were when it was made.

    One that was kept before labels were has none.
    """

    columns: tuple[ResultColumn, ...]
    table: pa.Table
    frame: Json | None
    older_versions: tuple[str, ...] = ()
    code_lists: CodeLists = field(default_factory=dict)
    perturbed: str = ""  # how its numbers were changed; empty where they are exact

    def as_json(self) -> Json:
        return table_json(
            self.columns,
            self.table,
            frame=self.frame,
            older=self.older_versions,
            perturbed=self.perturbed,
            code_lists=self.code_lists,
        )

    def __repr__(self) -> str:
        return f"<KeptTable {self.table.num_rows} rows x {len(self.columns)} columns>"


def keep(query: QueryId, answer: Answer) -> ResultRecord:
    """The answer of a query, as the store keeps it.

    Raises:
        OutOfMemory: it is larger than what is kept.
    """
    answer, table = _table_bytes(answer)
    shape = _shape_bytes(answer)
    if len(table) + len(shape) > MOST_KEPT_BYTES:
        raise OutOfMemory(detail="The answer is larger than what can be kept. Ask for fewer groups at once.")
    report = _report_bytes(answer)
    return ResultRecord(query, table, shape, report, table_hash(table, shape), sha256(report))


def read_table(result: ResultRecord) -> KeptTable:
    """The table of a result.

    Raises:
        Conflict: it was destroyed with its project.
    """
    if not result.answer:
        raise Conflict(detail="This answer was never released, and was destroyed when its project was over.")
    shape = json.loads(result.answer)
    columns = tuple(ResultColumn(**column) for column in shape["columns"])
    table = _table_of(result)
    lists = {name: dict(pairs) for name, pairs in shape.get("code_lists", ())}
    older = tuple(shape.get("older_versions", ()))
    return KeptTable(columns, table, shape["frame"], older, lists, shape.get("perturbed", ""))


def read_report(result: ResultRecord) -> Mapping[str, Any]:
    """What was found about a result: for checkers alone."""
    report: Mapping[str, Any] = json.loads(result.report)
    return report


def intact(result: ResultRecord) -> bool:
    """Whether the bytes are those that the hashes were made of."""
    same_table = table_hash(result.table, result.answer) == result.table_hash
    return same_table and sha256(result.report) == result.report_hash


def table_hash(table: bytes, shape: bytes) -> str:
    """Of a table with its columns and frame: what they mean is part of what is decided on."""
    return sha256(len(table).to_bytes(8, "big") + table + shape)


def said_hash(result: ResultRecord) -> str:
    """The hash of what a table says: its own, unless it was kept with what an engine's memory held under a NULL, or in
    more bytes than it needs.
    """
    return table_hash(_stream(_table_of(result)), result.answer)


def rules_json(rules: Rules) -> Json:
    """The disclosure rules that an answer was made under; how numbers were changed, where they were."""
    found = asdict(replace(rules, perturbing=None))
    del found["perturbing"]
    return found | ({} if rules.perturbing is None else {"method": rules.perturbing.name})


def _method_json(by: Perturbing | None) -> Json:
    """How numbers were changed, as a checker reads it, and how many people more or less a count may stand for."""
    if by is None:
        return {}
    return {"method": {"name": by.name, "words": by.words, "at_most": by.most, "none_up_to": by.none_up_to}}


def _table_bytes(answer: Answer) -> tuple[Answer, bytes]:
    """Of what is said alone, so that the same answer has the same bytes; and the answer, empty if they have no room."""
    told = nothing_below(answer.table.select([column.id for column in answer.columns]))
    if answer.room is None:
        return answer, _stream(told)
    whole = filled(_stream(told), answer.room)
    if whole is not None:
        return answer, whole
    nothing = filled(_stream(told.slice(0, 0)), answer.room)
    if nothing is None:  # its columns alone are too many, which tells of nobody
        raise OutOfMemory(detail="The answer has more columns than can be kept. Ask for fewer at once.")
    return replace(answer, whole=False), nothing


def _table_of(result: ResultRecord) -> pa.Table:
    with pa.ipc.open_stream(result.table) as reader:
        return nothing_below(reader.read_all())


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def _shape_bytes(answer: Answer) -> bytes:
    shape: Json = {
        "columns": [asdict(column) for column in answer.columns],
        "frame": frame_json(answer),
    }
    lists = [[name, list(labels.items())] for name, labels in _code_lists(answer)]
    shape |= {"code_lists": lists} if lists else {}  # pairs: published order is part of what a list says
    shape |= {"perturbed": answer.perturbed} if answer.perturbed else {}
    return _bytes(shape | ({"older_versions": answer.older_versions} if answer.older_versions else {}))


def _code_lists(answer: Answer) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The labels of the codes that columns of the answer hold, each list once."""
    for name in dict.fromkeys(column.code_set for column in answer.columns if column.code_set is not None):
        found = answer.planned.plan.protected.authorised.resolved.catalogue.code_sets[name]
        yield name, labels_of(found)


def _report_bytes(answer: Answer) -> bytes:
    rules, facts, leaves = answer.planned.rules, [], []
    for leaf, report in zip(_leaves(answer), answer.reports, strict=True):
        outcomes, words = outcomes_of(report, rules), words_of(leaf, answer.planned.plan.protected)
        facts.append(LeafFacts(outcomes, shown_numbers(report), _is_foreign(report, answer.linked)))
        leaves.append(
            report_json(
                report, outcomes, rules=rules, names=words.names, linked=answer.linked, ways=words.ways
            )
        )
    return _bytes(
        {
            "rules": rules_json(rules),
            "verdict": _verdict(answer, facts).value,
            "leaves": leaves,
            "incomplete": [column.name for column in answer.columns if column.incomplete],
            "route_reasons": list(answer.planned.routing.reasons),
        }
        | _method_json(rules.perturbing)
        | ({} if answer.whole else {NOT_WHOLE: True})
    )


def _verdict(answer: Answer, facts: Sequence[LeafFacts]) -> Verdict:
    """What is not whole shows nothing, so that there is nothing to approve."""
    found = verdict_of(facts, checked=answer.held)
    assert answer.whole or answer.held, "an answer that nobody looks at came to its end"
    return found if answer.whole else Verdict.BLOCKED


def _leaves(answer: Answer) -> Iterator[Leaf]:
    """The leaves in the order in which they ran, which is that of the reports."""
    plan = answer.planned.plan
    leaves = {step.id: step for step in plan.protected.steps if isinstance(step, Leaf)}
    yield from (leaves[step.id] for step in plan.steps if isinstance(step, LeafStep))


def _is_foreign(report: RiskReport, linked: Mapping[int, str]) -> bool:
    """Whether something is flagged whose witness the checkers of this item may not see."""
    return any(linked[handle] == FOREIGN for witness in report.flagged for handle in witness.handles)


def _bytes(thing: object) -> bytes:
    return json.dumps(thing, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
