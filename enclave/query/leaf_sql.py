"""The SQL of one leaf: the asked aggregates, and beside them the companions that `disclose` decides on."""

from collections.abc import Mapping

from sqlglot import exp

from enclave.disclosure.asked import Cells, Rules
from enclave.query.leaf_frame import LeafFrame
from enclave.query.leaves import Leaf
from enclave.query.number_columns import NumberColumns
from enclave.query.number_sql import compile_number
from enclave.query.people_rendering import PeopleRenderer


def compile_leaf(
    leaf: Leaf, renderer: PeopleRenderer, rules: Rules, types: Mapping[str, str]
) -> tuple[exp.Select, Cells]:
    """The leaf's SELECT and the contract of its columns. `types` are those of its quantiles."""
    frame = LeafFrame(leaf, renderer, rules, types)
    frame.start()
    for place, number in enumerate(leaf.numbers):
        compile_number(NumberColumns(frame, number, place))
    return frame.joined(), frame.cells()
