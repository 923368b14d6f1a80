"""Outputs and queries as somebody may see them: the way in to each action on one."""

from dataclasses import dataclass

from enclave.actions.asker import Asker
from enclave.actions.asking import not_found, require, thing_of, who_asks
from enclave.actions.cases import Item, Outline, outline_of, whole
from enclave.actions.check_policy import Policies
from enclave.actions.service_desk import ServiceDesk
from enclave.outputs.keeping import Reading
from enclave.outputs.permissions import Act, Thing, Who, may
from enclave.outputs.records import OutputId, OutputRecord, QueryId, QueryRecord, ReviewRecord
from enclave.outputs.review import present
from enclave.outputs.views import OutputView, QueryView, output_view, query_view


@dataclass(frozen=True, slots=True)
class Seen:
    """An output that the asker may act on, with all its votes."""

    item: Outline
    reviews: tuple[ReviewRecord, ...]
    who: Who
    thing: Thing
    policies: Policies

    def view(self) -> OutputView:
        return view_of(self.item.output, self.reviews, self.policies)

    def whole(self, desk: ServiceDesk) -> Item:
        """With its answer, for those to whom it may be told."""
        with desk.records.read() as reading:
            return whole(self.item, reading)


def output_for(asker: Asker, id: OutputId, act: Act, desk: ServiceDesk) -> Seen:
    """The output, if the asker may do this with it.

    Raises:
        NotFound, Forbidden, OwnOutput, SignInAgain.
    """
    policies = desk.policies()
    who = who_asks(asker, policies, desk)
    with desk.records.read() as reading:
        seen = see(id, who, policies, reading)
    if seen is None or (seen.item.output.seeded and not may(who, Act.READ_REVIEW, seen.thing).allowed):
        raise not_found(id)  # a known-bad item is there for checkers alone
    require(who, act, seen.thing, called=id)
    return seen


def see(id: OutputId, who: Who, policies: Policies, reading: Reading) -> Seen | None:
    """The output as it is in this moment of the store; whether `who` may do anything with it is asked elsewhere."""
    item = outline_of(id, reading)
    if item is None:
        return None
    reviews = reading.reviews(id)
    thing = thing_of(
        item.output.project,
        policies,
        asked_by=item.output.asked_by,
        parties=reading.parties(id),
        voters=[review.reviewer for review in present(item.output, reviews)],
    )
    return Seen(item, reviews, who, thing, policies)


def query_for(asker: Asker, id: QueryId, act: Act, desk: ServiceDesk) -> tuple[QueryRecord, QueryView]:
    """The query, if the asker may do this with it.

    Raises:
        NotFound, Forbidden.
    """
    policies = desk.policies()
    who = who_asks(asker, policies, desk)
    with desk.records.read() as reading:
        query = reading.query(id)
        output = reading.output_of(id) if query is not None else None
    if query is None:
        raise not_found(id)
    require(who, act, thing_of(query.project, policies, asked_by=query.person), called=id)
    return query, query_view(query, output)


def read_query_view(id: QueryId, desk: ServiceDesk) -> QueryView:
    with desk.records.read() as reading:
        query, output = reading.query(id), reading.output_of(id)
    assert query is not None, "it was there a moment ago"
    return query_view(query, output)


def read_output_view(id: OutputId, desk: ServiceDesk) -> OutputView:
    with desk.records.read() as reading:
        output, reviews = reading.output(id), reading.reviews(id)
    assert output is not None, "it was there a moment ago"
    return view_of(output, reviews, desk.policies())


def view_of(output: OutputRecord, reviews: tuple[ReviewRecord, ...], policies: Policies) -> OutputView:
    policy = policies.policy(output.project)
    return output_view(output, reviews, formats=() if policy is None else policy.project.formats)
