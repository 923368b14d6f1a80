"""Lawful erasure of what entries of the record say and whose they are: by two administrators, and itself on record."""

from collections.abc import Sequence

from enclave.audit import Entry, Kind
from enclave.outputs.keeping import Reading
from enclave.terms import PersonId
from enclave.wiring.home import Home, WrongUse
from enclave.wiring.records import open_records
from enclave.wiring.sources import SystemClock


def erase_entries(home: Home, seqs: Sequence[int], *, reason: str, by: PersonId, second: PersonId) -> None:
    """Erase actor, body and salts of these entries. Their leaves stay, and the tree stays whole.

    Raises:
        WrongUse: no reason, no second administrator, or an entry is not there, is erased, or tells of an erasure.
    """
    if not reason.strip():
        raise WrongUse('say why, for the record: --reason "..."')
    if by == second:
        raise WrongUse("an erasure needs a second administrator: --with PERSON")
    with open_records(home, clock=SystemClock()) as store:
        with store.read() as reading:
            for seq in seqs:
                _can_be_erased(seq, reading)
        body = {"reason": reason.strip(), "second": second}
        store.write(Entry(Kind.RECORD_ERASED, by, None, {}, body), lambda change: change.erase(seqs))


def _can_be_erased(seq: int, reading: Reading) -> None:
    found = [entry for entry in reading.entries(before=seq + 1, limit=1) if entry.seq == seq]
    if not found:
        raise WrongUse(f"there is no entry {seq}")
    if found[0].body is None:
        raise WrongUse(f"entry {seq} is erased already")
    if found[0].kind == Kind.RECORD_ERASED:
        raise WrongUse(f"entry {seq} tells of an erasure, and stays")
