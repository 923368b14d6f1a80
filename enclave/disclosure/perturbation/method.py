"""How the numbers of an answer are changed: a value that the rules of a project carry."""

from dataclasses import dataclass

from enclave.disclosure.perturbation.p_table import PTable, p_table


@dataclass(frozen=True, slots=True)
class Rounding:
    """Counts are multiples of the base, one of the two beside the true count."""

    base: int

    @property
    def name(self) -> str:
        """As it is kept with what was shown: numbers of other names are never shown beside these."""
        return f"round {self.base}"

    @property
    def words(self) -> str:
        """For whoever reads the numbers."""
        return (
            f"Counts are rounded to a multiple of {self.base} beside them, so that parts add up where they can. Sums "
            "and means are made of rounded counts, so a mean of few people can be off by several per cent."
        )

    def said(self, totals_out: int) -> str:
        """The words, and how many totals of an answer are not the sum of their parts."""
        if not totals_out:
            return self.words
        are = "total is" if totals_out == 1 else "totals are"
        return f"{self.words} {totals_out} {are} not the sum of the parts beside them."

    @property
    def reach(self) -> int:
        """How many people a count may stand for, more or less."""
        return self.base

    @property
    def most(self) -> int:
        """How far a count of people is off at most: it goes to one of the two multiples around it."""
        return self.base - 1

    @property
    def none_up_to(self) -> int:
        """No count becomes 1 up to this."""
        return self.base - 1


@dataclass(frozen=True, slots=True)
class CellKeys:
    """Counts have noise of at most `maximum` either way, the same for the same people for ever."""

    maximum: int
    variance: float
    small: int = 0  # no count becomes 1 up to this

    @property
    def name(self) -> str:
        return f"cell_key {self.maximum} {self.variance:g} {self.small}"

    @property
    def words(self) -> str:
        return (
            f"Counts have noise from cell keys: at most {self.maximum} more or less, on average none (variance "
            f"{self.variance:g}). Sums and means are made of such counts. Parts need not add up to their total."
        )

    def said(self, _totals_out: int) -> str:
        """The words: no total is the sum of its parts but by chance."""
        return self.words

    @property
    def reach(self) -> int:
        return self.maximum

    @property
    def most(self) -> int:
        return self.maximum

    @property
    def none_up_to(self) -> int:
        return self.small

    @property
    def table(self) -> PTable:
        return p_table(self.maximum, self.variance, small=self.small)


Perturbing = Rounding | CellKeys


def name_of(perturbing: Perturbing | None) -> str:
    """The name of a method; empty for numbers that are as they are."""
    return "" if perturbing is None else perturbing.name
