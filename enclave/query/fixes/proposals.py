"""What is proposed for which problem, the likeliest first."""

from collections.abc import Callable, Iterator

from enclave.query.fixes import calls, clauses, elsewhere, fields, joins, people, values, words
from enclave.query.fixes.case import Case
from enclave.terms import Fix

Proposer = Callable[[Case], Iterator[Fix | None]]

_BY_CODE: dict[str, tuple[Proposer, ...]] = {
    "syntax": (
        clauses.one_of_both,
        clauses.misplaced_condition,
        clauses.nested_aggregate,
        clauses.missing_group,
        words.closed,
        words.plain_names,
        elsewhere.other_words,
        words.crossed,
        words.in_order,
    ),
    "not-a-query": (elsewhere.other_words, words.one_query, words.taken_out),
    "too-complex": (clauses.list_of_values, clauses.written_out_cube),
    "unknown-table": (words.table_of_file,),
    "unknown-field": (
        clauses.misplaced_condition,
        fields.text_meant,
        fields.owner_named,
        fields.from_another_table,
        fields.star_without,
    ),
    "function-not-allowed": (
        elsewhere.other_words,
        calls.another_function,
        words.limits,
        calls.grouped_instead,
        values.a_quantile,
        calls.without_distinct,
        calls.distinct_values,
        calls.like_pattern,
        calls.compared_with_one,
        calls.fewer_points,
        people.people_counted,
        words.table_of_file,
        calls.without_schema,
        words.in_a_list,
        words.today_written,
        words.cast_instead,
        words.taken_out,
        calls.without_condition,
    ),
    "individual-rows": (people.counted,),
    "mixes-people": (
        joins.aggregated_first,
        joins.on_the_person,
        joins.in_their_place,
        joins.within_the_person,
    ),
    "value-of-one-person": (
        values.a_quantile,
        values.inner_point,
        values.best_group,
        values.mean_instead,
        people.without_key,
        calls.without_condition,
    ),
    "chooses-rows": (clauses.without_limit,),
    "encodes-people": (
        values.each_code,
        values.written_out,
        values.each_mean,
        values.a_band,
        fields.left_out,
    ),
    "field-not-granted": (fields.nearest_field, fields.left_out),
    "field-use": (fields.grouped_and_chosen, fields.nearest_field, fields.left_out),
    "year-not-in-project": (fields.nearest_year,),
    "purpose-not-permitted": (fields.nearest_field, fields.left_out),
}


# Proposals from the words alone; all others need a tree.
_OF_WORDS = frozenset(
    {
        elsewhere.other_words, words.cast_instead, words.closed, words.crossed, words.in_a_list, words.in_order,
        words.limits, words.one_query, words.plain_names, words.table_of_file, words.taken_out, words.today_written,
        fields.nearest_year,
    }
)  # fmt: skip


def proposals(case: Case) -> Iterator[Fix]:
    """Changes that might mend a problem: those it came with, then guesses. Each is to be tried."""
    yield from (fix for fix in case.problem.fixes if fix.edits)
    for propose in _BY_CODE.get(case.problem.code, ()):
        if propose in _OF_WORDS or case.has_tree:
            yield from (fix for fix in propose(case) if fix is not None and fix.edits)
