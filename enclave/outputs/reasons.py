"""Why an output is rejected or comes back, as a word of a closed list: so that reasons can be counted, and taught."""

from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """The words that a checker chooses from."""

    SMALL_NUMBERS = "small-numbers"
    DIFFERENCING = "differencing"
    DOMINANCE = "dominance"
    CLASS_DISCLOSURE = "class-disclosure"
    TOO_DETAILED = "too-detailed"
    NOT_NEEDED = "not-needed"
    UNCLEAR_PURPOSE = "unclear-purpose"
    WRONG_OR_MISLABELLED = "wrong-or-mislabelled"
    NOT_STATISTICAL = "not-statistical"
    OTHER = "other"


MEANING: Final = {
    Reason.SMALL_NUMBERS: "A number is of too few people.",
    Reason.DIFFERENCING: "Beside earlier releases it would tell more than either alone.",
    Reason.DOMINANCE: "One or two people or schools make up most of a total.",
    Reason.CLASS_DISCLOSURE: "All or none of a group have something that may not be known of them.",
    Reason.TOO_DETAILED: "It is finer than its purpose needs.",
    Reason.NOT_NEEDED: "It does not serve the purpose that the project was approved for.",
    Reason.UNCLEAR_PURPOSE: "What it is for is not clear enough to decide.",
    Reason.WRONG_OR_MISLABELLED: "It is not what it says it is.",
    Reason.NOT_STATISTICAL: "It is no statistic: code, text or rows in another form.",
    Reason.OTHER: "Something else; the comment says what.",
}
