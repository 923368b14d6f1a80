"""The register is the same, byte for byte, whoever is in cells that are hidden."""

import json
import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from enclave.problems import Problem
from enclave.transparency import register_json, register_of
from enclave.transparency.recorded import history_of
from enclave.transparency.register_csv import register_csv
from tests.oracle.questions import leaves, questions
from tests.oracle.rules import Rules
from tests.oracle.tree import Query, render
from tests.oracle.twins import twin
from tests.oracle.world import World, make_world
from tests.support.ask import InProcessEngine
from tests.support.budget import one_in
from tests.support.service import Service

MIN_UNITS = 5
"""That of the service's policies."""


def told_of(world: World, question: Query, folder: Path) -> str:
    """All that the register says after a question was asked of a world."""
    service = Service(folder)
    service.engine.close()
    service.engine = InProcessEngine(world)
    try:
        _ask(service, question)
        assert service.faults == []
        with service.records.read() as reading:
            register = register_of(service.policies, reading, now=service.clock.now())
            told = register_json(register, history=history_of(reading))
        return json.dumps(told) + register_csv(register).decode()
    finally:
        service.close()


def _ask(service: Service, question: Query) -> None:
    """It may be refused, and counts as that."""
    with suppress(Problem):
        service.ask(render(question))
    service.run()


def test_one_person_in_hidden_cells_changes_nothing_on_the_register(tmp_path: Path) -> None:
    told_apart = [0]

    @given(st.one_of(leaves(), questions()), st.integers(0, 1_000), st.sampled_from((8, 20)))
    @one_in(2)
    def each(question: Query, seed: int, units: int) -> None:
        world = make_world(seed, units=units)
        other = twin(world, question, Rules(MIN_UNITS), seed)
        if other is None:
            return
        told_apart[0] += 1
        one, two = (Path(tempfile.mkdtemp(dir=tmp_path)) for _ in range(2))
        assert told_of(world, question, one) == told_of(other, question, two), render(question)

    each()
    assert told_apart[0] > 0, "no world had a twin"
