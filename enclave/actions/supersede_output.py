"""Say that a newer release stands in the place of an older one. Both stay; the older names the newer."""

from dataclasses import replace

from enclave.actions.asker import Asker
from enclave.actions.cases import case_of, followed, kept, rules_of
from enclave.actions.outputs_seen import output_for, read_output_view
from enclave.actions.service_desk import ServiceDesk
from enclave.actions.settle_outputs import number_of
from enclave.audit import Entry, Kind
from enclave.outputs.keeping import Change
from enclave.outputs.permissions import Act
from enclave.outputs.records import OutputId, OutputRecord
from enclave.outputs.states import State
from enclave.outputs.views import OutputView
from enclave.outputs.workflow import Order, World, act
from enclave.problems.service import Conflict


def supersede_output(asker: Asker, id: OutputId, by: OutputId, desk: ServiceDesk) -> OutputView:
    """Whoever asked for a release, or leads the project, puts a newer one of the project in its place. Safe to repeat.

    Raises:
        NotFound, Forbidden.
        Conflict: one of them is not released, or the other is no newer release of the project.
    """
    seen = output_for(asker, id, Act.SUPERSEDE, desk)
    newer = output_for(asker, by, Act.READ, desk).item.output
    if seen.item.output.state == State.SUPERSEDED and seen.item.output.superseded_by == by:
        return seen.view()

    def change(opened: Change) -> None:
        old, new = opened.output(id), opened.output(newer.id)
        assert old is not None, "outputs stay"
        assert new is not None, "outputs stay"
        _newer(old, new)
        case = case_of(old, opened, seen.policies)
        after = act(case, Order(Act.SUPERSEDE), seen.who, World(rules_of(seen.policies)), now=opened.at)
        opened.save_output(replace(kept(old, followed(after, old)), superseded_by=new.id))
        opened.save_output(replace(new, supersedes=old.id))

    entry = Entry(Kind.OUTPUT_SUPERSEDED, asker.person, seen.item.output.project, {}, {"by": by})
    desk.write(entry, change)
    return read_output_view(id, desk)


def _newer(old: OutputRecord, new: OutputRecord) -> None:
    newer = number_of(new.id) > number_of(old.id) and new.project == old.project
    if not newer or new.state != State.RELEASED or new.supersedes is not None:
        raise Conflict(detail=f"{new.id} is no newer release of {old.project} that stands for itself.")
