"""What was shown of the very same people before, as a count: it is shown again so, whatever table it stands in now."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from enclave.disclosure.ledger.numbers import Labels, LedgerNumber, Population, units_of
from enclave.disclosure.ledger.runs import histogram
from enclave.disclosure.ledger.shown_values import value_of_count

COUNT: Final = "count"


class Remembered(Protocol):
    """What is kept of a number."""

    @property
    def units(self) -> int: ...
    @property
    def bins(self) -> bytes | None: ...
    @property
    def value(self) -> str: ...


@dataclass(slots=True)
class ShownCounts:
    """Handles of the counts that are remembered with a value, by the size and the histogram of whom they are about."""

    population_of: Callable[[int], Population]
    _read: int = 0
    _found: dict[tuple[int, bytes], list[int]] = field(default_factory=dict)
    _sizes: set[int] = field(default_factory=set)
    _values: dict[int, int] = field(default_factory=dict)

    def follow(self, numbers: Sequence[Remembered], statistic_of: Callable[[int], str]) -> None:
        """Take in what is new."""
        for handle in range(self._read, len(numbers)):
            number = numbers[handle]
            value = value_of_count(number.value)
            if value is not None and number.bins is not None and statistic_of(handle) == COUNT:
                self._found.setdefault((number.units, number.bins), []).append(handle)
                self._sizes.add(number.units)
                self._values[handle] = value
        self._read = len(numbers)

    def have(self, units: int) -> bool:
        """Whether any count of so many people is remembered."""
        return units in self._sizes

    def of(self, labels: Labels) -> Iterator[int]:
        """The values of counts of these people, at these censuses or at any others."""
        units = units_of(labels)
        if len(units) not in self._sizes:
            return
        for handle in self._found.get((len(units), histogram(units).tobytes()), ()):
            if np.array_equal(units_of(self.population_of(handle).labels), units):
                yield self._values[handle]


def among(own: Iterable[LedgerNumber], labels: Labels) -> Iterator[int]:
    """The same of what the answer itself shows so far."""
    units = units_of(labels)
    for number in own:
        value = value_of_count(number.value)
        is_count = number.likeness.statistic == COUNT
        if value is not None and is_count and np.array_equal(units_of(number.population.labels), units):
            yield value


def counted_in(own: Iterable[LedgerNumber]) -> frozenset[bytes]:
    """The units of all that an answer counts so far, to be looked up."""
    return frozenset(
        units_of(number.population.labels).tobytes()
        for number in own
        if number.likeness.statistic == COUNT and value_of_count(number.value) is not None
    )
