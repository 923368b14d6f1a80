"""The threads that run what waits. They decide nothing: `run_next_job` does one thing at a time, and they call it."""

import itertools
import threading
from collections.abc import Callable, Sequence
from typing import Final

from enclave.actions.deliver_hooks import Post, close_hooks, deliver_due
from enclave.actions.deliver_letters import Sends, deliver_letters
from enclave.actions.end_barred import end_barred
from enclave.actions.repeats import forget_old_answers
from enclave.actions.run_jobs import beat, run_next_job
from enclave.actions.saved_queries import forget_saved
from enclave.actions.send_reminders import send_reminders
from enclave.actions.service_desk import ServiceDesk
from enclave.actions.settle_outputs import settle_outputs
from enclave.wiring.memory import Slack

IDLE_SECONDS: Final = 1.0
"""Between two looks when nobody rings: for work that comes from another process, or with time alone."""
BEAT_SECONDS: Final = 2.0
BEATS_A_ROUND: Final = 30
"""Between two looks at every output that is not over: what is due with time or by another policy is moved then."""
AFTER_FAULT_SECONDS: Final = 1.0
GRACE_SECONDS: Final = 5.0
"""For what runs when the service stops; after it, it is ended and the next start marks it interrupted."""


class Workers:
    """`threads` of them, one for webhooks and letters, and one that says that the process lives and tends what is due.

    Start once, stop once. `tends`: what else is looked after in each round.
    """

    def __init__(
        self,
        desk: ServiceDesk,
        *,
        threads: int,
        post: Post,
        sends: Sends,
        tends: Sequence[Callable[[], object]] = (),
    ) -> None:
        self._desk = desk
        self._tends = tends
        self._post = post
        self._sends = sends
        self._stopping = threading.Event()
        self._work = threading.Semaphore(0)
        names = [(self._run, f"worker-{number}") for number in range(threads)]
        names += [(self._live, "heartbeat"), (self._deliver, "webhooks")]
        self._threads = [threading.Thread(target=target, name=name, daemon=True) for target, name in names]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Something waits: one worker looks at once."""
        self._work.release()

    def stop(self) -> None:
        """Take nothing new, let what runs end, and end it when it takes too long."""
        self._stopping.set()
        for _ in self._threads:
            self._work.release()
        self._join(GRACE_SECONDS)
        for query in self._desk.running.queries():
            self._desk.running.stop(query)
        self._join(GRACE_SECONDS)

    def _join(self, seconds: float) -> None:
        for thread in self._threads:
            thread.join(seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self._did_one():
                self._work.acquire(timeout=IDLE_SECONDS)

    def _did_one(self) -> bool:
        try:
            return run_next_job(self._desk)
        except Exception as error:  # noqa: BLE001 - the edge of a thread, which must live on
            self._desk.fault(error)
            self._stopping.wait(AFTER_FAULT_SECONDS)
            return False

    def _deliver(self) -> None:
        """Tell hooks and people what there is to tell; look again soon when something was told."""
        while not self._stopping.is_set():
            try:
                told_hooks = deliver_due(self._desk, self._post)
                if not deliver_letters(self._desk, self._sends) and not told_hooks:
                    self._stopping.wait(IDLE_SECONDS)
            except Exception as error:  # noqa: BLE001 - the edge of a thread, which must live on
                if not self._stopping.is_set():  # else the store closed under a call that took its time
                    self._desk.fault(error)
                self._stopping.wait(AFTER_FAULT_SECONDS)

    def _live(self) -> None:
        beats, slack = itertools.count(1), Slack()
        while not self._stopping.wait(BEAT_SECONDS):
            try:
                beat(self._desk)
                slack.give_back()
                end_barred(self._desk)
                if next(beats) % BEATS_A_ROUND == 0:
                    settle_outputs(self._desk)
                    forget_old_answers(self._desk)
                    close_hooks(self._desk)
                    forget_saved(self._desk)
                    send_reminders(self._desk)
                    for tend in self._tends:
                        tend()
            except Exception as error:  # noqa: BLE001 - the edge of a thread, which must live on
                self._desk.fault(error)
