"""What a page offers somebody to do with requests of people: the same rules that decide when they do it."""

from dataclasses import dataclass

from enclave.actions.answer_cases import actor_of
from enclave.actions.asker import Asker
from enclave.actions.service_desk import ServiceDesk
from enclave.rights.cases import CaseKind, CaseRecord, Command
from enclave.rights.desk import RightsDesk
from enclave.rights.moves import ANSWER, OFFICERS, offered


@dataclass(frozen=True, slots=True)
class NewOffers:
    """Which requests somebody may put on record: those that come to the house, and those through their own clusters."""

    to_the_house: bool
    through: tuple[str, ...]

    @property
    def kinds(self) -> tuple[CaseKind, ...]:
        return tuple(kind for kind in CaseKind if self.to_the_house or kind is not CaseKind.DEMAND)


def new_offers(asker: Asker, desk: ServiceDesk) -> NewOffers | None:
    """None for who may put none on record."""
    by = actor_of(asker, desk.policies(), desk)
    through = tuple(sorted(by.clusters)) if by.roles & OFFICERS else ()
    to_the_house = bool(by.roles & ANSWER)
    return NewOffers(to_the_house, through) if not by.lacks and (to_the_house or through) else None


def offers(asker: Asker, case: CaseRecord, desk: ServiceDesk, rights: RightsDesk) -> frozenset[Command]:
    return offered(case, actor_of(asker, desk.policies(), desk), today=rights.today())
