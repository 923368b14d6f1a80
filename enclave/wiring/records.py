"""The record of a home: its database, its log, and the key that signs it."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from enclave.audit import AuditLog, Checkpoint, Entry, Kind, make_audit_key, read_audit_key
from enclave.audit.keys import NEXT_KEY
from enclave.audit.leaves import SALT_BYTES
from enclave.audit.succession import CHECKPOINT, first_key, follows, hand_over
from enclave.audit.verify import NotVerified, cosigned_path, verify_log
from enclave.store import Checked, Clock, Store, check_database_at, sqlite_url
from enclave.store.ledger_key import make_ledger_key
from enclave.terms import PersonId
from enclave.wiring.home import Home, WrongUse
from enclave.wiring.sources import SystemClock, new_key

DATABASE, AUDIT = "enclave.db", "audit"


def database_url(home: Home) -> str:
    return sqlite_url(home.state / DATABASE)


def audit_folder(home: Home) -> Path:
    """The public files of the log: what may be served to anybody as it is."""
    return home.state / AUDIT


def open_records(home: Home, *, clock: Clock, url: str | None = None) -> Store:
    """The store of the home, or the one at `url` where several gateways share a database.

    Raises:
        RecordChanged: the database is not what the log has signed. Nothing is opened.
        LedgerUnreadable: its ledger was begun with another key than the home's.
    """
    log = open_log(home)
    ledger_key = make_ledger_key(home.keys, new_key=new_key)
    return Store.open(
        url or database_url(home), log=log, clock=clock, new_salt=_new_salt, ledger_key=ledger_key
    )


def open_log(home: Home) -> AuditLog:
    """The public files of the home's log. A change of its key that a power cut broke off is finished first."""
    folder, signer = audit_folder(home), read_audit_key(home.keys)
    if (home.keys / NEXT_KEY).exists():
        heir = read_audit_key(home.keys, name=NEXT_KEY)
        if follows(folder, signer.verifier, heir.verifier):
            hand_over(folder, home.keys, old=signer, new=heir)
    return AuditLog(folder, read_audit_key(home.keys), signer_now=lambda: read_audit_key(home.keys))


def rotate_key(home: Home, *, by: PersonId) -> str:
    """Let a new key sign the log from here on, named by the old one; the new public key. Safe to repeat.

    The log tells of it before anything is signed with the new key. Services that are running take it up.
    """
    log = open_log(home)
    old = read_audit_key(home.keys)
    if not (home.keys / NEXT_KEY).exists():
        make_audit_key(home.keys, origin=log.origin, new_key=new_key, name=NEXT_KEY)
    heir = read_audit_key(home.keys, name=NEXT_KEY)
    spelled = str(heir.verifier)
    with open_records(home, clock=SystemClock()) as store:
        with store.read() as reading:
            told = [entry.body or {} for entry in reading.entries(kinds=[Kind.KEY_ROTATED])]
        if spelled not in [body.get("key") for body in told]:
            store.write(Entry(Kind.KEY_ROTATED, by, None, {}, {"key": spelled}), lambda _: None)
    hand_over(audit_folder(home), home.keys, old=old, new=heir)
    return spelled


@dataclass(frozen=True, slots=True)
class Verified:
    """What `verify_records` found. The record is good if there are no findings."""

    note: bytes
    origin: str
    signed: int
    root: str
    held: int
    witnessed: tuple[int, ...]
    entries: int
    erased: int
    findings: tuple[str, ...]

    @property
    def good(self) -> bool:
        return not self.findings


def verify_records(
    home: Home, *, held: Sequence[Path], witnesses: Sequence[str] = (), key: Path | None
) -> Verified:
    """Check the public files of the home's log, then its database against what they have signed.

    The files are read first: what is recorded meanwhile comes after what was signed.
    """
    folder = audit_folder(home)
    for path in (*held, *([] if key is None else [key]), folder / CHECKPOINT):
        if not path.is_file():
            raise WrongUse(f"there is no file {path}")
    spelled = first_key(folder, read_audit_key(home.keys).verifier) if key is None else key.read_text()
    note = (folder / CHECKPOINT).read_bytes()
    report = verify_log(
        folder, spelled, [path.read_text() for path in held], [_spelled(witness) for witness in witnesses]
    )
    if report.head is None:
        return Verified(note, "", 0, "", len(held), (), 0, 0, tuple(report.findings))
    head = Checkpoint(report.head.origin, report.head.size, report.head.root)
    checked = _check_database(home, head)
    return Verified(
        note=note,
        origin=head.origin,
        signed=head.size,
        root=base64.b64encode(head.root).decode(),
        held=len(held),
        witnessed=tuple(report.witnessed),
        entries=checked.entries,
        erased=checked.erased,
        findings=(*report.findings, *checked.findings),
    )


def keep_cosigned(home: Home, file: Path, *, witness: str) -> tuple[str, int]:
    """Publish what a witness has signed; where it stands among the log's files, and how many entries it is about."""
    if not file.is_file():
        raise WrongUse(f"there is no file {file}")
    key = _spelled(witness)
    log = open_log(home)
    try:
        return cosigned_path(key), log.keep_cosigned(file.read_text("utf-8"), key).size
    except (NotVerified, UnicodeDecodeError) as problem:
        raise WrongUse(f"{file} is not published: {problem}") from None


def _spelled(key: str) -> str:
    """A public key, given as it is or as a file that holds it."""
    if "+" in key:
        return key
    if not Path(key).is_file():
        raise WrongUse(f"there is no file {key}")
    return Path(key).read_text("utf-8")


def _check_database(home: Home, head: Checkpoint) -> Checked:
    if not (home.state / DATABASE).is_file():
        return Checked(findings=["the database of the home is missing"])
    return check_database_at(database_url(home), head)


def _new_salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)
