"""The law: what the system does must be the same for nobody as for one person fewer than the threshold.

Two worlds that are equal in every number which may be shown, and differ by one person in what must be hidden, give the
same bytes: answer, shape, order, flags and message.
"""

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.questions import leaves, questions
from tests.oracle.rules import Rules
from tests.oracle.tree import Query, render
from tests.oracle.twins import twin
from tests.oracle.world import make_world
from tests.support.ask import Enclave
from tests.support.budget import one_in

LEAST_TWINS_PERCENT = 10


def test_one_person_in_hidden_cells_changes_no_byte() -> None:
    asked, told_apart = [0], [0]

    @given(
        st.one_of(leaves(), questions()),
        st.integers(0, 1_000),
        st.sampled_from((8, 20)),
        st.sampled_from((3, 5, 10)),
    )
    @one_in(1)
    def each(question: Query, seed: int, units: int, min_units: int) -> None:
        world = make_world(seed, units=units)
        other = twin(world, question, Rules(min_units), seed)
        asked[0] += 1
        if other is None:
            return
        told_apart[0] += 1
        with Enclave(world, min_units=min_units) as one, Enclave(other, min_units=min_units) as two:
            assert one.ask(question).line == two.ask(question).line, render(question)

    each()
    assert told_apart[0] * 100 >= asked[0] * LEAST_TWINS_PERCENT, "too few worlds had a twin to mean anything"
