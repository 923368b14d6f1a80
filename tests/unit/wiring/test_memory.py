"""What was freed goes back to the machine."""

import numpy as np

from enclave.wiring.memory import MUCH, Slack, held


def test_what_lies_between_things_in_use_is_given_back() -> None:
    slack = Slack()
    blocks = [np.ones(8_000) for _ in range(4_000)]  # 64 kB each: none is a mapping of its own
    full = held()
    kept = blocks[::40]
    del blocks
    assert full - held() < MUCH, "the C library keeps it"
    slack.give_back()
    assert full - held() > 2 * MUCH
    assert all(block.all() for block in kept)


def test_a_process_that_hardly_grew_is_left_alone() -> None:
    slack = Slack()
    asked: list[int] = []
    slack._trim = asked.append
    slack.give_back()
    assert asked == []
