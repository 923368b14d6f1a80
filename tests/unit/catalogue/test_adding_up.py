"""Totals and parts: which hang together, and which could be computed however many of them are hidden."""

from enclave.catalogue.adding_up import components, determined
from enclave.catalogue.model import Sum

SEX = Sum("all", ("boys", "girls"), by="group")
MEALS = Sum("all", ("fsm", "other"), by="group")
BOYS = Sum("boys", ("boys fsm", "boys other"), by="group")


def test_two_ways_of_splitting_one_total_are_judged_apart() -> None:
    assert [component.parts for component in components([SEX, MEALS])] == [
        ("boys", "girls"),
        ("fsm", "other"),
    ]


def test_a_split_of_a_part_hangs_together_with_the_sum_that_it_is_part_of() -> None:
    (component,) = components([SEX, BOYS])
    assert component.parts == ("boys", "girls", "boys fsm", "boys other")
    assert component.members == ("all", "boys", "girls", "boys fsm", "boys other")
    assert determined(component) == ()


def test_a_sum_with_a_rest_hides_nothing_else() -> None:
    assert components([Sum("all", ("fsm",), by="group", complete=False)]) == ()


def test_the_only_part_of_a_total_is_the_total() -> None:
    (component,) = components([Sum("all", ("everybody",))])
    assert determined(component) == ("everybody",)


def test_three_totals_of_pairs_give_every_part_away() -> None:
    pairs = [Sum("x", ("a", "b")), Sum("y", ("b", "c")), Sum("z", ("a", "c"))]
    (component,) = components(pairs)
    assert determined(component) == ("a", "b", "c")
    (two,) = components(pairs[:2])
    assert determined(two) == ()
