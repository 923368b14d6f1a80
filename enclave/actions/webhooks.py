"""Webhooks: made, listed, tried out and removed by the person whom they tell. Each act has its entry."""

from enclave.actions.asker import Asker, Key
from enclave.actions.asking import not_found, own_project, refuse, who_asks
from enclave.actions.check_policy import Policies
from enclave.actions.repeats import SameCall, made_before, remember
from enclave.actions.service_desk import ServiceDesk
from enclave.audit import Entry, Kind
from enclave.outputs.hook_addresses import Reach, wrong_with
from enclave.outputs.hooks import MOST_HOOKS, HookId, HookRecord, HookState, ping_event
from enclave.outputs.keeping import Change
from enclave.outputs.permissions import may_read_queue
from enclave.problems.service import Conflict, Forbidden, HookAddress
from enclave.terms import ProjectId

REMOVED = "removed by its person"


def add_hook(
    asker: Asker, url: str, project: ProjectId | None, desk: ServiceDesk, *, key: Key | None = None
) -> tuple[HookRecord, str]:
    """A hook of the asker's project, or for a checker of the queue (None); and its secret, which is not shown again.

    Raises:
        HookAddress, NotOnProject, Forbidden.
        Conflict: the asker has as many as one may have.
    """
    before = made_before(asker, key, desk)
    if before is None:
        try:
            made = _add(asker, url, project, desk, key)
        except SameCall:
            before = made_before(asker, key, desk)
            assert before is not None, "somebody just made it"
    if before is not None:
        made = own_hook(asker, HookId(before), desk)
    return made, desk.hooks.secret_of(made)


def list_hooks(asker: Asker, desk: ServiceDesk) -> list[HookRecord]:
    """The asker's own that were not removed, newest first; those that the service switched off too."""
    with desk.records.read() as reading:
        found = reading.hooks(person=asker.person)
    return [hook for hook in found if hook.state is not HookState.REMOVED]


def own_hook(asker: Asker, id: HookId, desk: ServiceDesk) -> HookRecord:
    """Raises: NotFound."""
    with desk.records.read() as reading:
        hook = reading.hook(id)
    if hook is None or hook.person != asker.person or hook.state is HookState.REMOVED:
        raise not_found(id)
    return hook


def remove_hook(asker: Asker, id: HookId, desk: ServiceDesk) -> None:
    """Nothing is told to it any more. Raises: NotFound."""
    hook = own_hook(asker, id, desk)

    def change(opened: Change) -> None:
        opened.end_hook(id, HookState.REMOVED, REMOVED)

    desk.write(_entry(Kind.WEBHOOK_REMOVED, asker, hook), change)


def ping_hook(asker: Asker, id: HookId, desk: ServiceDesk) -> HookRecord:
    """Have a test event sent.

    Raises:
        NotFound.
        Conflict: the hook is switched off.
    """
    hook = own_hook(asker, id, desk)
    if hook.state is not HookState.ACTIVE:
        raise Conflict(detail=f"{id} was switched off: {hook.reason}. Remove it, and add one anew.")
    if not may_hear(hook, desk.policies(), desk):
        raise Forbidden(detail=f"You may not hear any more of what {id} tells.")

    def change(opened: Change) -> None:
        opened.add_hook_event(id, ping_event(hook, at=opened.at))

    desk.write(_entry(Kind.WEBHOOK_PINGED, asker, hook), change)
    return hook


def may_hear(hook: HookRecord, policies: Policies, desk: ServiceDesk) -> bool:
    """Whether the hook's person is still on its project, or still a checker."""
    person = policies.people.get(hook.person)
    if person is None:
        return False
    if hook.project is None:
        return may_read_queue(who_asks(Asker(person.id, person.roles, None), policies, desk)).allowed
    policy = policies.policy(hook.project)
    return policy is not None and policy.project.member(hook.person) is not None


def reach_of(policies: Policies, desk: ServiceDesk) -> Reach:
    """Where hooks of this house may point."""
    house = policies.house
    return Reach(house.webhook_networks, loopback=house.synthetic and desk.hooks.local)


def _add(asker: Asker, url: str, project: ProjectId | None, desk: ServiceDesk, key: Key | None) -> HookRecord:
    policies = desk.policies()
    _may_add(asker, project, policies, desk)
    wrong = wrong_with(url, reach_of(policies, desk))
    if wrong is not None:
        raise HookAddress(detail=f"The address of a webhook {wrong}.")

    def change(opened: Change) -> HookRecord:
        own = [one for one in opened.hooks(person=asker.person) if one.state is not HookState.REMOVED]
        if len(own) >= MOST_HOOKS:
            raise Conflict(
                detail=f"You have {MOST_HOOKS} webhooks, as many as one may have. Remove one first."
            )
        hook = HookRecord(
            id=opened.new_hook_id(),
            project=project,
            person=asker.person,
            url=url,
            salt=desk.hooks.new_salt(),
            created_at=opened.at,
            next_at=opened.at,
        )
        opened.note(hook=hook.id)
        remember(opened, asker, key, hook.id)
        return opened.add_hook(hook)

    return desk.write(Entry(Kind.WEBHOOK_ADDED, asker.person, project, {"url": url.encode()}), change)


def _may_add(asker: Asker, project: ProjectId | None, policies: Policies, desk: ServiceDesk) -> None:
    if project is not None:
        own_project(asker, project, policies, desk)
        return
    decision = may_read_queue(who_asks(asker, policies, desk))
    if not decision.allowed:
        refuse(decision, called="the queue")


def _entry(kind: Kind, asker: Asker, hook: HookRecord) -> Entry:
    return Entry(kind, asker.person, hook.project, {}, {"hook": hook.id})
